import type { IncomingHttpHeaders } from "node:http";
import { AccessDeniedException } from "@hearth/model";

export interface PageGuardOptions {
  /** Host names, without ports, under which this Hearth is reached. A name that begins with a dot stands for all names below it. */
  readonly hosts: readonly string[];
}

/** Fetch metadata of requests that a page of another site cannot send. https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header */
const HARMLESS_SITES = new Set(["none", "same-origin"]);
const REMEDY = "Set HEARTH_ACCESS_KEY_ID and HEARTH_SECRET_ACCESS_KEY to a key of your own";

/**
 * Refuses signed requests that a web page could have sent: while the public default key is active, a page in the browser of anyone on this
 * machine can sign requests, and a DNS name of its own that leads to loopback would let it read the answers.
 */
export class PageGuard {
  readonly #names: ReadonlySet<string>;
  readonly #suffixes: readonly string[];

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
    const name = nameOf(host);
    return this.#names.has(name) || this.#suffixes.some((suffix) => name.endsWith(suffix));
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
