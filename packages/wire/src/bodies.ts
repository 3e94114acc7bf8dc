import type { IncomingMessage } from "node:http";
import { abandon } from "./abandon.ts";
import { type Clock, GatheredBytes } from "@hearth/kit";
import { TooManyRequestsException } from "@hearth/model";
import { type BodyLimits, type BodyStream, ClientGone, EMPTY_BODY } from "./body.ts";
import { AwsChunkedStream } from "./awsChunked.ts";
import { streamBody } from "./bodyStream.ts";
import type { StreamedPayload } from "./sigv4.ts";

export interface BodiesDeps {
  readonly clock: Clock;
  /** Bytes of bodies held at a time, those of requests that are being answered included. */
  readonly maxHeldBytes: number;
  /** The part of it that one peer may take, in bodies of more than one piece. Default: a quarter, but never less than two of the largest bodies. */
  readonly maxHeldBytesPerPeer?: number;
}

/** Who sends a body. */
export interface Sender {
  /** The client's address, or the account of a sandbox. */
  readonly peer: () => string;
  /** The signature was verified before the body is read. */
  readonly isVerified: boolean;
}

const UNKNOWN: Sender = { peer: () => "", isVerified: false };
const MIN_BYTES_PER_PEER = 160_000_000;
/** From the first half minute on, the average rate of a body whose signature can only be verified at its end. */
const MIN_UNVERIFIED_BYTES_PER_MS = 4;

/** A body of which nothing arrives for so long is given up. A client who has proven its key and sends steadily, however slowly, may go on. */
const STALLED_MS = 30_000;
const SWEEP_MS = 5_000;
const MAX_ARRIVED_BYTES = 16_384;

interface Reading {
  readonly giveUp: () => void;
  /** The consumer is processing a piece, so the client's silence does not count. */
  isPaused: boolean;
  progressed: boolean;
  silentMs: number;
  ageMs: number;
  /** Bytes that must have arrived per millisecond. */
  readonly minBytesPerMs: number;
  readonly received: () => number;
}

/** What is held of one peer's bodies. */
interface Peer {
  readonly name: string;
  held: number;
}

/**
 * Reads the bodies of one process's requests. All that are held together are bounded, and so are those of one peer: beyond that, requests are
 * refused with 429, which SDKs repeat later. A body that stalls is given up, and so is one that trickles while its signature is not
 * verified. A small body costs no more than two counters.
 */
export class Bodies {
  readonly #deps: BodiesDeps;
  readonly #reading = new Set<Reading>();
  readonly #peers = new Map<string, Peer>();
  /** The senders of bodies in several pieces that are held. */
  readonly #owners = new Map<Buffer, Peer>();
  readonly #maxPerPeer: number;
  #held = 0;
  #isSweeping = false;

  constructor(deps: BodiesDeps) {
    this.#deps = deps;
    this.#maxPerPeer = deps.maxHeldBytesPerPeer ?? Math.max(deps.maxHeldBytes / 4, MIN_BYTES_PER_PEER);
  }

  get heldBytes(): number {
    return this.#held;
  }

  /**
   * The body in pieces, checked by `streamBody`; the pieces do not count as held. Throws immediately when the declared length is too large.
   * Aborts when the client sends nothing for half a minute while the consumer waits for a piece.
   */
  stream(req: IncomingMessage, limits: BodyLimits & StreamedPayload): BodyStream {
    if (Number(req.headers["content-length"] ?? 0) > limits.maxBytes) throw limits.tooLarge();
    const declared = req.headers["content-length"];
    const source = this.#stream(req, limits);
    if (limits.chunked) return new AwsChunkedStream(source, limits.chunked);
    return Object.assign(source, { length: declared === undefined ? undefined : Number(declared) });
  }

