import { generateKeyPairSync } from "node:crypto";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createLogger, selfSignedCertificate } from "@hearth/kit";
import { OutsideServer } from "@hearth/testkit";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { outboundFor } from "./testing/outboundFor.ts";
import type { OutboundRequest } from "./outbound.ts";

const ACCOUNT = "111111111111";
const OTHER = "222222222222";
const LOOPBACK = "*=127.0.0.0/8";
const signal = new AbortController().signal;
let server: OutsideServer;

beforeEach(async () => {
  server = await OutsideServer.open();
  return async () => await server[Symbol.asyncDispose]();
});

function get(url: string, more: Partial<OutboundRequest> = {}): OutboundRequest {
  return { accountId: ACCOUNT, url, method: "GET", timeoutMs: 10_000, maxResponseBytes: 1_000, signal, ...more };
}

test("a request arrives as it was sent, and the answer comes back", async () => {
  const { outbound, registry } = outboundFor({ allow: [LOOPBACK], names: { "hook.example": [["127.0.0.1"]] } });
  server.answer = { status: 201, headers: { "x-more": "1" }, body: "made" };
  const answer = await outbound.request(
    get(`http://hook.example:${server.port}/a%20b?c=d`, {
      method: "POST",
      headers: { "X-One": "1" },
      body: Buffer.from("hello"),
    }),
  );
  expect(answer).toMatchObject({ status: 201, headers: { "x-more": "1" }, isTruncated: false });
  expect(answer.body.toString()).toBe("made");
  expect(server.received).toMatchObject([
    {
      method: "POST",
      url: "/a%20b?c=d",
      body: "hello",
      headers: { host: `hook.example:${server.port}`, "x-one": "1", "content-length": "5" },
    },
  ]);
  expect(await registry.metrics()).toContain('hearth_outbound_requests_total{outcome="answered"} 1');
});

const port = (): number => server.port;
test.each([
  (): string => `http://127.0.0.1:${port()}/`,
  (): string => `http://localhost.example:${port()}/`,
  (): string => `http://0x7f.1:${port()}/`,
  (): string => `http://2130706433:${port()}/`,
  (): string => `http://017700000001:${port()}/`,
  (): string => `http://127.1:${port()}/`,
  (): string => `http://0:${port()}/`,
  (): string => `http://[::1]:${port()}/`,
  (): string => `http://[::ffff:127.0.0.1]:${port()}/`,
  (): string => `http://[64:ff9b::127.0.0.1]:${port()}/`,
  (): string => `http://①②⑦.0.0.1:${port()}/`,
  (): string => "http://169.254.169.254/latest/meta-data/",
  (): string => "http://[fd00:ec2::254]/latest/meta-data/",
  (): string => "https://10.0.0.1/",
])("addresses that are not public are refused in every form (%#)", async (url) => {
  const { outbound, registry } = outboundFor({ names: { "localhost.example": [["127.0.0.1", "::1"]] } });
  await expect(outbound.request(get(url()))).rejects.toMatchObject({ name: "OutboundRefused" });
  expect(server.connections).toBe(0);
  expect(await registry.metrics()).toContain('hearth_outbound_requests_total{outcome="refused"} 1');
});

test.each([
  (): string => `http://user:pass@127.0.0.1:${port()}/`,
  (): string => `http://evil.example@127.0.0.1:${port()}/`,
  (): string => `ftp://127.0.0.1:${port()}/`,
  (): string => "file:///etc/passwd",
  (): string => "http://127.0.0.1:25/",
  (): string => "http://127.0.0.1:6379/",
  (): string => "http://127.0.0.1:0/",
  (): string => "http://127.0.0.1:99999/",
  (): string => `http://127.0.0.1:${port()}/a\r\nX-Injected: 1`,
  (): string => `http://127.0.0.1:${port()}/a b`,
  (): string => `http://127.0.0.1:${port()}/${"x".repeat(10_000)}`,
  (): string => "127.0.0.1",
])("URLs that break a rule are refused also where the address is granted (%#)", async (url) => {
  const { outbound } = outboundFor({ allow: [LOOPBACK] });
  await expect(outbound.request(get(url()))).rejects.toMatchObject({ name: "OutboundRefused" });
  expect(server.connections).toBe(0);
});

