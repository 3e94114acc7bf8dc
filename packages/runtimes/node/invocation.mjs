// One event and the context that its handler gets, up to nodejs22.x. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
import { contextOf } from "./context.mjs";
import { errorDocument, marshalError } from "./errors.mjs";
import { logError } from "./logging.mjs";

export class Invocation {
  requestId;
  #head;
  #finish;
  #waitForEmptyLoop = true;
  /** What a callback left behind, to be sent once the event loop is empty. */
  #afterLoop;
  #ended = false;

  /** `finish(invocation, failed, body, errorType)` is called once. */
  constructor(requestId, head, finish) {
    this.requestId = requestId;
    this.#head = head;
    this.#finish = finish;
  }

  run(handler, body) {
    try {
      const event = body.length === 0 ? {} : JSON.parse(body.utf8Slice(0, body.length));
      const result = handler(event, this.#context(), (error, value) => this.#callback(error, value));
      if (typeof result?.then === "function") {
        result.then(
          (value) => this.#succeed(value),
          (error) => this.#fail(error),
        );
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The event loop is empty: a callback's answer is due, and a handler that never answers has answered null. */
  emptyLoop() {
    const answer = this.#afterLoop ?? (() => this.#succeed(null));
    answer();
  }

  /** Only the first call counts. A failure is told at once. */
  #callback(error, value) {
    if (this.#afterLoop) return;
    if (error !== undefined && error !== null) this.#fail(error);
    else if (this.#waitForEmptyLoop) this.#afterLoop = () => this.#succeed(value);
    else this.#succeed(value);
  }

  #succeed(value) {
    if (this.#ended) return;
    let body;
    try {
      body = JSON.stringify(value === undefined ? null : value) ?? "null";
    } catch {
      this.#fail(marshalError());
      return;
    }
    this.#ended = true;
    this.#finish(this, false, body);
  }

  #fail(thrown) {
    if (this.#ended) return;
    this.#ended = true;
    const error = thrown ?? "handled";
    logError("Invoke Error", error);
    const document = errorDocument(error);
    this.#finish(this, true, JSON.stringify(document), document.errorType);
  }

  #context() {
    const invocation = this;
    const context = {
      get callbackWaitsForEmptyEventLoop() {
        return invocation.#waitForEmptyLoop;
      },
      set callbackWaitsForEmptyEventLoop(value) {
        invocation.#waitForEmptyLoop = Boolean(value);
      },
      // The three of the first Node runtime: they answer at once, whatever the event loop still holds.
      done: (error, value) => (error === undefined || error === null ? this.#succeed(value) : this.#fail(error)),
      succeed: (value) => this.#succeed(value),
      fail: (error) => this.#fail(error),
    };
    return Object.assign(context, contextOf(this.requestId, this.#head));
  }
}
