import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { RequestHead } from "./requestHead.ts";

/** A request of HTTP/1.1 that came in one piece with its body; see `readWholeRequest`. Of node:http's request it has what the AWS endpoint reads. */
export class WholeRequest implements RequestHead {
  readonly method = "POST";
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly httpVersionMajor = 1;
  readonly complete = true;
  readonly socket: Socket;
  readonly body: Buffer;
  readonly #giveBack: () => void;

  /** `giveBack` has node:http read the same bytes. */
  constructor(head: WholeHead, body: Buffer, socket: Socket, giveBack: () => void) {
    this.url = head.url;
    this.headers = head.headers;
    this.body = body;
    this.socket = socket;
    this.#giveBack = giveBack;
  }

  /** Lets node:http serve this request, and all that follow on its connection. Nothing may have been answered yet. */
  giveBack(): void {
    this.#giveBack();
  }
}

export interface WholeHead {
  readonly url: string;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Of the request line, the headers and the empty line. */
  readonly bytes: number;
}

const START = "POST ";
const END = " HTTP/1.1";
const HEAD_END = "\r\n\r\n";
const MAX_HEAD_BYTES = 8_192;
const [TAB, LF, CR, SPACE, COLON, TILDE] = [9, 10, 13, 32, 58, 126];
const TOKEN = /^[!#$%&'*+.^`|~0-9A-Za-z-]+$/;
const LENGTH = /^(?:0|[1-9]\d{0,7})$/;
/** With these the end of the request, or what follows it on the connection, is decided by more than Content-Length. */
const UNFIT: ReadonlySet<string> = new Set([
  ...["transfer-encoding", "expect", "upgrade", "trailer", "te", "http2-settings", "proxy-connection", "keep-alive"],
]);
/** Kept for other requests, so they must not be parts of a longer text, which would be kept with them. */
const REMEMBERED: ReadonlySet<string> = new Set([...["host", "authorization", "x-amz-date", "x-amz-security-token"]]);

/** Names of headers in lower case by how they were written; `null` for those with which a request is not read here. */
const names = new Map<string, string | null>();
const MAX_NAMES = 500;
const MAX_NAME_LENGTH = 100;

/**
 * Reads the head of a POST of HTTP/1.1 in its plainest form, as the clients of AWS send it: all of it and its body, and nothing else, is in `piece`, each
 * line ends with CR LF, each header is there once, all is ASCII, and `Content-Length` says where it ends. `undefined` for everything else, which node:http has to read: nothing is
 * ever refused here, and no request is taken about whose end two readers could disagree.
 */
export function readWholeHead(piece: Buffer): WholeHead | undefined {
  if (piece[0] !== 80) return undefined; // P
  const end = piece.indexOf(HEAD_END);
  if (end < 0 || end > MAX_HEAD_BYTES) return undefined;
  const text = piece.toString("latin1", 0, end + 2);
  const lineEnd = text.indexOf("\r\n");
  const urlEnd = lineEnd - END.length;
  if (!text.startsWith(START) || urlEnd <= START.length || !text.startsWith(END, urlEnd)) return undefined;
  for (let at = START.length; at < urlEnd; at++) {
    const byte = piece[at] as number;
    if (byte <= SPACE || byte > TILDE) return undefined;
  }
  const url = text.slice(START.length, urlEnd);
  if (!url.startsWith("/")) return undefined;
  const headers: Record<string, string> = {};
  let start = lineEnd + 2;
  let colon = -1;
  for (let at = start; at <= end; at++) {
    const byte = piece[at] as number;
    if (byte === CR) {
      if (piece[at + 1] !== LF || colon < 0) return undefined;
      const name = nameOf(text.slice(start, colon));
      if (name === null || headers[name] !== undefined) return undefined;
      headers[name] = valueOf(piece, text, colon + 1, at, REMEMBERED.has(name));
      at++;
      start = at + 1;
      colon = -1;
    } else if (byte === COLON) {
      if (colon < 0) colon = at;
    } else if ((byte < SPACE && byte !== TAB) || byte > TILDE) {
      return undefined;
    }
  }
  const length = headers["content-length"];
  if (length === undefined || !LENGTH.test(length) || Number(length) !== piece.length - end - 4) return undefined;
  if (headers["host"] === undefined) return undefined;
  const connection = headers["connection"];
  if (connection !== undefined && connection.toLowerCase() !== "keep-alive") return undefined;
  return { url, headers, bytes: end + 4 };
}

function nameOf(written: string): string | null {
  const known = names.get(written);
  if (known !== undefined) return known;
  if (written.length > MAX_NAME_LENGTH || !TOKEN.test(written)) return null;
  const lower = written.toLowerCase();
  const name = UNFIT.has(lower) ? null : lower;
  if (names.size >= MAX_NAMES) names.clear();
  names.set(Buffer.from(written, "latin1").toString("latin1"), name);
  return name;
}

/** Without the white space around it. */
function valueOf(piece: Buffer, text: string, from: number, to: number, isRemembered: boolean): string {
  let start = from;
  let end = to;
  while (start < end && isSpace(piece[start] as number)) start++;
  while (end > start && isSpace(piece[end - 1] as number)) end--;
  return isRemembered ? piece.toString("latin1", start, end) : text.slice(start, end);
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}
