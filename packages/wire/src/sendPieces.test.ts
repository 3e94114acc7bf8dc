import { createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { ManualClock, silentLogger } from "@hearth/kit";
import { expect, test, vi } from "vitest";
import type { PieceSource } from "./pieceSource.ts";
import { sendAnswer } from "./sendAnswer.ts";
import { PieceMemory } from "./sendPieces.ts";

/** Yields `total` bytes that count up; fails instead at `failsAt`. */
class Counting implements PieceSource {
  isDisposed = false;
  #at = 0;
  readonly #total: number;
  readonly #failsAt: number;

  constructor(total: number, failsAt = Infinity) {
    this.#total = total;
    this.#failsAt = failsAt;
  }

  async readInto(memory: Uint8Array): Promise<number> {
    await Promise.resolve();
    if (this.#at >= this.#failsAt) throw new Error("no more");
    const bytes = Math.min(memory.length, this.#total - this.#at, 100_000);
    for (let i = 0; i < bytes; i++) memory[i] = (this.#at + i) % 251;
    this.#at += bytes;
    return bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
    await Promise.resolve();
  }
}

async function answering(
  source: PieceSource,
  use: (port: number, clock: ManualClock) => Promise<void>,
  pieces = new PieceMemory(),
): Promise<void> {
  const clock = new ManualClock();
  const server = createServer((req: IncomingMessage, res: ServerResponse) => {
    const sending = { requestId: "r", headers: undefined, streamed: false, pieces, clock, logger: silentLogger };
    void sendAnswer(req, res, { status: 200, headers: { "Content-Length": "3000000" }, body: source }, sending);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  try {
    await use((server.address() as AddressInfo).port, clock);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function bodyOf(port: number): Promise<Buffer> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port, host: "127.0.0.1" }, resolve).on("error", reject);
  });
  return await buffer(answer);
}

test("all pieces arrive as they were read, also when several answers use the same memory one after the other", async () => {
  const pieces = new PieceMemory();
  for (let n = 0; n < 3; n++) {
    const source = new Counting(3_000_000);
    await answering(
      source,
      async (port) => {
        const body = await bodyOf(port);
        expect(body.length).toBe(3_000_000);
        expect(body.findIndex((byte, i) => byte !== i % 251)).toBe(-1);
      },
      pieces,
    );
    expect(source.isDisposed).toBe(true);
  }
});

test("a source that fails breaks the connection, so a client does not take half for all", async () => {
  const source = new Counting(3_000_000, 500_000);
  await answering(source, async (port) => {
    await expect(bodyOf(port)).rejects.toThrow("aborted");
  });
  expect(source.isDisposed).toBe(true);
});

test("a client that goes away frees the source, and one that reads nothing loses its connection", async () => {
  for (const goesAway of [true, false]) {
    const source = new Counting(1_000_000_000);
    await answering(source, async (port, clock) => {
      const client = connect(port, "127.0.0.1");
      client.on("error", () => undefined);
      client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      client.pause();
      await new Promise((later) => setTimeout(later, 50));
      if (goesAway) client.destroy();
      await vi.waitFor(
        async () => {
          if (!goesAway) await clock.advance(60_000);
          expect(source.isDisposed).toBe(true);
        },
        { timeout: 20_000 },
      );
      client.destroy();
    });
  }
});
