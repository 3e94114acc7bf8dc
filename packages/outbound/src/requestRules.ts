import { validateHeaderName, validateHeaderValue } from "node:http";
import { canonicalHost } from "./canonicalHost.ts";
import { OutboundRefused } from "./outboundErrors.ts";

export type OutboundHeaders = Readonly<Record<string, string>>;

/** A request that keeps the rules. */
export interface CheckedRequest {
  readonly isSecure: boolean;
  /** Canonical, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  /** With `Host` and, when there is a body, `Content-Length`. */
  readonly headers: OutboundHeaders;
}

export interface UncheckedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers?: OutboundHeaders;
  readonly body?: Uint8Array;
}

const MAX_URL_LENGTH = 8_192;
const MAX_HEADER_BYTES = 65_536;
/** As much as API Gateway passes on. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const METHOD = /^[A-Z]{1,20}$/;
const METHODS_OF_PROXIES = new Set(["CONNECT", "TRACE"]);
/** What frames the message or the connection is this package's own business. */
const OWN_HEADERS = new Set([
  ...["connection", "content-length", "expect", "host", "http2-settings", "keep-alive", "proxy-connection", "te"],
  ...["trailer", "transfer-encoding", "upgrade"],
]);
/**
 * Ports of protocols that could take an HTTP request for commands, such as a mail server that would send spam: https://fetch.spec.whatwg.org/#port-blocking.
 * The same is true for data stores, which that list does not have.
 */
const PORTS_OF_OTHERS = new Set([
  ...[
    1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  ],
  ...[
    111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  ],
  ...[540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061],
  ...[6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 6379, 10080, 11211],
]);

/** Throws OutboundRefused when a rule is broken, whatever the address. */
export function checkRequest({ url: text, method, headers = {}, body }: UncheckedRequest): CheckedRequest {
  const url = checkUrl(text);
  if (!METHOD.test(method) || METHODS_OF_PROXIES.has(method))
    throw new OutboundRefused(`the method ${JSON.stringify(method)} is not allowed`);
  if ((body?.byteLength ?? 0) > MAX_BODY_BYTES)
    throw new OutboundRefused(`the body is larger than ${MAX_BODY_BYTES} bytes`);
  checkHeaders(headers);
  const isSecure = url.protocol === "https:";
  const host = canonicalHost(url.hostname);
  if (host === undefined) throw new OutboundRefused(`the host of ${url.origin} is not valid`);
  return {
    isSecure,
    host,
    port: url.port === "" ? (isSecure ? 443 : 80) : Number(url.port),
    method,
    path: `${url.pathname}${url.search}`,
    headers: { Host: url.host, ...headers, ...(body && { "Content-Length": String(body.byteLength) }) },
  };
}

function checkUrl(text: string): URL {
  // URL removes line ends and tabs without saying so.
  const isPlain = text.length <= MAX_URL_LENGTH && /^[\x21-\x7e]+$/.test(text);
  if (!isPlain || !URL.canParse(text))
    throw new OutboundRefused(`the URL is not valid: ${JSON.stringify(text.slice(0, 200))}`);
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new OutboundRefused(`the URL's scheme ${url.protocol} is neither http nor https`);
  if (url.username !== "" || url.password !== "") throw new OutboundRefused("the URL has a user name or a password");
  if (url.port === "0" || PORTS_OF_OTHERS.has(Number(url.port)))
    throw new OutboundRefused(`HTTP requests to port ${url.port} are not allowed`);
  return url;
}

function checkHeaders(headers: OutboundHeaders): void {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw new OutboundRefused(`the header ${JSON.stringify(name.slice(0, 100))} has characters that are not allowed`);
    }
    if (OWN_HEADERS.has(name.toLowerCase())) throw new OutboundRefused(`the header ${name} cannot be set`);
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value) + 4;
  }
  if (bytes > MAX_HEADER_BYTES) throw new OutboundRefused(`the headers are larger than ${MAX_HEADER_BYTES} bytes`);
}

/** Whether `name` is a header that requests through this package cannot set. */
export function isOwnHeader(name: string): boolean {
  return OWN_HEADERS.has(name.toLowerCase());
}
