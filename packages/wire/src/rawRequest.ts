import type { IncomingHttpHeaders } from "node:http";
import type { RequestHead } from "./requestHead.ts";

/** A request as it was sent: signatures and routes are computed from the undecoded bytes. */
export interface RawRequest {
  readonly method: string;
  /** Percent-encoded, starts with `/`, without the query. */
  readonly path: string;
  /** Percent-encoded, without the `?`; empty when there is none. */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
}

/** Parses the request line. The authority of an absolute-form target (`GET http://host/path`, as sent to proxies) is dropped. */
export function rawRequest(req: RequestHead): RawRequest {
  let target = req.url ?? "/";
  if (!target.startsWith("/")) {
    const authority = target.indexOf("://");
    const slash = authority < 0 ? -1 : target.indexOf("/", authority + 3);
    target = slash < 0 ? "/" : target.slice(slash);
  }
  const mark = target.indexOf("?");
  return {
    method: req.method ?? "GET",
    path: mark < 0 ? target : target.slice(0, mark),
    search: mark < 0 ? "" : target.slice(mark + 1),
    headers: req.httpVersionMajor === 2 ? withHost(req.headers) : req.headers,
  };
}

/** HTTP/2 has `:authority` for Host; clients sign either. */
function withHost(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const authority = header(headers, ":authority");
  if (headers.host === undefined && authority !== undefined) headers.host = authority;
  return headers;
}

/** A header's value as one string; several lines of one header are joined by a comma. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value: unknown = headers[name];
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join(",") : undefined; // what `Object` itself has, such as `constructor`, is no header
}

/** The name-value pairs of a raw query, decoded, in order. A malformed escape stays as it is; `+` is a plus, as AWS's clients mean it. */
export function queryPairs(search: string): [string, string][] {
  if (search === "") return [];
  const pairs: [string, string][] = [];
  for (const part of search.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = equals < 0 ? part : part.slice(0, equals);
    pairs.push([decodePercent(name), equals < 0 ? "" : decodePercent(part.slice(equals + 1))]);
  }
  return pairs;
}

/** Whether the escapes of a text are valid percent-encoded UTF-8. */
export function isDecodable(text: string): boolean {
  if (!text.includes("%")) return true;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Percent-decodes; what is not valid percent-encoded UTF-8 is returned unchanged. */
export function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // the text itself is the answer: it then fails validation, or the signature, by name
  }
}
