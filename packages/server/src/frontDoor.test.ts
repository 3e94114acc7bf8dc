import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, constants } from "node:http2";
import { connect, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { Registry, silentLogger, systemRandom } from "@hearth/kit";
import { Gateway, GatewayMetrics, type HttpEndpoint, TrustedProxies } from "@hearth/gateway";
import { Forwarder, type RequestHandler } from "@hearth/wire";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { FrontDoor, type FrontDoorDeps } from "./frontDoor.ts";
import { testDoor } from "./testing/testDoor.ts";

const open: AsyncDisposable[] = [];
const sessions: ClientHttp2Session[] = [];
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

const echo: RequestHandler = (request, response) => {
  void buffer(request).then((body) => {
    response.writeHead(200, { "Content-Type": "text/plain", "x-path": request.url ?? "" });
    response.end(`${request.httpVersion} ${request.method} ${body.toString()}`);
  });
};

async function openDoor(
  aws: RequestHandler = echo,
  deps: Partial<FrontDoorDeps> = {},
): Promise<{ door: FrontDoor; port: number }> {
  const door = new FrontDoor({
    aws,
    hosts: [],
    notReady: () => undefined,
    problems: () => [],
    ...testDoor(),
    ...deps,
  });
  open.push(door);
  const { port } = await door.listen({ host: "127.0.0.1", port: 0 });
  return { door, port };
}

function http2(port: number): ClientHttp2Session {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  sessions.push(session);
  return session;
}

async function answerOf(stream: ClientHttp2Stream): Promise<{ status: unknown; headers: object; body: string }> {
  const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
  return { status: headers[":status"], headers, body: (await buffer(stream)).toString() };
}

function raw(port: number, ...pieces: string[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  return new Promise((resolve, reject) => {
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
    const next = (): void => {
      const piece = pieces.shift();
      if (piece === undefined) return;
      socket.write(piece, () => setImmediate(next));
    };
    next();
  });
}

test("HTTP/1.1 and HTTP/2 are spoken on the same port", async () => {
  const { port } = await openDoor();
  const url = `http://127.0.0.1:${port}/a?b=c`;
  for (let i = 0; i < 3; i++) {
    const answer = await fetch(url, { method: "POST", body: "one" });
    expect([answer.headers.get("x-path"), await answer.text()]).toEqual(["/a?b=c", "1.1 POST one"]);
  }
  const session = http2(port);
  const streams = [1, 2, 3].map((i) => {
    const stream = session.request({ ":method": "POST", ":path": `/s/${i}` });
    stream.end(`body ${i}`);
    return answerOf(stream);
  });
  expect((await Promise.all(streams)).map(({ body }) => body)).toEqual([1, 2, 3].map((i) => `2.0 POST body ${i}`));
});

test("a request that arrives byte by byte is understood, and methods that begin like the preface are HTTP/1.1", async () => {
  const { port } = await openDoor();
  const text = "POST /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi";
  expect(await raw(port, ...text.split(""))).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*1\.1 POST hi\r\n/);
  const propfind = "PROPFIND /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  expect(await raw(port, propfind.slice(0, 2), propfind.slice(2))).toContain("1.1 PROPFIND");
  expect(await raw(port, "nonsense\r\n\r\n")).toMatch(/^HTTP\/1\.1 400/);
  await raw(port, "PRI nonsense that is no preface at all\r\n\r\n");
  expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()).toBe("alive\n");
});

test("the handler answers Expect: 100-continue, in both versions", async () => {
  const refuse: RequestHandler = (_request, response) => void response.writeHead(417).end("no");
  const { port } = await openDoor(refuse);
  const request = httpRequest({ port, method: "PUT", path: "/", headers: { expect: "100-continue" } });
  let continued = false;
  request.on("continue", () => (continued = true));
  request.flushHeaders();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  expect([response.statusCode, continued]).toEqual([417, false]);
  request.destroy();
  const stream = http2(port).request({ ":method": "PUT", ":path": "/", expect: "100-continue" }, { endStream: false });
  stream.on("continue", () => (continued = true));
  expect((await answerOf(stream)).status).toBe(417);
  expect(continued).toBe(false);
});

