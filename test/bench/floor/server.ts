import { chmodSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * The floor that Hearth is measured against: a node:http server that hands bodies to lean runtime loops and sends back what they answer.
 * It knows no signatures, functions, limits, logs or bills. Arguments: TCP port, then one Unix socket path per loop.
 */
const [port, ...socketPaths] = process.argv.slice(2);

interface LoopSocket extends Socket {
  caller?: ServerResponse;
}

const idle: { socket: LoopSocket; response: ServerResponse }[] = [];
const waiting: { body: Buffer; response: ServerResponse }[] = [];

function hand(): void {
  while (idle.length > 0 && waiting.length > 0) {
    const loop = idle.pop();
    const call = waiting.shift();
    if (!loop || !call) return;
    loop.socket.caller = call.response;
    loop.response.writeHead(200, { "Content-Length": call.body.length });
    loop.response.end(call.body);
  }
}

function readBody(request: IncomingMessage, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => done(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
}

for (const path of socketPaths) {
  createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
    const socket: LoopSocket = request.socket;
    if (request.method === "GET") {
      idle.push({ socket, response });
      hand();
      return;
    }
    const { caller } = socket;
    readBody(request, (body) => {
      caller?.writeHead(200, { "Content-Type": "application/json", "Content-Length": body.length });
      caller?.end(body);
      response.writeHead(202, { "Content-Length": 0 });
      response.end();
    });
  }).listen(path, () => chmodSync(path, 0o666));
}

createServer({ keepAliveTimeout: 0 }, (request, response) => {
  readBody(request, (body) => {
    waiting.push({ body, response });
    hand();
  });
}).listen(Number(port), "127.0.0.1", () => process.stdout.write("listening\n"));
