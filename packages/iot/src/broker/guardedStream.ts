import { Duplex } from "node:stream";
import { PacketGuard } from "./packetGuard.ts";

/** The longest packet: a payload, a topic, and some bytes around them. */
const MAX_PACKET_BYTES = 132 * 1024;

/** A connection of a client whose packets are not longer than allowed; it is closed otherwise. */
export class GuardedStream extends Duplex {
  readonly #inner: Duplex;
  readonly #guard = new PacketGuard(MAX_PACKET_BYTES);

  constructor(inner: Duplex) {
    super({ readableHighWaterMark: 64 * 1024, writableHighWaterMark: 64 * 1024 });
    this.#inner = inner;
    inner.on("data", (chunk: Buffer) => {
      if (!this.#guard.accepts(chunk)) this.destroy(new Error("a packet is too long, or is not of MQTT"));
      else if (!this.push(chunk)) inner.pause();
    });
    inner.on("end", () => this.push(null));
    inner.on("error", (error) => this.destroy(error));
    inner.on("close", () => this.destroy());
  }

  override _read(): void {
    this.#inner.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#inner.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#inner.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inner.destroy();
    done(error);
  }
}
