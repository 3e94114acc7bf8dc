import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { ManualClock } from "@hearth/kit";
import { afterEach, expect, test } from "vitest";
import { Bodies } from "./bodies.ts";
import { ClientGone } from "./body.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const clock = new ManualClock();
const limits = { maxBytes: 1000, tooLarge: () => new Error("too large") };

/** A request whose body the test sends piece by piece. */
async function request(length: number): Promise<{ req: IncomingMessage; socket: Socket }> {
  server?.close();
  server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\n\r\n`);
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
  const reading = bodies.read(req, limits);
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
