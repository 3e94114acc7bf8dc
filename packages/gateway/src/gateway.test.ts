import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { ManualClock, Registry, silentLogger, systemRandom } from "@hearth/kit";
import { afterEach, expect, test } from "vitest";
import { TrustedProxies } from "./clientAddress.ts";
import { BodyTooLarge, Gateway } from "./gateway.ts";
import { GatewayMetrics } from "./gatewayMetrics.ts";
import type { EndpointKind, HttpReply } from "./httpEndpoint.ts";
import type { HttpRequest } from "./httpRequest.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

const text = (status: number, body: string): HttpReply => ({ status, headers: {}, body: Buffer.from(body) });

/** Sends bytes to a gateway with one endpoint, `known`, and resolves with all that comes back. */
async function door(
  serve: (request: HttpRequest) => Promise<HttpReply>,
  { trusted = [], channel }: { readonly trusted?: readonly string[]; readonly channel?: string } = {},
) {
  const kind: EndpointKind = {
    forms: ["url"],
    find: ({ id }) => (id === "known" ? { serve } : undefined),
    unknown: () => text(403, "unknown"),
  };
  const clock = new ManualClock();
  const registry = new Registry();
  const gateway = new Gateway({
    ...{ kinds: [kind], trustedProxies: new TrustedProxies(trusted), maxHeldBytes: 1_000_000, clock },
    metrics: new GatewayMetrics(registry),
    random: systemRandom,
    logger: silentLogger,
  });
  const server = createServer((request, response) => {
    const address = gateway.addressOf(request);
    if (address) void gateway.handle(request, response, address, channel);
    else response.writeHead(404).end("not for the gateway");
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const send = async (...pieces: string[]): Promise<string> => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => (answer += chunk));
    socket.on("error", () => undefined);
    for (const piece of pieces) socket.write(piece);
    await once(socket, "close");
    return answer;
  };
  return { send, clock };
}

const HOST = "Host: known.lambda-url.us-east-1.localhost";
const CLOSE = "Connection: close\r\n\r\n";

test("hosts decide: a known one is served, an unknown id is answered by its kind, other hosts are not for the gateway", async () => {
  const { send } = await door((request) => Promise.resolve(text(200, request.path)));
  expect(await send(`GET /a HTTP/1.1\r\n${HOST}\r\n${CLOSE}`)).toMatch(/^HTTP\/1\.1 200 [^]*\/a$/);
  expect(await send(`GET / HTTP/1.1\r\n${HOST.replace("known", "other")}\r\n${CLOSE}`)).toMatch(
    /^HTTP\/1\.1 403 [^]*unknown$/,
  );
  expect(await send(`GET / HTTP/1.1\r\nHost: elsewhere\r\n${CLOSE}`)).toMatch(/^HTTP\/1\.1 404 /);
  expect(await send(`GET http://elsewhere/x HTTP/1.1\r\n${HOST}\r\n${CLOSE}`)).toMatch(/^HTTP\/1\.1 200 [^]*\/x$/);
});

