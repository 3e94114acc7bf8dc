// One event for a handler that streams its answer: chunked, with the error that comes after its beginning in trailers.
import { contextOf } from "./context.mjs";
import { errorDocument } from "./errors.mjs";
import { logError } from "./logging.mjs";
import { highWaterMarkOf, ResponseStream } from "./streaming.mjs";

/** What fits into trailers, as base64. */
const MAX_TRAILER_CHARACTERS = 32 * 1024;

export class StreamingInvocation {
  requestId;
  #head;
  #channel;
  #done;
  #failed;
  #answered;
  #setAnswered;
  #ending = "0\r\n\r\n";
  #stream;
  #failing = false;
  #over = false;

  /** `done(invocation)` is called once everything has been sent and taken; `failed(invocation, error)` instead, when nothing had been sent. */
  constructor(requestId, head, channel, { done, failed }) {
    this.requestId = requestId;
    this.#head = head;
    this.#channel = channel;
    this.#done = done;
    this.#failed = failed;
    this.#answered = new Promise((resolve) => {
      this.#setAnswered = resolve;
    });
  }

  /** An answer is on its way. */
  get isSending() {
    return this.#stream?.begun === true;
  }

  run(handler, body) {
    void this.#run(handler, body).catch((error) => this.#fail(error));
  }

  /** It is over when its stream is: until then the open channel keeps the process alive. */
  emptyLoop() {}

  async #run(handler, body) {
    const event = body.length === 0 ? {} : JSON.parse(body.utf8Slice(0, body.length));
    const upload = {
      begin: (contentType) => this.#begin(contentType),
      write: (bytes, callback) => this.#channel.writeChunk(bytes, callback),
      end: (callback) => this.#channel.write(this.#ending, callback),
    };
    const stream = new ResponseStream(upload, highWaterMarkOf(handler));
    this.#stream = stream;
    // A stream that the handler destroys: its error is the handler's.
    stream.on("error", (error) => this.#fail(error));
    stream.on("close", () => {
      if (!stream.writableFinished) this.#fail(new Error("Response stream is not finished."));
    });
    const result = handler(event, stream, contextOf(this.requestId, this.#head));
    if (typeof result?.then !== "function") throw new Error("Streaming does not support non-async handlers.");
    if ((await result) !== undefined) console.warn("Streaming handlers ignore return values.");
    await this.#answered;
    this.#end();
  }

  #begin(contentType) {
    const path = `/2018-06-01/runtime/invocation/${this.requestId}/response`;
    const head = `POST ${path} HTTP/1.1\r\nHost: h\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nContent-Type: ${contentType}\r\nTransfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n`;
    this.#channel.send(head, this.#setAnswered);
  }

  #fail(error) {
    if (this.#over || this.#failing) return;
    this.#failing = true;
    const stream = this.#stream;
    if (!stream?.begun) {
      this.#over = true;
      this.#failed(this, error);
      return;
    }
    logError("Invoke Error", error);
    // What was written before stands. When all of it has been sent, the error comes too late.
    this.#ending = `0\r\n${trailers(error)}\r\n`;
    if (!stream.destroyed) stream.end();
    else if (!stream.writableFinished) this.#channel.write(this.#ending);
    void this.#answered.then(() => this.#end());
  }

  #end() {
    if (this.#over) return;
    this.#over = true;
    this.#done(this);
  }
}

function trailers(error) {
  const document = errorDocument(error);
  const type = String(document.errorType)
    .replace(/[^\x20-\x7e]/g, "?")
    .slice(0, 256);
  let body = encode(document);
  if (body.length > MAX_TRAILER_CHARACTERS) {
    body = encode({ ...document, errorMessage: document.errorMessage.slice(0, 4096), trace: [] });
  }
  return `Lambda-Runtime-Function-Error-Type: ${type}\r\nLambda-Runtime-Function-Error-Body: ${body}\r\n`;
}

const encode = (document) => Buffer.from(JSON.stringify(document)).toString("base64");
