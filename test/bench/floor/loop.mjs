// The leanest runtime loop: one raw socket, the response and the next `next` in one write. No logs, no context, no errors.
import { createConnection } from "node:net";

if (process.env.HEARTH_RUN_DIR === undefined) {
  console.log("ready");
  process.exit();
}
const handler = async (event) => event;
const socket = createConnection(`${process.env.HEARTH_RUN_DIR}/api.sock`);
const NEXT = "GET /next HTTP/1.1\r\nHost: f\r\n\r\n";
let pending = Buffer.alloc(0);

socket.on("connect", () => socket.write(NEXT));
socket.on("data", (chunk) => {
  pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
  for (;;) {
    const end = pending.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = pending.latin1Slice(0, end).toLowerCase();
    const at = head.indexOf("content-length: ");
    const length = Number.parseInt(head.slice(at + 16), 10);
    if (pending.length < end + 4 + length) return;
    const status = head.slice(9, 12);
    const body = pending.utf8Slice(end + 4, end + 4 + length);
    pending = pending.subarray(end + 4 + length);
    if (status === "200") void answer(body);
  }
});
socket.on("close", () => process.exit(0));

async function answer(body) {
  const result = JSON.stringify(await handler(JSON.parse(body)));
  socket.write(
    `POST /response HTTP/1.1\r\nHost: f\r\nContent-Length: ${Buffer.byteLength(result)}\r\n\r\n${result}${NEXT}`,
  );
}
