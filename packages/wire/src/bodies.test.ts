import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { ManualClock } from "@hearth/kit";
import { afterEach, expect, test } from "vitest";
import { Bodies } from "./bodies.ts";
import { ClientGone } from "./body.ts";

let server: Server | undefined;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.closeAllConnections();
  server?.close();
});

const clock = new ManualClock();
const verified = { peer: () => "a", isVerified: true };
const limits = { maxBytes: 1000, tooLarge: () => new Error("too large") };

/** A request whose body the test sends piece by piece; without a length in chunks. */
async function request(length: number | undefined): Promise<{ req: IncomingMessage; socket: Socket }> {
  server?.close();
  server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => undefined);
  const framing = length === undefined ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`;
  socket.write(`POST / HTTP/1.1\r\nHost: h\r\n${framing}\r\n\r\n`);
  const [req] = (await once(server, "request")) as [IncomingMessage];
  return { req, socket };
}

test("a body counts from its first byte until it is released", async () => {
  const bodies = new Bodies({ clock, maxHeldBytes: 100 });
  const { req, socket } = await request(10);
  const reading = bodies.read(req, limits);
  socket.write("01234");
  await expect.poll(() => bodies.heldBytes).toBe(5);
  socket.write("56789");
  const body = await reading;
  expect(body.toString()).toBe("0123456789");
  expect(bodies.heldBytes).toBe(10);
  bodies.release(body);
  expect(bodies.heldBytes).toBe(0);
});

test("a body that is here already is taken at once, whole", async () => {
  const bodies = new Bodies({ clock, maxHeldBytes: 100 });
  const { req, socket } = await request(5);
  socket.write("01");
  await expect.poll(() => req.readableLength).toBe(2);
  expect(bodies.arrived(req, 1000)).toBeUndefined();
  socket.write("234");
  await expect.poll(() => req.readableLength).toBe(5);
  expect(bodies.arrived(req, 4)).toBeUndefined();
  expect(bodies.arrived(req, 1000)?.toString()).toBe("01234");
  expect(bodies.heldBytes).toBe(5);
  await expect.poll(() => req.readableEnded).toBe(true);
});

test("a body in chunks is not taken before its end is known", async () => {
  const bodies = new Bodies({ clock, maxHeldBytes: 100 });
  const { req, socket } = await request(undefined);
  socket.write("2\r\nab\r\n");
  await expect.poll(() => req.readableLength).toBe(2);
  expect(bodies.arrived(req, 1000)).toBeUndefined();
});

test("what is more than all requests together may hold is refused as throttling", async () => {
  const bodies = new Bodies({ clock, maxHeldBytes: 100 });
  const { req, socket } = await request(200);
  const refused = expect(bodies.read(req, limits)).rejects.toMatchObject({ code: "TooManyRequestsException" });
  socket.write("x".repeat(200));
  await refused;
  expect(bodies.heldBytes).toBe(0);
});

test("a body that stalls is given up after half a minute, one that trickles is not", async () => {
  const bodies = new Bodies({ clock, maxHeldBytes: 100 });
  const { req, socket } = await request(10);
  const reading = bodies.read(req, limits, verified);
  for (let sent = 1; sent <= 4; sent++) {
    socket.write("x");
    await expect.poll(() => bodies.heldBytes).toBe(sent);
    await clock.advance(25_000);
  }
  const gone = expect(reading).rejects.toBeInstanceOf(ClientGone);
  await clock.advance(40_000);
  await gone;
  expect(req.destroyed).toBe(true);
  expect(bodies.heldBytes).toBe(0);
});

test("a streamed body holds nothing, and is given up only while its reader waits for the client", async () => {
  const bodies = new Bodies({ clock, maxHeldBytes: 1 });
  const { req, socket } = await request(10);
  const pieces = bodies.stream(req, { ...limits, sha256: undefined })[Symbol.asyncIterator]();
  const first = pieces.next();
  socket.write("01234");
  expect((await first).value?.length).toBe(5);
  await clock.advance(120_000); // the reader works on what it has
  expect([req.destroyed, bodies.heldBytes]).toEqual([false, 0]);
  const gone = expect(pieces.next()).rejects.toBeInstanceOf(ClientGone);
  await clock.advance(40_000);
  await gone;
  expect(req.destroyed).toBe(true);
});

test("a streamed body is refused at its end when its hash is another, and before it is read when it declares too much", async () => {
  const bodies = new Bodies({ clock, maxHeldBytes: 1 });
  const read = async (sha256: string): Promise<string> => {
    const { req, socket } = await request(5);
    socket.write("01234");
    let text = "";
    for await (const piece of bodies.stream(req, { ...limits, sha256 })) text += piece.toString();
    return text;
  };
  expect(await read(createHash("sha256").update("01234").digest("hex"))).toBe("01234");
  await expect(read("0".repeat(64))).rejects.toMatchObject({ code: "InvalidSignatureException" });
  const { req } = await request(2000);
  expect(() => bodies.stream(req, { ...limits, sha256: undefined })).toThrow("too large");
});

test("a chunked stream is refused once it has grown too large", async () => {
  const bodies = new Bodies({ clock, maxHeldBytes: 1 });
  const { req, socket } = await request(undefined);
  const reading = (async () => {
    for await (const piece of bodies.stream(req, { ...limits, sha256: undefined })) expect(piece.length).toBe(600);
  })();
  const refused = expect(reading).rejects.toThrow("too large");
  const piece = `258\r\n${"x".repeat(600)}\r\n`;
  socket.write(piece);
  await new Promise((resolve) => setImmediate(resolve));
  socket.write(piece);
  await refused;
  expect(req.destroyed).toBe(false);
});

test("a body that trickles is given up when its sender may not have the secret", async () => {
  const bodies = new Bodies({ clock, maxHeldBytes: 1_000_000 });
  const { req, socket } = await request(900);
  const reading = bodies.read(req, limits, { peer: () => "a", isVerified: false });
  const gone = expect(reading).rejects.toBeInstanceOf(ClientGone);
  for (let sent = 1; sent <= 2; sent++) {
    socket.write("x");
    await expect.poll(() => bodies.heldBytes).toBe(sent);
    await clock.advance(15_000);
  }
  await clock.advance(10_000);
  await gone;
  expect([req.destroyed, bodies.heldBytes]).toEqual([true, 0]);
});

test("one peer's bodies are bounded, so that those of others are taken", async () => {
  const bodies = new Bodies({ clock, maxHeldBytes: 1000, maxHeldBytesPerPeer: 100 });
  const fill = async (peer: string, bytes: number): Promise<Buffer> => {
    const { req, socket } = await request(bytes);
    const before = bodies.heldBytes;
    const reading = bodies.read(req, limits, { peer: () => peer, isVerified: true });
    reading.catch(() => undefined);
    socket.write("x");
    await expect.poll(() => bodies.heldBytes).toBe(before + 1);
    socket.write("x".repeat(bytes - 1));
    return await reading;
  };
  const first = await fill("a", 80);
  await expect(fill("a", 80)).rejects.toMatchObject({ code: "TooManyRequestsException" });
  const other = await fill("b", 80);
  bodies.release(first);
  const again = await fill("a", 80);
  for (const body of [other, again]) bodies.release(body);
  expect(bodies.heldBytes).toBe(0);
});
