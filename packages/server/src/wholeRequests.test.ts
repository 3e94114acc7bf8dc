import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { sendAnswer, WholeRequest, type WholeRequestHandler } from "@hearth/wire";
import { silentLogger, SystemClock } from "@hearth/kit";
import { afterEach, expect, test } from "vitest";
import { FrontDoor, type FrontDoorDeps } from "./frontDoor.ts";
import { testDoor } from "./testing/testDoor.ts";
import { WholeRequests } from "./wholeRequests.ts";

const open: AsyncDisposable[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

type Request = IncomingMessage | WholeRequest;
const bodyOf = async (request: Request): Promise<string> =>
  (request instanceof WholeRequest ? request.body : await buffer(request)).toString();

/** Says who read the request, and what was read. */
const echo: WholeRequestHandler = (request, response) => {
  void bodyOf(request).then((body) => {
    const answer = `${request instanceof WholeRequest ? "whole" : "node"} ${request.method} ${request.url} ${body}`;
    response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": Buffer.byteLength(answer) });
    response.end(answer);
  });
};

async function openDoor(handler: WholeRequestHandler = echo, deps: Partial<FrontDoorDeps> = {}) {
  const own = { aws: handler, awsWhole: handler, hosts: [], notReady: () => undefined, problems: () => [] };
  const door = new FrontDoor({ ...own, ...testDoor(), ...deps });
  open.push(door);
  const { port } = await door.listen({ host: "127.0.0.1", port: 0 });
  return { door, port };
}

/** A connection, and all that the server has sent on it. */
async function client(port: number) {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  let answered = "";
  socket.on("data", (piece: Buffer) => (answered += piece.toString()));
  socket.on("error", () => undefined);
  const closed = once(socket, "close");
  await once(socket, "connect");
  const has = async (text: string): Promise<string> => {
    await expect.poll(() => answered).toContain(text);
    return answered;
  };
  return { socket, closed, has, send: (text: string) => void socket.write(text), all: () => answered };
}

const post = (body: string, path = "/", ...lines: string[]): string =>
  [`POST ${path} HTTP/1.1`, "Host: h", `Content-Length: ${Buffer.byteLength(body)}`, ...lines].join("\r\n") +
  `\r\n\r\n${body}`;

test("requests in one piece are served without node:http, one after the other on a connection", async () => {
  const { door, port } = await openDoor();
  const { send, has } = await client(port);
  for (const body of ["one", "two", "drei ü"]) {
    send(post(body, "/p?q"));
    expect(await has(`whole POST /p?q ${body}`)).toMatch(
      /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\nContent-Length: \d+\r\nDate: \w{3}, .* GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=75\r\n\r\n/,
    );
  }
  await expect.poll(() => door.inFlight).toBe(0);
});

test("other requests go to node:http, and so does all that comes after them", async () => {
  const { port } = await openDoor();
  const { send, has, all } = await client(port);
  send(post("1"));
  await has("whole POST / 1");
  const text = post("in two parts");
  send(text.slice(0, 20));
  await new Promise((resolve) => setImmediate(resolve));
  send(text.slice(20));
  await has("node POST / in two parts");
  send(post("3"));
  await has("node POST / 3");
  expect(all().match(/HTTP\/1\.1 200/g)).toHaveLength(3);
});

test("requests that were sent without waiting are answered in their order", async () => {
  const { port } = await openDoor();
  const one = await client(port);
  one.send(post("1") + post("2") + post("3"));
  expect(await one.has("POST / 3")).toMatch(/node POST \/ 1[^]*node POST \/ 2[^]*node POST \/ 3/);
  let answer: (() => void) | undefined;
  const held = await openDoor((request, response) => {
    const go = (): void => echo(request, response);
    if (answer) go();
    else answer = go;
  });
  const two = await client(held.port);
  two.send(post("1"));
  await expect.poll(() => answer).toBeDefined();
  two.send(post("2"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  two.send(post("3") + post("4"));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(two.all()).toBe("");
  answer?.();
  expect(await two.has("POST / 4")).toMatch(/whole POST \/ 1[^]*POST \/ 2[^]*POST \/ 3[^]*POST \/ 4/);
});

test("a request is given back to node:http, with what came after it", async () => {
  const { door, port } = await openDoor((request, response) => {
    if (request instanceof WholeRequest && request.body.toString() === "2")
      void Promise.resolve().then(() => request.giveBack());
    else echo(request, response);
  });
  const { send, has, all } = await client(port);
  send(post("1"));
  await has("whole POST / 1");
  send(post("2"));
  await has("node POST / 2");
  send(post("3"));
  await has("node POST / 3");
  expect(all().match(/HTTP\/1\.1 200/g)).toHaveLength(3);
  await expect.poll(() => door.inFlight).toBe(0);
});

/** Answers with pieces of 64 KB, as many as the body says. */
const inPieces: WholeRequestHandler = (request, response) => {
  void bodyOf(request).then((text) => {
    let left = Number(text);
    const body = new ReadableStream<Uint8Array>({
      pull: (pieces) => (left-- > 0 ? pieces.enqueue(Buffer.alloc(65_536, "x")) : pieces.close()),
    });
    const clock = new SystemClock();
    const sending = { requestId: "r", headers: undefined, streamed: false, clock, logger: silentLogger };
    return sendAnswer(request, response, { status: 200, headers: {}, body }, sending);
  });
};

test("answers in pieces arrive whole, also those that the client is slow to read, and the connection goes on", async () => {
  const { door, port } = await openDoor(inPieces);
  const { socket, send, all } = await client(port);
  const ends = (): number => all().match(/\r\n0\r\n\r\n/g)?.length ?? 0;
  send(post("1"));
  await expect.poll(ends).toBe(1);
  expect(all()).toMatch(/^HTTP\/1\.1 200 OK[^]*Connection: keep-alive\r\n[^]*\r\n10000\r\nx{65536}\r\n0\r\n\r\n$/);
  expect(all()).toContain("Keep-Alive: timeout=75\r\n");
  socket.pause();
  send(post("200"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.resume();
  await expect.poll(ends, { timeout: 5_000 }).toBe(2);
  send(post("2"));
  await expect.poll(ends).toBe(3);
  expect(all().match(/x/g)).toHaveLength(203 * 65_536);
  await expect.poll(() => door.inFlight).toBe(0);
});

test("a server that stops closes a connection after its answer in pieces, and one whose client leaves in the middle of it", async () => {
  const { door, port } = await openDoor(inPieces);
  const [slow, leaving] = [await client(port), await client(port)];
  for (const { socket, send } of [slow, leaving]) {
    send(post("200"));
    await once(socket, "data");
    socket.pause();
  }
  expect(door.inFlight).toBe(2);
  leaving.socket.destroy();
  await expect.poll(() => door.inFlight).toBe(1);
  const drained = door.drain(AbortSignal.timeout(5_000));
  slow.socket.resume();
  await Promise.all([drained, slow.closed]);
  expect(slow.all()).toMatch(/\r\n0\r\n\r\n$/);
});

test("large answers arrive whole, and those of bytes too", async () => {
  const { port } = await openDoor((request, response) => {
    const size = Number((request as WholeRequest).body.toString());
    response.writeHead(200, { "Content-Length": size });
    response.end(Buffer.alloc(size, "x"));
  });
  for (const size of [1, 10_000, 3_000_000]) {
    const { socket, send, all } = await client(port);
    send(post(String(size)));
    await expect.poll(() => all().length - all().indexOf("\r\n\r\n") - 4).toBe(size);
    socket.destroy();
  }
});

test("a handler learns that its client has left", async () => {
  const left = Promise.withResolvers<boolean>();
  const begun = Promise.withResolvers<void>();
  const { door, port } = await openDoor((_request, response) => {
    begun.resolve();
    response.once("close", () => left.resolve(response.writableFinished));
  });
  const { socket, send } = await client(port);
  send(post("1"));
  await begun.promise;
  expect(door.inFlight).toBe(1);
  socket.destroy();
  expect(await left.promise).toBe(false);
  expect(door.inFlight).toBe(0);
});

test("a header that could end its line is refused before anything is sent", async () => {
  const { port } = await openDoor((_request, response) => {
    expect(() => response.writeHead(200, { "x-a": "b\r\nc: d" })).toThrow(/Invalid character/);
    expect(() => response.writeHead(200, { "x-a\r\nb": "c" })).toThrow(/must be a valid HTTP token/);
    response.writeHead(200, { "x-ok": ["1", "2"], "Content-Length": 0 });
    response.end();
  });
  const { send, has } = await client(port);
  send(post("1"));
  expect(await has("\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 OK\r\nx-ok: 1\r\nx-ok: 2\r\nContent-Length: 0\r\nDate/);
});

test("a server that stops closes idle connections, and those in use after their answer", async () => {
  let answer: (() => void) | undefined;
  const { door, port } = await openDoor((request, response) => {
    if (request instanceof WholeRequest && request.body.toString() === "wait") answer = () => echo(request, response);
    else echo(request, response);
  });
  const [idle, used] = [await client(port), await client(port)];
  idle.send(post("1"));
  await idle.has("whole POST / 1");
  used.send(post("wait"));
  await expect.poll(() => answer).toBeDefined();
  const drained = door.drain(AbortSignal.timeout(5_000));
  await idle.closed;
  answer?.();
  await Promise.all([drained, used.closed]);
  expect(used.all()).toContain("whole POST / wait");
});

test("hosts with a route of their own, and requests of clients of a proxy beyond their limit, are treated as by node:http", async () => {
  const routed: string[] = [];
  const { port } = await openDoor(echo, {
    hosts: [
      {
        pattern: /^other$/,
        target: (request, response) => {
          routed.push(request.url ?? "");
          response.end("routed");
        },
      },
    ],
    proxies: { trusts: () => true, namedClient: ({ headers }) => headers["x-forwarded-for"]?.toString() },
    limits: { total: 10, perPeer: 0 },
  });
  const one = await client(port);
  one.send(post("1").replace("Host: h", "Host: other"));
  await one.has("routed");
  expect(routed).toEqual(["/"]);
  const two = await client(port);
  two.send(post("1", "/", "X-Forwarded-For: 192.0.2.1"));
  expect(await two.has("Too Many Requests")).toMatch(/^HTTP\/1\.1 429 Too Many Requests[^]*Connection: close/);
  await two.closed;
});

test("a connection that sends nothing at its beginning is closed, one that was used may rest", async () => {
  const whole = new WholeRequests({
    ...{ clock: new SystemClock(), keepAliveMs: 75_000, firstByteMs: 100, takes: () => true, serve: echo },
    http1: (socket) => void socket.destroy(),
  });
  const server = createServer((socket) => whole.accept(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const [used, silent] = [await client(port), await client(port)];
  used.send(post("1"));
  await used.has("whole POST / 1");
  await silent.closed;
  await new Promise((resolve) => setTimeout(resolve, 150));
  used.send(post("2"));
  await used.has("whole POST / 2");
  whole.destroy();
  server.close();
});