test.each([
  { headers: { "X-A": "1\r\nX-Injected: 1" } },
  { headers: { "X-A": "1\nX-Injected: 1" } },
  { headers: { "X-A\r\nX-Injected": "1" } },
  { headers: { "": "1" } },
  { headers: { "X-A": "\u0000" } },
  { headers: { "X-A": "x".repeat(70_000) } },
  { headers: { Host: "metadata" } },
  { headers: { "transfer-ENCODING": "chunked" } },
  { headers: { "Content-Length": "1" } },
  { headers: { Upgrade: "h2c" } },
  { method: "CONNECT" },
  { method: "TRACE" },
  { method: "GET / HTTP/1.1\r\nX: 1" },
  { method: "get" },
  { body: Buffer.alloc(11 * 1024 * 1024) },
])("headers, methods and bodies that break a rule are refused (%#)", async (more) => {
  const { outbound } = outboundFor({ allow: [LOOPBACK] });
  const refused = outbound.request(get(server.url, more as Partial<OutboundRequest>));
  await expect(refused).rejects.toMatchObject({ name: "OutboundRefused" });
  expect(server.connections).toBe(0);
});

test("a grant is for its account, network and port", async () => {
  const allow = [`${ACCOUNT}=127.0.0.1/32:${server.port}`];
  const { outbound } = outboundFor({ allow });
  await expect(outbound.request(get(server.url))).resolves.toMatchObject({ status: 200 });
  await expect(outbound.request(get(server.url, { accountId: OTHER }))).rejects.toMatchObject({
    name: "OutboundRefused",
  });
  await expect(outbound.request(get("http://127.0.0.1:1234/"))).rejects.toMatchObject({ name: "OutboundRefused" });
  await expect(outbound.request(get(`http://127.0.0.2:${server.port}/`))).rejects.toMatchObject({
    name: "OutboundRefused",
  });
});

test("servers of the installation need a grant with their port", async () => {
  const ownServers = [
    { host: "0.0.0.0", port: server.port },
    { host: "database.example", port: 5432 },
  ];
  const names = { "database.example": [["9.9.9.9"]] };
  const wide = outboundFor({ allow: [LOOPBACK], ownServers, names }).outbound;
  await expect(wide.request(get(server.url))).rejects.toMatchObject({
    detail: expect.stringContaining("is a server of this installation"),
  });
  await expect(wide.connect({ accountId: ACCOUNT, host: "9.9.9.9", port: 5432, signal })).rejects.toMatchObject({
    detail: expect.stringContaining("is a server of this installation"),
  });
  const exact = outboundFor({ allow: [`*=127.0.0.1:${server.port}`], ownServers }).outbound;
  await expect(exact.request(get(server.url))).resolves.toMatchObject({ status: 200 });
});

test("a name is resolved once: an answer that changes does not change the address that was checked", async () => {
  const names = { "rebind.example": [["127.0.0.1"], ["10.9.9.9"], ["169.254.169.254"]] };
  const { outbound } = outboundFor({ allow: [LOOPBACK], names });
  await expect(outbound.request(get(`http://rebind.example:${server.port}/`))).resolves.toMatchObject({ status: 200 });
  await expect(outbound.request(get(`http://rebind.example:${server.port}/`))).rejects.toMatchObject({
    name: "OutboundRefused",
  });
  expect(server.received).toHaveLength(1);
});

test("of several addresses only those are used that are allowed", async () => {
  const names = { "both.example": [["10.9.9.9", "127.0.0.1"]] };
  const { outbound } = outboundFor({ allow: [LOOPBACK], names });
  await expect(outbound.request(get(`http://both.example:${server.port}/`))).resolves.toMatchObject({ status: 200 });
});

