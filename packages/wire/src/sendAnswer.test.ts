import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { ManualClock, silentLogger } from "@hearth/kit";
import { expect, test, vi } from "vitest";
import { sendAnswer } from "./sendAnswer.ts";
import { PieceMemory } from "./sendPieces.ts";

interface Streamed {
  write(bytes: number): void;
  end(): void;
  readonly state: { cancelled: boolean; sent: boolean };
  readonly clock: ManualClock;
  readonly client: Socket;
}

/** A streamed answer that the test writes, to a client that does not read until it is resumed. */
async function stream(use: (streamed: Streamed) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  const state = { cancelled: false, sent: false };
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start: (its) => void (controller = its),
    cancel: () => void (state.cancelled = true),
  });
  const server = createServer((req, res) => {
    const sending = {
      requestId: "r",
      headers: undefined,
      streamed: false,
      pieces: new PieceMemory(),
      clock,
      logger: silentLogger,
    };
    void Promise.resolve(sendAnswer(req, res, { status: 200, headers: {}, body }, sending)).then(
      () => (state.sent = true),
    );
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.on("error", () => undefined);
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  client.pause();
  await new Promise((ready) => server.once("request", ready));
  const write = (bytes: number): void => {
    for (let left = bytes; left > 0; left -= 65_536) controller.enqueue(Buffer.alloc(Math.min(left, 65_536)));
  };
  await use({ write, end: () => controller.close(), state, clock, client });
  client.destroy();
  server.close();
}

/** Until what was written has reached the limits of all buffers. */
const settled = () => new Promise((done) => setTimeout(done, 100));

test("a client that reads nothing of a streamed answer loses its connection, and the answer's source is told", async () => {
  await stream(async ({ write, state, clock }) => {
    write(64 * 1024 * 1024);
    await settled();
    await clock.advance(29_000);
    await settled();
    expect(state).toEqual({ cancelled: false, sent: false });
    await vi.waitFor(async () => {
      await clock.advance(30_000);
      expect(state).toEqual({ cancelled: true, sent: true });
    }, 20_000);
  });
});

test("so does one that does not read the end of it", async () => {
  await stream(async ({ write, end, state, clock }) => {
    write(64 * 1024 * 1024);
    end();
    await settled();
    await vi.waitFor(async () => {
      await clock.advance(30_000);
      expect(state.sent).toBe(true);
    }, 20_000);
  });
});

test("a client that waits for a slow source, or reads a little from time to time, keeps its connection", async () => {
  await stream(async ({ write, end, state, clock, client }) => {
    await clock.advance(24 * 60 * 60_000);
    write(64 * 1024 * 1024);
    await settled();
    let read = 0;
    client.on("data", (chunk: Buffer) => {
      read += chunk.length;
      client.pause();
    });
    while (read < 16 * 1024 * 1024) {
      const before = read;
      client.resume();
      while (read < before + 4 * 1024 * 1024) {
        client.resume();
        await new Promise((done) => setImmediate(done));
      }
      client.pause();
      await settled();
      await clock.advance(29_000);
    }
    expect(state).toEqual({ cancelled: false, sent: false });
    end();
    client.on("data", () => client.resume());
    client.resume();
    await vi.waitFor(() => {
      expect(state.sent).toBe(true);
      expect(read).toBeGreaterThan(64 * 1024 * 1024);
    }, 20_000);
  });
}, 60_000);

test("a large answer is under way until the client has it, and a client that does not read it loses its connection", async () => {
  const clock = new ManualClock();
  const body = Buffer.alloc(64 * 1024 * 1024);
  const sent = Promise.withResolvers<string>();
  const server = createServer((req, res) => {
    const sending = {
      requestId: "r",
      headers: undefined,
      streamed: false,
      pieces: new PieceMemory(),
      clock,
      logger: silentLogger,
    };
    void Promise.resolve(sendAnswer(req, res, { status: 200, headers: {}, body }, sending)).then(() =>
      sent.resolve(res.writableFinished ? "whole" : "broken off"),
    );
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.on("error", () => undefined);
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  client.pause();
  const first = await Promise.race([sent.promise, new Promise((done) => setTimeout(() => done("under way"), 300))]);
  expect(first).toBe("under way");
  await clock.advance(24 * 60 * 60_000);
  expect(await sent.promise).toBe("broken off");
  client.destroy();
  server.close();
});