test("function URLs are served before health pages, in both versions", async () => {
  const { clock } = testDoor();
  const serve: HttpEndpoint["serve"] = async (request) => {
    await Promise.resolve();
    return { status: 201, headers: {}, body: Buffer.from(`${request.method} ${request.path}`) };
  };
  const trustedProxies = new TrustedProxies([]);
  const kinds = [{ forms: ["url"], find: () => ({ serve }) } as const];
  const gateway = new Gateway({
    ...{ kinds, trustedProxies, clock },
    maxHeldBytes: 1_000_000,
    metrics: new GatewayMetrics(new Registry()),
    random: systemRandom,
    logger: silentLogger,
  });
  const { port } = await openDoor(echo, { gateway });
  const host = `${"a".repeat(32)}.lambda-url.us-east-1.localhost:${port}`;
  const request = httpRequest({ port, path: "/healthz", headers: { host } });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  expect([response.statusCode, (await buffer(response)).toString()]).toEqual([201, "GET /healthz"]);
  expect(await answerOf(http2(port).request({ ":authority": host, ":path": "/readyz" }))).toMatchObject({
    status: 201,
    body: "GET /readyz",
  });
});

test("HTTP/2 requests are forwarded as HTTP/1.1, without pseudo headers and with their authority as Host", async () => {
  const seen: unknown[] = [];
  const { port: target } = await openDoor((request, response) => {
    seen.push(
      request.headers.host,
      request.rawHeaders.filter((name) => name.startsWith(":")),
    );
    response.setHeader("Set-Cookie", ["a=1", "b=2"]);
    echo(request, response);
  });
  const forwarder = new Forwarder({
    host: "127.0.0.1",
    port: target,
    random: systemRandom,
    logger: silentLogger,
    sayForwardedFrom: () => "said",
  });
  open.push({ [Symbol.asyncDispose]: async () => forwarder[Symbol.dispose]() });
  const { port } = await openDoor(forwarder.handle);
  const stream = http2(port).request({ ":method": "POST", ":path": "/p", ":authority": "kinesis.local:1" });
  stream.end("x".repeat(100_000));
  const { status, headers, body } = await answerOf(stream);
  expect([status, body.length]).toEqual([200, "1.1 POST ".length + 100_000]);
  expect(headers).toMatchObject({ "x-path": "/p", "set-cookie": ["a=1", "b=2"] });
  expect(seen).toEqual(["kinesis.local:1", []]);
  const empty = await answerOf(http2(port).request({ ":path": "/q" }));
  expect(empty.body).toBe("1.1 GET ");
});

test("a drain ends idle connections of both versions, lets requests finish, and closes connections that sent nothing", async () => {
  const finish = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const { door, port } = await openDoor((_request, response) => {
    started.resolve();
    void finish.promise.then(() => response.end("done"));
  });
  const silent = connect(port, "127.0.0.1");
  await once(silent, "connect");
  const closed = once(silent, "close");
  const session = http2(port);
  const answer = answerOf(session.request({ ":path": "/slow" }));
  await started.promise;
  const draining = door.drain(new AbortController().signal);
  await closed;
  finish.resolve();
  expect((await answer).body).toBe("done");
  await draining;
  if (!session.closed) await once(session, "close");
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
});

