import { type IncomingHttpHeaders, type IncomingMessage, request as startRequest } from "node:http";
import type { Socket } from "node:net";
import { errorCode, GatheredBytes } from "@hearth/kit";
import { OutboundFailed } from "./outboundErrors.ts";
import type { CheckedRequest } from "./requestRules.ts";

export interface OutboundAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As sent: nothing is decompressed. */
  readonly body: Buffer;
  /** The body was longer than `maxResponseBytes`; `body` is its beginning. */
  readonly isTruncated: boolean;
}

const MAX_HEADER_BYTES = 16_384;
/** Answers such as 103 before the real one. Each takes time of this process, and a server could send thousands per second. */
const MAX_INTERIM_ANSWERS = 16;

/** One HTTP/1.1 request on a connection of its own. Follows no redirect. Rejects with OutboundFailed, or with the signal's reason. */
export function httpExchange(
  socket: Socket,
  { method, path, headers }: CheckedRequest,
  {
    body,
    maxResponseBytes,
    signal,
  }: { readonly body?: Uint8Array; readonly maxResponseBytes: number; readonly signal: AbortSignal },
): Promise<OutboundAnswer> {
  return new Promise((resolve, reject) => {
    const request = startRequest({
      createConnection: () => socket,
      method,
      path,
      headers: { ...headers, Connection: "close" },
      setHost: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      insecureHTTPParser: false,
      signal,
    });
    const fail = (error: Error): void => reject(signal.aborted ? (signal.reason as Error) : failure(error));
    request.on("error", fail);
    let interim = 0;
    request.on("information", () => {
      if (++interim > MAX_INTERIM_ANSWERS) request.destroy(new Error("the server sends too many interim answers"));
    });
    request.once("close", () => fail(new Error("the connection was closed before the answer")));
    request.once("response", (response) => {
      response.on("error", fail);
      read(response, maxResponseBytes, resolve, () => request.destroy());
    });
    request.end(body);
  });
}

function read(
  response: IncomingMessage,
  maxBytes: number,
  resolve: (answer: OutboundAnswer) => void,
  stop: () => void,
): void {
  const gathered = new GatheredBytes();
  let bytes = 0;
  const answer = (isTruncated: boolean): void =>
    resolve({
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: gathered.whole(),
      isTruncated,
    });
  response.on("data", (chunk: Buffer) => {
    if (bytes > maxBytes) return;
    const rest = maxBytes - bytes;
    bytes += chunk.length;
    gathered.add(chunk.subarray(0, rest));
    if (chunk.length <= rest) return;
    answer(true);
    stop();
  });
  response.once("end", () => answer(false));
}

function failure(error: Error): OutboundFailed {
  const isProtocol = errorCode(error)?.startsWith("HPE_") ?? false;
  return new OutboundFailed(isProtocol ? "protocol" : "closed", `the request failed: ${error.message}`, {
    cause: error,
  });
}
