import { BlockList, isIP } from "node:net";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { peerOf, type RequestHead } from "@hearth/wire";

/** Who sent a request, and over what. */
export interface ClientAddress {
  readonly ip: string;
  /** The client spoke TLS: with Hearth, or with a trusted proxy that says so. */
  readonly isSecure: boolean;
  /** The port that the client called. */
  readonly port: string;
  /** The connection came from a proxy whose `X-Forwarded-…` headers are believed. */
  readonly isProxied: boolean;
}

/** Networks of the proxies whose `X-Forwarded-…` headers are believed: addresses, or networks such as `10.0.0.0/8`. */
export class TrustedProxies {
  readonly #networks = new BlockList();
  readonly #isEmpty: boolean;

  /** Throws for an entry that is neither an address nor a network. */
  constructor(entries: readonly string[]) {
    this.#isEmpty = entries.length === 0;
    for (const entry of entries) {
      const [address = "", bits] = entry.split("/");
      const version = isIP(address);
      if (version === 0) throw new TypeError(`${entry} is neither an address nor a network`);
      const family = version === 6 ? "ipv6" : "ipv4";
      if (bits === undefined) this.#networks.addAddress(address, family);
      else this.#networks.addSubnet(address, Number(bits), family);
    }
  }

  trusts(ip: string): boolean {
    const version = isIP(ip);
    return !this.#isEmpty && version !== 0 && this.#networks.check(ip, version === 6 ? "ipv6" : "ipv4");
  }

  /** The client that a trusted proxy names; `undefined` for a request that comes from no trusted proxy. */
  namedClient(request: RequestHead): string | undefined {
    if (this.#isEmpty) return undefined;
    const peer = peerOf(request);
    return peer !== undefined && this.trusts(peer) ? this.#named(request.headers, peer) : undefined;
  }

  /**
   * The client of a request: the connection's other end, or, where that is a trusted proxy, the last address in `X-Forwarded-For` that is not one itself.
   * What other clients write into the header is ignored. `isOfSandbox`: the request came from a function, whose connection may have no address; it is no proxy,
   * whatever it writes.
   */
  clientOf(request: IncomingMessage, isOfSandbox = false): ClientAddress {
    const peer = peerOf(request) ?? "127.0.0.1";
    const isSecure = "encrypted" in request.socket;
    const { headers } = request;
    const isProxied = !isOfSandbox && this.trusts(peer);
    const secure = isProxied ? lastOf(headers["x-forwarded-proto"]) === "https" || isSecure : isSecure;
    const port = (isProxied && lastOf(headers["x-forwarded-port"])) || portOf(headers.host, secure);
    return { ip: isProxied ? this.#named(headers, peer) : peer, isSecure: secure, port, isProxied };
  }

  #named(headers: IncomingHttpHeaders, peer: string): string {
    const chain = addressesIn(headers["x-forwarded-for"]);
    let ip = peer;
    for (let i = chain.length - 1; i >= 0 && this.trusts(ip); i--) {
      const next = chain[i] as string;
      if (isIP(next) === 0) break;
      ip = next;
    }
    return ip;
  }
}

/** The headers by which functions learn who called; what the client sent under these names is replaced unless a trusted proxy sent it. */
export function forwardedHeaders({ ip, isSecure, port, isProxied }: ClientAddress, headers: IncomingHttpHeaders) {
  const chain = isProxied ? addressesIn(headers["x-forwarded-for"]) : [];
  return {
    "x-forwarded-for": chain.length > 0 ? chain.join(", ") : ip,
    "x-forwarded-port": port,
    "x-forwarded-proto": isSecure ? "https" : "http",
  };
}

function addressesIn(header: string | string[] | undefined): readonly string[] {
  return String(header ?? "")
    .split(",")
    .map((part) => part.trim().replace(/^::ffff:/, ""))
    .filter((part) => part !== "");
}

function lastOf(header: string | string[] | undefined): string | undefined {
  return String(header ?? "")
    .split(",")
    .at(-1)
    ?.trim()
    .toLowerCase();
}

function portOf(host: string | undefined, isSecure: boolean): string {
  return /:(\d{1,5})$/.exec(host ?? "")?.[1] ?? (isSecure ? "443" : "80");
}