test("a client that opens and resets streams rapidly loses its session", async () => {
  const { port } = await openDoor(() => undefined);
  const session = http2(port);
  const gone = new Promise((resolve) => session.once("close", resolve));
  const reset = (): void => {
    for (let i = 0; i < 100 && !session.destroyed && !session.closed; i++) {
      const stream = session.request({ ":path": "/" });
      stream.on("error", () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
    }
    if (!session.destroyed && !session.closed) setImmediate(reset);
  };
  session.once("connect", reset);
  await gone;
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
});

test("headers beyond the limit are refused", async () => {
  const { port } = await openDoor();
  const request = (bytes: number): Promise<unknown> =>
    new Promise((resolve) => {
      const stream = http2(port).request({ ":path": "/", "x-large": "x".repeat(bytes) });
      stream.once("response", (headers) => resolve(headers[":status"]));
      stream.once("error", () => resolve("reset"));
      stream.once("close", () => resolve("reset"));
    });
  expect(await request(8_000)).toBe(200);
  expect(await request(40_000)).not.toBe(200);
});

test("a thousand connections that trickle headers or bodies keep no other client from an answer, not even one with the same address", async () => {
  const waitsForBody: RequestHandler = (request, response) => {
    buffer(request).then(
      () => response.end(),
      () => undefined, // the connection was closed
    );
  };
  const { port } = await openDoor(waitsForBody, { limits: { total: 700, perPeer: 500 } });
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  let open = 0;
  for (let i = 0; i < 1000; i++) {
    const socket = connect({ port, host: "127.0.0.1", localAddress: "127.0.0.2" });
    socket.on("error", () => undefined).on("close", () => open--);
    sockets.push(socket);
    await once(socket, "connect");
    open++;
    const body = i % 2 === 0 ? "" : "Content-Length: 60000000\r\n\r\nx";
    socket.write(`POST /slow HTTP/1.1\r\nHost: h\r\n${body}`);
  }
  const ask = async (localAddress: string): Promise<unknown> => {
    const request = httpRequest({ port, host: "127.0.0.1", localAddress, path: "/healthz", agent: false });
    request.end();
    const [response] = (await once(request, "response")) as [IncomingMessage];
    return (await buffer(response)).toString();
  };
  expect(await ask("127.0.0.1")).toBe("alive\n");
  expect(await ask("127.0.0.2")).toBe("alive\n");
  await expect.poll(() => open).toBeLessThanOrEqual(500);
  const session = http2(port);
  expect((await answerOf(session.request({ ":path": "/q" }))).status).toBe(200);
});

test("behind a trusted proxy each client has its own limit, and other peers cannot name clients", async () => {
  const held: (() => void)[] = [];
  const holds: RequestHandler = (_request, response) => void held.push(() => response.end("done"));
  const { port } = await openDoor(holds, {
    limits: { total: 100, perPeer: 2 },
    proxies: new TrustedProxies(["127.0.0.2"]),
  });
  const ask = (localAddress: string, client: string, agent: false = false) => {
    const headers = { "x-forwarded-for": client };
    const request = httpRequest({ port, host: "127.0.0.1", localAddress, method: "POST", agent, headers });
    const answer = once(request, "response").then(([response]) => (response as IncomingMessage).statusCode);
    request.on("error", () => undefined).end();
    return { answer, request };
  };
  const first = [ask("127.0.0.2", "192.0.2.1"), ask("127.0.0.2", "192.0.2.9, 192.0.2.1")];
  await expect.poll(() => held.length).toBe(2);
  // The last address is the proxy's word; what precedes it, the client has written itself.
  expect(await ask("127.0.0.2", "192.0.2.8, 192.0.2.1").answer).toBe(429);
  const other = ask("127.0.0.2", "192.0.2.2");
  await expect.poll(() => held.length).toBe(3);
  const session = http2(port);
  const named = session.request({ ":method": "POST", ":path": "/", "x-forwarded-for": "192.0.2.1" });
  named.end(); // from 127.0.0.1, which is no proxy
  await expect.poll(() => held.length).toBe(4);
  for (const end of held.splice(0)) end();
  expect(await Promise.all([...first, other].map(({ answer }) => answer))).toEqual([200, 200, 200]);
  expect((await answerOf(named)).status).toBe(200);
  const again = ask("127.0.0.2", "192.0.2.1");
  await expect.poll(() => held.length).toBe(1);
  held[0]?.();
  expect(await again.answer).toBe(200);
});
