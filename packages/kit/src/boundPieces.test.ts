import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { boundPieces } from "./boundPieces.ts";

const HEAD = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const END = "0\r\n\r\n";
const piece = (bytes: number): string => `${bytes.toString(16)}\r\n${"x".repeat(bytes)}\r\n`;

interface Opened {
  readonly socket: Socket;
  readonly answer: () => string;
}

async function serverWith(listener: RequestListener): Promise<() => Promise<Opened>> {
  const server = createServer(listener);
  boundPieces(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  return async () => {
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    await once(socket, "connect");
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    return { socket, answer: () => answer };
  };
}

let bytes = 0;
const length: RequestListener = (request, response) => {
  bytes = 0;
  request.on("data", (chunk: Buffer) => (bytes += chunk.length));
  request.on("error", () => undefined).once("end", () => response.end(`read ${bytes}`));
};

test.each<[string, RequestListener]>([
  ["reads", length],
  ["answers before it reads", (request, response) => void (request.on("error", () => undefined), response.end("no"))],
])("a body in thousands of tiny pieces ends the connection of a server that %s it", async (_, listener) => {
  const open = await serverWith(listener);
  const { socket, answer } = await open();
  socket.write(HEAD + piece(1).repeat(50_000));
  await expect.poll(() => socket.closed, { timeout: 60_000 }).toBe(true);
  expect(answer()).not.toContain("read");
  // Its parser serves other connections, and reads their bodies.
  for (let round = 0; round < 3; round++) {
    const next = await open();
    next.socket.write(HEAD + piece(40) + END);
    await expect.poll(next.answer, { timeout: 60_000 }).toContain(listener === length ? "read 40" : "no");
    next.socket.destroy();
  }
});

test("usual bodies in chunks are read, and tiny pieces that come slowly", async () => {
  const open = await serverWith(length);
  const { socket, answer } = await open();
  onTestFinished(() => void socket.destroy());
  socket.write(HEAD + piece(64).repeat(5_000) + END);
  await expect.poll(answer, { timeout: 60_000 }).toContain("read 320000");
  socket.write(HEAD);
  for (const sent of [400, 800, 1_200]) {
    socket.write(piece(1).repeat(400));
    await expect.poll(() => bytes, { timeout: 60_000 }).toBe(sent);
  }
  socket.write(END);
  await expect.poll(answer, { timeout: 60_000 }).toContain("read 1200");
});
