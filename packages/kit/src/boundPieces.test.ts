import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { boundPieces } from "./boundPieces.ts";

const HEAD = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const END = "0\r\n\r\n";
const piece = (bytes: number): string => `${bytes.toString(16)}\r\n${"x".repeat(bytes)}\r\n`;

async function openTo(listener: RequestListener): Promise<{ socket: Socket; answer: () => string }> {
  const server = createServer(listener);
  boundPieces(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => server.close().closeAllConnections());
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  return { socket, answer: () => answer };
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
  const { socket, answer } = await openTo(listener);
  socket.write(HEAD + piece(1).repeat(50_000));
  await expect.poll(() => socket.closed, { timeout: 60_000 }).toBe(true);
  expect(answer()).not.toContain("read");
});

test("usual bodies in chunks are read, and tiny pieces that come slowly", async () => {
  const { socket, answer } = await openTo(length);
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
