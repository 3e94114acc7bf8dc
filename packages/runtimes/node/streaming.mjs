// Answers that are sent while the handler still runs. https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
import { Writable } from "node:stream";
import { malformedStreamingHandler, RuntimeError } from "./errors.mjs";

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HIGH_WATER_MARK = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");
const PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";
const PRELUDE_END = new Uint8Array(8);

/** Puts metadata, such as a status and headers for a function URL, before what is written. */
class HttpResponseStream {
  static from(stream, prelude) {
    stream.setContentType(PRELUDE_TYPE);
    const metadata = JSON.stringify(prelude);
    stream._onBeforeFirstWrite = (write) => {
      write(metadata);
      write(PRELUDE_END);
    };
    return stream;
  }
}

/** The global object that functions find these in. */
export function offerStreaming() {
  if (/^(1|true)$/.test(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA ?? "")) return;
  const streamifyResponse = (handler, options) => {
    handler[STREAMING] = "response";
    if (typeof options?.highWaterMark === "number") handler[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
    return handler;
  };
  globalThis.awslambda = { ...globalThis.awslambda, streamifyResponse, HttpResponseStream };
}

/** Whether `handler` was made by streamifyResponse. */
export function streams(handler) {
  const wish = handler[STREAMING];
  if (!wish) return false;
  if (wish !== "response") throw malformedStreamingHandler("Only response streaming is supported.");
  return true;
}

/** What `handler` asked to have buffered, in bytes. */
export function highWaterMarkOf(handler) {
  return handler[HIGH_WATER_MARK];
}

/**
 * What a streaming handler writes to. `upload` has `begin(contentType)`, `write(bytes, callback)` and `end(callback)`: the request begins
 * with the first byte, so that an error before it is an ordinary one.
 */
export class ResponseStream extends Writable {
  #upload;
  #contentType = "application/octet-stream";
  #written = false;
  #begun = false;
  _onBeforeFirstWrite;

  constructor(upload, highWaterMark) {
    super(highWaterMark === undefined ? {} : { highWaterMark });
    this.#upload = upload;
  }

  get begun() {
    return this.#begun;
  }

  setContentType(contentType) {
    if (this.#written) {
      throw new RuntimeError("Runtime.InvalidStreamingOperation", "Cannot set content-type, too late.");
    }
    this.#contentType = String(contentType).replace(/[^\x20-\x7e]/g, "?");
  }

  write(chunk, encoding, callback) {
    const isBytes = typeof chunk === "string" || chunk instanceof Uint8Array;
    if (!this.#written) {
      this.#written = true;
      this._onBeforeFirstWrite?.((first) => super.write(first));
    }
    return super.write(isBytes ? chunk : JSON.stringify(chunk), encoding, callback);
  }

  _write(chunk, _encoding, callback) {
    this.#begin();
    if (chunk.length === 0) callback();
    else this.#upload.write(chunk, callback);
  }

  _final(callback) {
    this.#begin();
    this.#upload.end(callback);
  }

  #begin() {
    if (this.#begun) return;
    this.#begun = true;
    this.#written = true;
    this.#upload.begin(this.#contentType);
  }
}
