import type { IncomingHttpHeaders } from "node:http";
import { AccessDeniedException } from "@hearth/model";

export interface PageGuardOptions {
  /** Host names, without ports, under which this Hearth is reached. A name that begins with a dot stands for all names below it. */
  readonly hosts: readonly string[];
}

/** Fetch metadata of requests that a page of another site cannot send. https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header */
const HARMLESS_SITES = new Set(["none", "same-origin"]);
/** Hosts that are remembered. */
const MAX_KNOWN = 1_000;
const MAX_HOST_LENGTH = 300;
const REMEDY = "Set HEARTH_ACCESS_KEY_ID and HEARTH_SECRET_ACCESS_KEY to a key of your own";

/**
 * Refuses signed requests that a web page could have sent: while the public default key is active, a page in the browser of anyone on this
 * machine can sign requests, and a DNS name of its own that leads to loopback would let it read the answers.
 */
export class PageGuard {
  readonly #names: ReadonlySet<string>;
  readonly #suffixes: readonly string[];
  /** Whether hosts, as they were written, are names of this Hearth. */
  readonly #known = new Map<string, boolean>();

  constructor({ hosts }: PageGuardOptions) {
    const lower = hosts.map((host) => host.toLowerCase());
    this.#names = new Set(lower.filter((host) => !host.startsWith(".")));
    this.#suffixes = lower.filter((host) => host.startsWith("."));
  }

  /** Throws AccessDeniedException for a request that may come from a page. */
  check(headers: IncomingHttpHeaders): void {
    const { origin, host } = headers;
    const site = headers["sec-fetch-site"];
    if (origin !== undefined || (site !== undefined && !HARMLESS_SITES.has(String(site)))) {
      throw new AccessDeniedException(
        `Requests of web pages are refused while the default access key is active (Origin: ${shown(origin)}). ${REMEDY}.`,
      );
    }
    if (!this.knows(host)) {
      throw new AccessDeniedException(
        `The host name ${shown(host)} is not known to this Hearth, and only known ones are answered while the default access key is active. ` +
          `Add it to HEARTH_HOSTS, or better: ${REMEDY}.`,
      );
    }
  }

  /** Whether a request's `Host` is a name of this Hearth. */
  knows(host: string | undefined): boolean {
    if (host === undefined) return false;
    const known = this.#known.get(host);
    if (known !== undefined) return known;
    const name = nameOf(host);
    const isOwn = this.#names.has(name) || this.#suffixes.some((suffix) => name.endsWith(suffix));
    if (host.length <= MAX_HOST_LENGTH) {
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(host, isOwn);
    }
    return isOwn;
  }
}

/** Without the port, in lower case; the brackets of an IPv6 address stay. */
function nameOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d{1,5}$/, "")
    .replace(/\.$/, "");
}

function shown(value: string | undefined): string {
  return value === undefined ? "none" : JSON.stringify(value.slice(0, 100));
}
