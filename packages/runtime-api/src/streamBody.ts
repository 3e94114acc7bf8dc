import type { IncomingMessage } from "node:http";
import type { ResponseSink } from "@hearth/model";

const DEFAULT_CONTENT_TYPE = "application/octet-stream";

export interface StreamLimit {
  readonly maxBytes: number;
  /** Called once, as soon as the body is longer. */
  onTooLarge(): void;
}

/** Whether the runtime sends its response as a stream. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html */
export function isStreamed(request: IncomingMessage): boolean {
  return request.headers["lambda-runtime-function-response-mode"] === "streaming";
}

/**
 * Passes a request's body on as it comes and calls back when it has ended; never, when the connection closes first. The runtime has to
 * wait while `sink` asks for a pause. What exceeds the limit is read and dropped.
 */
export function streamBody(
  request: IncomingMessage,
  sink: ResponseSink,
  { maxBytes, onTooLarge }: StreamLimit,
  done: () => void,
): void {
  let length = 0;
  const onReady = (): void => {
    request.resume();
  };
  sink.begin(request.headers["content-type"] ?? DEFAULT_CONTENT_TYPE);
  request.on("data", (chunk: Buffer) => {
    const wasOver = length > maxBytes;
    length += chunk.length;
    if (length <= maxBytes) {
      if (!sink.write(chunk, onReady)) request.pause();
    } else if (!wasOver) onTooLarge();
  });
  request.on("end", done);
}

/** The error that followed the response, in trailers. */
export function streamFailure(
  request: IncomingMessage,
): { readonly errorType: string; readonly payload: Uint8Array } | undefined {
  if (request.rawTrailers.length === 0) return undefined;
  const type = request.trailers["lambda-runtime-function-error-type"];
  if (!type) return undefined;
  const document = Buffer.from(request.trailers["lambda-runtime-function-error-body"] ?? "", "base64");
  const errorType = type.slice(0, 256);
  return { errorType, payload: document.length > 0 ? document : Buffer.from(JSON.stringify({ errorType })) };
}
