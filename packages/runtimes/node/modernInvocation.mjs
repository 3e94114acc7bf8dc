// One event and the context that its handler gets, since nodejs24.x: what the handler returns or resolves with is the answer.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
import { contextOf } from "./context.mjs";
import { errorDocument, marshalError } from "./errors.mjs";
import { logError } from "./logging.mjs";

export class ModernInvocation {
  requestId;
  #head;
  #finish;

  /** `finish(invocation, failed, body, errorType)` is called once. */
  constructor(requestId, head, finish) {
    this.requestId = requestId;
    this.#head = head;
    this.#finish = finish;
  }

  run(handler, body) {
    void this.#run(handler, body);
  }

  /** A handler that waits for nothing: the process ends without an answer. */
  emptyLoop() {}

  async #run(handler, body) {
    try {
      const event = body.length === 0 ? {} : JSON.parse(body.utf8Slice(0, body.length));
      const answer = encode(await handler(event, contextOf(this.requestId, this.#head)));
      this.#finish(this, false, answer);
    } catch (error) {
      logError("Invoke Error", error);
      const document = errorDocument(error);
      this.#finish(this, true, JSON.stringify(document), document.errorType);
    }
  }
}

function encode(value) {
  try {
    return JSON.stringify(value === undefined ? null : value) ?? "null";
  } catch {
    throw marshalError();
  }
}
