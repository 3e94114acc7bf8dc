import type { Outcome, ResponseSink } from "@hearth/model";
import type { InvocationResult, StreamedResult } from "./invocationRequest.ts";

/** What may wait here for the reader; a function that is ahead by more is made to wait itself. */
const BUFFERED_BYTES = 256 * 1024;

/**
 * A function's answer on its way to a caller who reads it as it comes. When the caller goes away the function runs on, as on AWS, and
 * what it still says is dropped.
 */
export class StreamedAnswer implements ResponseSink {
  readonly #begun = Promise.withResolvers<StreamedResult>();
  readonly #ended = Promise.withResolvers<InvocationResult>();
  readonly #body: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #onReady: (() => void) | undefined;
  #bytes = 0;
  #executedVersion = "";

  /** `signal` aborts when the caller goes away. */
  constructor(signal: AbortSignal) {
    this.#body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#ready(),
        cancel: () => this.#drop(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: BUFFERED_BYTES }),
    );
    // Whoever reads the body hears of it; who does not read it has no use for it.
    this.#ended.promise.catch(() => undefined);
    if (signal.aborted) this.#close();
    else signal.addEventListener("abort", () => this.#close(), { once: true });
  }

  /** Resolves when the answer begins or, where it comes in one piece, is there; rejects when the platform failed before. */
  get begun(): Promise<StreamedResult> {
    return this.#begun.promise;
  }

  /** What the function has sent, whether or not anyone read it. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What runs: known before anything is written. */
  executes(version: string): void {
    this.#executedVersion = version;
  }

  begin(contentType: string): void {
    this.#begin(contentType);
  }

  write(chunk: Uint8Array, onReady: () => void): boolean {
    this.#bytes += chunk.byteLength;
    const controller = this.#controller;
    if (!controller) return true;
    if (chunk.byteLength > 0) controller.enqueue(chunk);
    if ((controller.desiredSize ?? 0) > 0) return true;
    this.#onReady = onReady;
    return false;
  }

  /** The run is over and metered: the body closes when what is left of it has been read. */
  end(result: InvocationResult): void {
    this.#begin(undefined);
    this.#ended.resolve(result);
    if (!this.#controller) return;
    const { outcome } = result;
    if (isInOnePiece(outcome)) this.#controller.enqueue(outcome.payload);
    this.#controller.close();
    this.#controller = undefined;
  }

  /** The platform failed. */
  fail(error: unknown): void {
    this.#begun.reject(error);
    this.#ended.reject(error);
    this.#controller?.error(error);
    this.#controller = undefined;
  }

  #begin(contentType: string | undefined): void {
    this.#begun.resolve({
      ExecutedVersion: this.#executedVersion,
      contentType,
      body: this.#body,
      ended: this.#ended.promise,
    });
  }

  #ready(): void {
    const onReady = this.#onReady;
    this.#onReady = undefined;
    onReady?.();
  }

  /** Nobody is there to read. */
  #close(): void {
    this.#controller?.close();
    this.#drop();
  }

  #drop(): void {
    this.#controller = undefined;
    this.#ready();
  }
}

function isInOnePiece(outcome: Outcome): boolean {
  return outcome.kind === "success" && outcome.payload.byteLength > 0;
}
