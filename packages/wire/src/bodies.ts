import type { IncomingMessage } from "node:http";
import type { Clock } from "@hearth/kit";
import { TooManyRequestsException } from "@hearth/model";
import { type BodyLimits, type BodyStream, ClientGone, EMPTY_BODY } from "./body.ts";
import { type StreamedBody, streamBody } from "./bodyStream.ts";

export interface BodiesDeps {
  readonly clock: Clock;
  /** Bytes of bodies held at a time, those of requests that are being answered included. */
  readonly maxHeldBytes: number;
}

/** A body of which nothing arrives for so long is given up. A client that sends steadily, however slowly, may go on. */
const STALLED_MS = 30_000;
const SWEEP_MS = 5_000;

interface Reading {
  readonly giveUp: () => void;
  /** The consumer is processing a piece, so the client's silence does not count. */
  isPaused: boolean;
  progressed: boolean;
  silentMs: number;
}

/**
 * Reads the bodies of one process's requests. All that are held together are bounded: beyond that, requests are refused with 429, which SDKs
 * repeat later. A body that stalls is given up. A small body costs no more than two counters.
 */
export class Bodies {
  readonly #deps: BodiesDeps;
  readonly #reading = new Set<Reading>();
  #held = 0;
  #isSweeping = false;

  constructor(deps: BodiesDeps) {
    this.#deps = deps;
  }

  get heldBytes(): number {
    return this.#held;
  }

  /**
   * The body in pieces, checked by `streamBody`; the pieces do not count as held. Throws immediately when the declared length is too large.
   * Aborts when the client sends nothing for half a minute while the consumer waits for a piece.
   */
  stream(req: IncomingMessage, limits: BodyLimits & Pick<StreamedBody, "sha256">): BodyStream {
    if (Number(req.headers["content-length"] ?? 0) > limits.maxBytes) throw limits.tooLarge();
    return this.#stream(req, limits);
  }

  async *#stream(
    req: IncomingMessage,
    limits: BodyLimits & Pick<StreamedBody, "sha256">,
  ): AsyncGenerator<Buffer, void> {
    limits.start?.();
    const reading: Reading = { giveUp: () => void stalled(req), isPaused: false, progressed: true, silentMs: 0 };
    this.#watch(reading);
    const onTurn = (awaits: "reader" | "client"): void => {
      reading.isPaused = awaits === "reader";
      reading.progressed = true;
    };
    try {
      yield* streamBody(req, { ...limits, onTurn });
    } finally {
      this.#reading.delete(reading);
    }
  }

  /**
   * The whole body, without a copy when it arrived in one piece; its bytes count until `release`. A longer one than `maxBytes` is refused as soon as
   * it is known to be, and never held. Rejects with `ClientGone` when the connection breaks or stalls.
   */
  read(req: IncomingMessage, { maxBytes, tooLarge, start }: BodyLimits): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (Number(req.headers["content-length"] ?? 0) > maxBytes) {
        reject(tooLarge());
        return;
      }
      start?.();
      let first: Buffer | undefined;
      let more: Buffer[] | undefined;
      let length = 0;
      const reading: Reading = { giveUp: () => fail(stalled(req)), isPaused: false, progressed: true, silentMs: 0 };
      const finish = (): void => {
        this.#reading.delete(reading);
        req.removeListener("data", onData);
        req.removeListener("end", onEnd);
        req.removeListener("close", onClose);
        req.removeListener("error", onClose);
      };
      const fail = (error: Error): void => {
        finish();
        this.#held -= length;
        reject(error);
      };
      const onData = (chunk: Buffer): void => {
        length += chunk.length;
        this.#held += chunk.length;
        if (length > maxBytes) return fail(tooLarge());
        if (this.#held > this.#deps.maxHeldBytes) return fail(new TooManyRequestsException("CallerRateLimitExceeded"));
        reading.progressed = true;
        if (!first) first = chunk;
        else (more ??= [first]).push(chunk);
      };
      const onEnd = (): void => {
        finish();
        resolve(more ? Buffer.concat(more, length) : (first ?? EMPTY_BODY));
      };
      const onClose = (): void =>
        fail(new ClientGone("the client closed the connection before its request was complete"));
      req.on("data", onData);
      req.on("end", onEnd);
      req.on("close", onClose);
      req.on("error", onClose);
      this.#watch(reading);
    });
  }

  /** The request is answered: its body no longer counts. */
  release(body: Buffer): void {
    this.#held -= body.length;
  }

  #watch(reading: Reading): void {
    this.#reading.add(reading);
    if (!this.#isSweeping) this.#sweepLater();
  }

  #sweepLater(): void {
    this.#isSweeping = true;
    this.#deps.clock.after(SWEEP_MS, () => this.#giveUpStalled());
  }

  #giveUpStalled(): void {
    for (const reading of this.#reading) {
      reading.silentMs = reading.progressed || reading.isPaused ? 0 : reading.silentMs + SWEEP_MS;
      reading.progressed = false;
      if (reading.silentMs >= STALLED_MS) reading.giveUp();
    }
    this.#isSweeping = false;
    if (this.#reading.size > 0) this.#sweepLater();
  }
}

function stalled(req: IncomingMessage): ClientGone {
  req.destroy();
  return new ClientGone("the client stopped in the middle of its request");
}