  async *#stream(req: IncomingMessage, limits: BodyLimits & StreamedPayload): AsyncGenerator<Buffer, void> {
    limits.start?.();
    const reading = newReading(() => void stalled(req));
    this.#watch(reading);
    const onTurn = (awaits: "reader" | "client"): void => {
      reading.isPaused = awaits === "reader";
      reading.progressed = true;
    };
    try {
      yield* streamBody(req, { ...limits, sha256: limits.sha256, onTurn });
    } finally {
      this.#reading.delete(reading);
    }
  }

  /** As `read`, for a small body that is here already, as it is when it came in one packet with its headers; otherwise `undefined`. */
  arrived(req: IncomingMessage, maxBytes: number): Buffer | undefined {
    const length = req.readableLength;
    if (length === 0 || length > Math.min(maxBytes, MAX_ARRIVED_BYTES) || req.httpVersionMajor !== 1) return undefined;
    if (req.headers["content-length"] !== String(length)) return undefined;
    if (this.#held + length > this.#deps.maxHeldBytes) return undefined;
    const body = req.read() as Buffer;
    req.resume(); // to its end
    this.#held += length;
    return body;
  }

  /** Counts a body that came in one piece with its head, until `release`. Throws when it is too large, or too much is held. */
  hold(body: Buffer, target: { readonly maxBodyBytes: number; tooLarge(): Error }): Buffer {
    if (body.length > target.maxBodyBytes) throw target.tooLarge();
    if (this.#held + body.length > this.#deps.maxHeldBytes)
      throw new TooManyRequestsException("CallerRateLimitExceeded");
    this.#held += body.length;
    return body;
  }

  /**
   * The whole body, without a copy when it arrived in one piece; its bytes count until `release`. A longer one than `maxBytes` is refused as soon as
   * it is known to be, and never held. Rejects with `ClientGone` when the connection breaks or stalls.
   */
  read(req: IncomingMessage, { maxBytes, tooLarge, start }: BodyLimits, sender = UNKNOWN): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (Number(req.headers["content-length"] ?? 0) > maxBytes) {
        reject(tooLarge());
        return;
      }
      start?.();
      const gathered = new GatheredBytes();
      let peer: Peer | undefined;
      let length = 0;
      const minBytesPerMs = sender.isVerified ? 0 : MIN_UNVERIFIED_BYTES_PER_MS;
      const reading = newReading(
        () => fail(stalled(req)),
        minBytesPerMs,
        () => length,
      );
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
        if (peer) this.#giveBack(peer, length);
        reject(error);
      };
      const onData = (chunk: Buffer): void => {
        length += chunk.length;
        this.#held += chunk.length;
        if (length > maxBytes) return fail(tooLarge());
        if (this.#held > this.#deps.maxHeldBytes) return fail(new TooManyRequestsException("CallerRateLimitExceeded"));
        reading.progressed = true;
        gathered.add(chunk);
        if (gathered.length === chunk.length) return;
        const added = peer ? chunk.length : length;
        peer ??= this.#peer(sender.peer());
        peer.held += added;
        if (peer.held > this.#maxPerPeer) fail(new TooManyRequestsException("CallerRateLimitExceeded"));
      };
      const onEnd = (): void => {
        finish();
        const body = length === 0 ? EMPTY_BODY : gathered.whole();
        if (peer) this.#owners.set(body, peer);
        resolve(body);
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
    if (this.#owners.size === 0) return;
    const peer = this.#owners.get(body);
    if (!peer) return;
    this.#owners.delete(body);
    this.#giveBack(peer, body.length);
  }

  #peer(name: string): Peer {
    let peer = this.#peers.get(name);
    if (!peer) this.#peers.set(name, (peer = { name, held: 0 }));
    return peer;
  }

  #giveBack(peer: Peer, bytes: number): void {
    peer.held -= bytes;
    if (peer.held === 0) this.#peers.delete(peer.name);
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
      reading.ageMs += SWEEP_MS;
      const trickles = reading.ageMs >= STALLED_MS && reading.received() < reading.minBytesPerMs * reading.ageMs;
      if (trickles || reading.silentMs >= STALLED_MS) reading.giveUp();
    }
    this.#isSweeping = false;
    if (this.#reading.size > 0) this.#sweepLater();
  }
}

function newReading(giveUp: () => void, minBytesPerMs = 0, received = (): number => 0): Reading {
  return { giveUp, isPaused: false, progressed: true, silentMs: 0, ageMs: 0, minBytesPerMs, received };
}

function stalled(req: IncomingMessage): ClientGone {
  abandon(req);
  return new ClientGone("the client stopped in the middle of its request");
}
