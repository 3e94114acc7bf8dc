import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import type { Registry } from "@hearth/kit";
import type { RequestHandler } from "@hearth/wire";
import { expect, onTestFinished, test } from "vitest";
import { FrontDoor } from "./frontDoor.ts";
import { testDoor } from "./testing/testDoor.ts";

async function openDoor(aws: RequestHandler): Promise<{ port: number; registry: Registry }> {
  const deps = testDoor();
  const door = new FrontDoor({ aws, hosts: [], notReady: () => undefined, problems: () => [], ...deps });
  onTestFinished(() => door[Symbol.asyncDispose]());
  const { port } = await door.listen({ host: "127.0.0.1", port: 0 });
  return { port, registry: deps.registry };
}

async function closings(registry: Registry): Promise<unknown> {
  return (await registry.getSingleMetric("hearth_connections_closed_total")?.get())?.values;
}

const ENDED_FOR_FRAMES = [expect.objectContaining({ labels: { reason: "frames" }, value: 1 })];

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.set([type, flags], 3);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function windowUpdate(stream: number, bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frame(8, 0, stream, payload);
}

/** A session whose stream 1 is a request with a body. */
function openSession(port: number): Socket {
  const field = (name: string, value: string): Buffer =>
    Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);
  const fields = [field(":method", "POST"), field(":scheme", "http"), field(":path", "/"), field(":authority", "a")];
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  socket.resume();
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  socket.write(Buffer.concat([frame(4, 0, 0, Buffer.alloc(0)), frame(1, 4, 1, Buffer.concat(fields))]));
  return socket;
}

const discard: RequestHandler = (request) => void request.on("error", () => undefined).resume();

test("a session of HTTP/2 whose body comes in thousands of tiny frames is ended", async () => {
  const { port, registry } = await openDoor(discard);
  const socket = openSession(port);
  socket.write(Buffer.concat(Array.from({ length: 20_000 }, () => frame(0, 0, 1, Buffer.from("x")))));
  await expect.poll(() => socket.closed, { timeout: 60_000 }).toBe(true);
  expect(await closings(registry)).toEqual(ENDED_FOR_FRAMES);
});

test.each([
  ["the connection", 0],
  ["a stream", 1],
])("a session of HTTP/2 that sends nothing but frames of WINDOW_UPDATE of %s is ended", async (_name, stream) => {
  const { port, registry } = await openDoor(discard);
  const socket = openSession(port);
  socket.write(Buffer.concat(Array.from({ length: 100_000 }, () => windowUpdate(stream, 1))));
  await expect.poll(() => socket.closed, { timeout: 60_000 }).toBe(true);
  expect(await closings(registry)).toEqual(ENDED_FOR_FRAMES);
});

test("sessions that carry bodies, or many small requests with large headers, go on", async () => {
  const { port, registry } = await openDoor((request, response) => {
    void buffer(request).then((body) => response.end(String(body.length)));
  });
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  onTestFinished(() => session.destroy());
  const ask = (body: Buffer, headers: Record<string, string> = {}): Promise<string> => {
    const stream = session.request({ ":method": "POST", ":path": "/", ...headers });
    stream.end(body);
    return text(stream);
  };
  for (let i = 0; i < 10; i++) {
    expect(await ask(Buffer.alloc(1_000_000))).toBe("1000000");
    const unlike = { "x-unlike": String(i).repeat(2_000) };
    const answers = Array.from({ length: 100 }, () => ask(Buffer.from("ab"), unlike));
    expect(await Promise.all(answers)).toEqual(answers.map(() => "2"));
  }
  expect(session.closed || session.destroyed).toBe(false);
  expect(await closings(registry)).toEqual([]);
});

test("a session whose client confirms each few bytes of a large answer goes on", async () => {
  const bytes = 4_000_000;
  const { port, registry } = await openDoor((_request, response) => {
    Readable.from(Array.from({ length: bytes / 10_000 }, () => Buffer.alloc(10_000))).pipe(response);
  });
  const socket = openSession(port);
  let received = 0;
  let sent = 0;
  socket.on("data", (chunk: Buffer) => {
    received += chunk.length;
    const few = Array.from({ length: Math.floor(chunk.length / 40) }, () => windowUpdate(1, 1));
    const updates = Buffer.concat([windowUpdate(0, chunk.length), windowUpdate(1, chunk.length), ...few]);
    sent += updates.length;
    socket.write(updates);
  });
  await expect.poll(() => received, { timeout: 60_000 }).toBeGreaterThan(bytes);
  expect(sent).toBeGreaterThan(1_000_000);
  expect(await closings(registry)).toEqual([]);
});
