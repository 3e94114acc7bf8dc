import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";

/**
 * Drives prepared HTTP requests over keep-alive connections, one at a time each, as fast as they are answered.
 * Arguments: port, callers, file of requests (each: u32 length of the request, u32 length of the body that must come back, both parts).
 * Says `ready` when connected, starts at the first byte on standard input, then prints one line of JSON (`LoadResult`).
 */
const [port, callers, file] = process.argv.slice(2);

interface Prepared {
  readonly request: Buffer;
  readonly expected: Buffer;
}

function load(path: string): Prepared[] {
  const bytes = readFileSync(path);
  const prepared: Prepared[] = [];
  for (let at = 0; at < bytes.length;) {
    const requestLength = bytes.readUInt32LE(at);
    const expectedLength = bytes.readUInt32LE(at + 4);
    at += 8;
    prepared.push({
      request: bytes.subarray(at, at + requestLength),
      expected: bytes.subarray(at + requestLength, at + requestLength + expectedLength),
    });
    at += requestLength + expectedLength;
  }
  return prepared;
}

const requests = load(file ?? "");
const latenciesMs = new Float64Array(requests.length);
let next = 0;
let done = 0;
let wrong = 0;
let firstWrong = "";

function drive(socket: Socket, finished: () => void): void {
  let pending: Buffer = Buffer.alloc(0);
  let index = -1;
  let startedAt = 0;
  const send = (): void => {
    if (next >= requests.length) {
      finished();
      return;
    }
    index = next++;
    startedAt = performance.now();
    socket.write((requests[index] as Prepared).request);
  };
  socket.on("data", (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const headEnd = pending.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const head = pending.toString("latin1", 0, headEnd).toLowerCase();
    const at = head.indexOf("content-length: ");
    if (at < 0) throw new Error(`an answer without a length: ${head}`);
    const end = headEnd + 4 + Number.parseInt(head.slice(at + 16), 10);
    if (pending.length < end) return;
    latenciesMs[index] = performance.now() - startedAt;
    const body = pending.subarray(headEnd + 4, end);
    if (!head.startsWith("http/1.1 200") || !body.equals((requests[index] as Prepared).expected)) {
      wrong++;
      firstWrong ||= `${head.slice(0, 60)} … ${body.toString().slice(0, 300)}`;
    }
    done++;
    pending = Buffer.alloc(0);
    send();
  });
  socket.on("error", (error) => {
    throw error;
  });
  send();
}

const sockets = await Promise.all(
  Array.from({ length: Number(callers) }, () => {
    return new Promise<Socket>((resolve) => {
      const socket = connect(Number(port), "127.0.0.1", () => {
        socket.setNoDelay(true);
        resolve(socket);
      });
    });
  }),
);
process.stdout.write("ready\n");
await new Promise((resolve) => process.stdin.once("data", resolve));
const startedAt = performance.now();
await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => drive(socket, resolve))));
const seconds = (performance.now() - startedAt) / 1000;
const sorted = latenciesMs.toSorted();
const quantile = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
process.stdout.write(
  `${JSON.stringify({ rps: done / seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99), done, wrong, firstWrong })}\n`,
);
process.exit(0);