test("redirects are answers and are not followed", async () => {
  const { outbound } = outboundFor({ allow: [LOOPBACK] });
  server.answer = { status: 302, headers: { location: `${server.url}/elsewhere` } };
  await expect(outbound.request(get(server.url))).resolves.toMatchObject({ status: 302 });
  expect(server.received).toHaveLength(1);
});

test("the body is cut at the limit, and a compressed one stays as it is", async () => {
  const { outbound } = outboundFor({ allow: [LOOPBACK] });
  server.answer = (_request, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    const more = (): void =>
      void (response.destroyed || response.write(Buffer.alloc(65_536), () => setImmediate(more)));
    more();
  };
  const answer = await outbound.request(get(server.url));
  expect(answer).toMatchObject({ status: 200, isTruncated: true });
  expect(answer.body).toEqual(Buffer.alloc(1_000));
  server.answer = { status: 200, body: Buffer.alloc(1_000) };
  await expect(outbound.request(get(server.url))).resolves.toMatchObject({ isTruncated: false });
});

test.each(["hang", "slow body"])("a server that does not end its answer (%s) meets the time limit", async (how) => {
  const { outbound, registry } = outboundFor({ allow: [LOOPBACK] });
  server.answer = (_request, response) => {
    if (how === "slow body") response.writeHead(200).write("one byte after another");
  };
  await expect(outbound.request(get(server.url, { timeoutMs: 200 }))).rejects.toMatchObject({ reason: "timeout" });
  expect(await registry.metrics()).toContain('hearth_outbound_requests_total{outcome="timeout"} 1');
  expect(await registry.metrics()).toContain("hearth_outbound_connections 0");
});

test.each(["http", "https"])("a server that never reads (%s) meets the time limit", async (scheme) => {
  const { outbound } = outboundFor({ allow: [LOOPBACK] });
  const url = `${scheme}://127.0.0.1:${await rawServer((socket) => void socket.pause())}/`;
  const body = Buffer.alloc(2 * 1024 * 1024);
  const request = outbound.request(get(url, { method: "POST", body, timeoutMs: 200 }));
  await expect(request).rejects.toMatchObject({ reason: "timeout" });
});

async function rawServer(accept: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const raw = createServer((socket) => {
    sockets.add(socket);
    accept(socket.on("error", () => undefined));
  });
  await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", () => resolve()));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    raw.close();
  });
  return (raw.address() as AddressInfo).port;
}

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
test.each([
  ["headers", "HTTP/1.1 200 OK\r\n", "X-A: bbbbbbbbbbbbbbbb\r\n"],
  ["trailers", `${CHUNKED}1\r\na\r\n0\r\n`, "X-A: bbbbbbbbbbbbbbbb\r\n"],
  ["one chunk extension", `${CHUNKED}1;a=`, "bbbbbbbbbbbbbbbb"],
  ["a reason", "HTTP/1.1 200 ", "bbbbbbbbbbbbbbbb"],
  ["interim answers", "", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"],
  ["another protocol", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", "data"],
  ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n"],
])("a server that floods its client with %s is left at once", async (_what, head, more) => {
  const { outbound } = outboundFor({ allow: [LOOPBACK] });
  const piece = Buffer.from(more.repeat(3_000));
  const flooding = await rawServer((socket) => {
    const flood = (): void => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.once("data", () => {
      socket.write(head);
      flood();
    });
    socket.on("drain", flood);
  });
  const request = outbound.request(get(`http://127.0.0.1:${flooding}/`, { timeoutMs: 60_000 }));
  await expect(request).rejects.toMatchObject({
    name: "OutboundFailed",
    reason: expect.stringMatching(/protocol|closed/),
  });
});

test("the account does not learn the private address of a name, the log does", async () => {
  const lines: string[] = [];
  const logger = createLogger("info", "test", { write: (line) => void lines.push(line) });
  const { outbound } = outboundFor({ names: { "db.internal": [["10.1.2.3"]] }, logger });
  const refused = outbound.request(get("http://db.internal/secret?token=1"));
  await expect(refused).rejects.toThrow(`Hearth may not connect to db.internal:80 for account ${ACCOUNT}`);
  await expect(outbound.request(get("http://db.internal/"))).rejects.toThrow("may not connect");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    accountId: ACCOUNT,
    host: "db.internal",
    reason: expect.stringContaining("10.1.2.3:80 is not a public address"),
  });
  expect(lines[0]).not.toContain("secret");
});

