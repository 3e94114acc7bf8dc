import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { ManualClock } from "@hearth/kit";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { operation } from "./operation.ts";
import { toyHandler } from "./testing/toyServer.ts";

const create = operation({
  name: "CreateFunction",
  http: ["POST", "/2015-03-31/functions", 201],
  input: z.object({ FunctionName: z.string() }),
  errors: [],
  handle: async () => undefined,
});
const PATH = "/2015-03-31/functions";
const clock = new ManualClock(Date.now());

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(): Promise<number> {
  const handler = toyHandler([{ signingName: "lambda", protocols: ["rest-json"], operations: [create] }], { clock });
  server = createServer((req, res) => handler(req, res)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** The head of a request with a body of `length` bytes, signed by the key id `test` with `secret`. */
function head(secret: string, length: number, payloadHash: string): string {
  const date = new Date(clock.now()).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = `${date.slice(0, 8)}/us-east-1/lambda/aws4_request`;
  const headers = `host:h\nx-amz-content-sha256:${payloadHash}\nx-amz-date:${date}\n`;
  const names = "host;x-amz-content-sha256;x-amz-date";
  const canonical = `POST\n${PATH}\n\n${headers}\n${names}\n${payloadHash}`;
  const hashed = createHash("sha256").update(canonical).digest("hex");
  const key = scope
    .split("/")
    .reduce<string | Buffer>((k, part) => createHmac("sha256", k).update(part).digest(), `AWS4${secret}`);
  const signature = createHmac("sha256", key).update(`AWS4-HMAC-SHA256\n${date}\n${scope}\n${hashed}`).digest("hex");
  return (
    `POST ${PATH} HTTP/1.1\r\nHost: h\r\nX-Amz-Date: ${date}\r\nX-Amz-Content-Sha256: ${payloadHash}\r\nContent-Length: ${length}\r\n` +
    `Authorization: AWS4-HMAC-SHA256 Credential=test/${scope}, SignedHeaders=${names}, Signature=${signature}\r\n\r\n`
  );
}

function open(port: number): { socket: Socket; said: () => string } {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  socket.on("error", () => undefined);
  return { socket, said: () => text };
}

test("a key id without its secret is refused before any of 60 MB is read, and its connection does not stay", async () => {
  const { socket, said } = open(await serve());
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(head("a guess", 60_000_000, "0".repeat(64)));
  await expect.poll(said).toMatch(/^HTTP\/1\.1 403 [^]*InvalidSignatureException/);
  socket.write("x");
  await clock.advance(11_000);
  await closed;
});

test("who has the secret may take its time, and keeps the connection", async () => {
  const body = '{"FunctionName":"f"}';
  const { socket, said } = open(await serve());
  socket.write(head("test", body.length, createHash("sha256").update(body).digest("hex")) + body.slice(0, 5));
  await clock.advance(20_000);
  socket.write(body.slice(5));
  await expect.poll(said).toMatch(/^HTTP\/1\.1 201 /);
  await clock.advance(11_000);
  socket.write(head("test", body.length, createHash("sha256").update(body).digest("hex")) + body);
  await expect.poll(() => said().match(/HTTP\/1\.1 201 /g)?.length).toBe(2);
  socket.destroy();
});

test("a refused client that sends the rest of its body at once keeps its connection", async () => {
  const { socket, said } = open(await serve());
  socket.write(head("a guess", 100, "0".repeat(64)));
  await expect.poll(said).toMatch(/^HTTP\/1\.1 403 /);
  const body = '{"FunctionName":"f"}';
  const next = head("test", body.length, createHash("sha256").update(body).digest("hex")) + body;
  socket.write("x".repeat(100) + next);
  await expect.poll(said).toMatch(/HTTP\/1\.1 201 /);
  socket.destroy();
});
