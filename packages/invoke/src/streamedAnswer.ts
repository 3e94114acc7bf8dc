import type { Outcome, ResponseSink } from "@hearth/model";
import type { InvocationResult, StreamedResult } from "./invocationRequest.ts";

/** Limit of bytes that wait for the reader; beyond it the function has to wait. */
const BUFFERED_BYTES = 256 * 1024;

/**
 * Passes a function's answer on to a caller that reads it while the function writes it. When the caller goes away the function keeps running, as on AWS, and
 * the rest of its answer is dropped.
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
    // The body reports the error to its reader; without a reader it is not needed.
    this.#ended.promise.catch(() => undefined);
    if (signal.aborted) this.#close();
    else signal.addEventListener("abort", () => this.#close(), { once: true });
  }

  /** Resolves when the answer begins, or is complete where it is not streamed; rejects when the platform failed before. */
  get begun(): Promise<StreamedResult> {
    return this.#begun.promise;
  }

  /** Bytes that the function has sent, read or not. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Sets the version that runs. Call it before anything is written. */
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

  /** Call it when the run is over and metered: the body closes when the rest of it has been read. */
  end(result: InvocationResult): void {
    this.#begin(undefined);
    this.#ended.resolve(result);
    if (!this.#controller) return;
    const { outcome } = result;
    if (hasUnstreamedPayload(outcome)) this.#controller.enqueue(outcome.payload);
    this.#controller.close();
    this.#controller = undefined;
  }

  /** Call it when the platform failed. */
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

  /** The reader has gone. */
  #close(): void {
    this.#controller?.close();
    this.#drop();
  }

  #drop(): void {
    this.#controller = undefined;
    this.#ready();
  }
}

function hasUnstreamedPayload(outcome: Outcome): boolean {
  return outcome.kind === "success" && outcome.payload.byteLength > 0;
}