test("an answer that is not HTTP, and a connection that is closed, are failures", async () => {
  const { outbound } = outboundFor({ allow: [LOOPBACK] });
  const answers = ["220 mail.example ESMTP\r\n", ""];
  for (const answer of answers) {
    const rawPort = await rawServer((socket) => void socket.once("data", () => socket.end(answer)));
    await expect(outbound.request(get(`http://127.0.0.1:${rawPort}/`))).rejects.toMatchObject({
      name: "OutboundFailed",
      reason: answer === "" ? "closed" : "protocol",
    });
  }
  await expect(outbound.request(get("http://127.0.0.1:1024/"))).rejects.toMatchObject({ reason: "connect" });
});

test("a caller's signal ends a request", async () => {
  const { outbound } = outboundFor({ allow: [LOOPBACK] });
  server.answer = "hang";
  const controller = new AbortController();
  const request = outbound.request(get(server.url, { signal: controller.signal }));
  await server.receives(1);
  controller.abort(new Error("stopping"));
  await expect(request).rejects.toThrow("stopping");
});

test("an account whose servers hang uses up its own share alone", async () => {
  const limits = { total: 100, perAccount: 2, waitingPerAccount: 1 };
  const { outbound } = outboundFor({ allow: [LOOPBACK], limits });
  server.next.push("hang", "hang");
  const controller = new AbortController();
  const hanging = [1, 2, 3].map(async () => await outbound.request(get(server.url, { signal: controller.signal })));
  const ended = Promise.allSettled(hanging);
  await server.receives(2);
  await expect(outbound.request(get(server.url))).rejects.toMatchObject({ reason: "busy" });
  await expect(outbound.request(get(server.url, { accountId: OTHER }))).resolves.toMatchObject({ status: 200 });
  controller.abort(new Error("over"));
  await ended;
  await expect(outbound.request(get(server.url))).resolves.toMatchObject({ status: 200 });
});

test("a connection counts until it is closed", async () => {
  const { outbound } = outboundFor({ allow: [LOOPBACK], limits: { total: 10, perAccount: 1, waitingPerAccount: 0 } });
  const to = { accountId: ACCOUNT, host: "127.0.0.1", port: server.port, signal };
  const socket = await outbound.connect(to);
  await expect(outbound.connect(to)).rejects.toMatchObject({ reason: "busy" });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.destroy();
  await closed;
  (await outbound.connect(to)).destroy();
});

test("certificates are verified: the authority and the name", async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const hour = 3_600_000;
  const [notBeforeMs, notAfterMs] = [Date.now() - hour, Date.now() + hour];
  const cert = selfSignedCertificate({
    privateKey,
    commonName: "Test",
    dnsNames: ["hook.example"],
    notBeforeMs,
    notAfterMs,
  });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  await using secure = await OutsideServer.open({ key, cert });
  const names = { "hook.example": [["127.0.0.1"]], "other.example": [["127.0.0.1"]] };
  const known = outboundFor({ allow: [LOOPBACK], names, authorities: cert }).outbound;
  const unknown = outboundFor({ allow: [LOOPBACK], names }).outbound;
  const url = `https://hook.example:${secure.port}/`;
  await expect(known.request(get(url))).resolves.toMatchObject({ status: 200 });
  await expect(unknown.request(get(url))).rejects.toMatchObject({ reason: "tls" });
  await expect(known.request(get(`https://other.example:${secure.port}/`))).rejects.toMatchObject({ reason: "tls" });
  await expect(known.request(get(`https://127.0.0.1:${secure.port}/`))).rejects.toMatchObject({ reason: "tls" });
  await expect(known.request(get(`https://hook.example:${server.port}/`))).rejects.toMatchObject({ reason: "tls" });
  expect(secure.received).toHaveLength(1);
});