test("requests that two servers could read differently reach no endpoint", async () => {
  let served = 0;
  const { send } = await door((request) => {
    served++;
    return Promise.resolve(text(200, request.path));
  });
  const hidden = `GET /hidden HTTP/1.1\r\n${HOST}\r\n\r\n`;
  const attempts = [
    `POST / HTTP/1.1\r\n${HOST}\r\nContent-Length: ${hidden.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    `POST / HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
    `POST / HTTP/1.1\r\n${HOST}\r\nContent-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    `GET / HTTP/1.1\r\n${HOST}\r\nHost: other.lambda-url.us-east-1.localhost\r\n${CLOSE}`,
    `GET / HTTP/1.1\r\n${HOST}\r\n folded: 1\r\n${CLOSE}`,
    `GET / HTTP/1.1\r\n${HOST}\r\nX : 1\r\n${CLOSE}`,
    `GET / HTTP/1.1\r\n${HOST}\nX: 1\r\n${CLOSE}`,
  ];
  for (const attempt of attempts) expect(await send(attempt), attempt).toMatch(/^HTTP\/1\.1 400 /);
  expect(served).toBe(0);
});

test("a function is no trusted proxy: it does not choose the address that it calls from", async () => {
  const serve = (request: HttpRequest): Promise<HttpReply> =>
    Promise.resolve(text(200, `${request.sourceIp} ${request.isSecure} ${request.header("x-forwarded-for")}`));
  const forged = "X-Forwarded-For: 10.1.2.3\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 443";
  const trusted = ["127.0.0.1"];
  const ofProxy = await door(serve, { trusted });
  expect(await ofProxy.send(`GET / HTTP/1.1\r\n${HOST}\r\n${forged}\r\n${CLOSE}`)).toMatch(
    /10\.1\.2\.3 true 10\.1\.2\.3$/,
  );
  const ofFunction = await door(serve, { trusted, channel: "sandbox" });
  expect(await ofFunction.send(`GET / HTTP/1.1\r\n${HOST}\r\n${forged}\r\n${CLOSE}`)).toMatch(
    /127\.0\.0\.1 false 127\.0\.0\.1$/,
  );
});

test("headers beyond 10 KB are refused with 431", async () => {
  const { send } = await door(() => Promise.resolve(text(200, "served")));
  const many = Array.from({ length: 200 }, (_, i) => `X-${i}: ${"v".repeat(50)}\r\n`).join("");
  expect(await send(`GET / HTTP/1.1\r\n${HOST}\r\n${many}${CLOSE}`)).toMatch(/^HTTP\/1\.1 431 /);
  expect(await send(`GET / HTTP/1.1\r\n${HOST}\r\nCookie: ${"c".repeat(11_000)}\r\n${CLOSE}`)).toMatch(
    /^HTTP\/1\.1 431 /,
  );
  expect(await send(`GET / HTTP/1.1\r\n${HOST}\r\nCookie: ${"c".repeat(9_000)}\r\n${CLOSE}`)).toMatch(
    /^HTTP\/1\.1 200 /,
  );
});

test("a request whose body stalls is given up, and no endpoint gets it", async () => {
  let read = 0;
  const reading = Promise.withResolvers<void>();
  const { send, clock } = await door(async (request) => {
    const body = request.readBody(1_000);
    reading.resolve();
    read = (await body).length;
    return text(200, "served");
  });
  const answer = send(`POST / HTTP/1.1\r\n${HOST}\r\nContent-Length: 100\r\n\r\nhalf`);
  await reading.promise;
  for (let waited = 0; waited < 60; waited += 5) await clock.advance(5_000);
  expect([await answer, read]).toEqual(["", 0]);
});

test("a body beyond the endpoint's limit is refused before it has arrived", async () => {
  const { send } = await door(async (request) => {
    try {
      await request.readBody(10);
      return text(200, "served");
    } catch (error) {
      if (error instanceof BodyTooLarge) return text(413, "too large");
      throw error;
    }
  });
  expect(await send(`POST / HTTP/1.1\r\n${HOST}\r\nContent-Length: 11\r\n${CLOSE}01234567890`)).toMatch(
    /^HTTP\/1\.1 413 /,
  );
  const chunked = `POST / HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: chunked\r\n${CLOSE}6\r\n012345\r\n6\r\n012345\r\n0\r\n\r\n`;
  expect(await send(chunked)).toMatch(/^HTTP\/1\.1 413 /);
  const trailers = `POST / HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n${CLOSE}1\r\n0\r\n0\r\nx: 1\r\nHost: other\r\n\r\n`;
  expect(await send(trailers)).toMatch(/^HTTP\/1\.1 200 /);
});

test("an endpoint cannot say where its answer ends, or what becomes of the connection", async () => {
  const second = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
  const hostile = { "content-length": "0", "transfer-encoding": "chunked", connection: "upgrade", upgrade: "h2c" };
  const { send } = await door(() => Promise.resolve({ status: 200, headers: hostile, body: Buffer.from(second) }));
  const answer = await send(`GET / HTTP/1.1\r\n${HOST}\r\n${CLOSE}`);
  expect(answer).toContain(`Content-Length: ${second.length}\r\n`);
  expect(answer.slice(0, answer.indexOf("\r\n\r\n"))).not.toMatch(/length: 0|transfer-encoding|upgrade/i);
});

test("by the path form an answer sets nothing for the whole host", async () => {
  const names = ["set-cookie", "nel", "report-to", "alt-svc", "strict-transport-security", "clear-site-data"];
  const headers = Object.fromEntries(["x-own", ...names].map((name) => [name, "v"]));
  const { send } = await door(() => Promise.resolve({ status: 200, headers, body: null }));
  const answer = await send(`GET /_hearth/url/known/ HTTP/1.1\r\nHost: localhost\r\n${CLOSE}`);
  expect(answer).toMatch(/x-own: v[^]*content-security-policy: sandbox/);
  for (const name of names) expect(answer).not.toContain(`${name}: v`);
});

test("a bug in an endpoint is answered with 500, once", async () => {
  const { send } = await door(() => Promise.reject(new Error("bug")));
  expect(await send(`GET / HTTP/1.1\r\n${HOST}\r\n${CLOSE}`)).toMatch(
    /^HTTP\/1\.1 500 [^]*\{"message":"Internal Server Error"\}$/,
  );
});
