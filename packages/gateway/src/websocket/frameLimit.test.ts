import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { limitFrames } from "./frameLimit.ts";

/** A frame as a client sends it, with a payload of zeroes. */
function frame(length: number): Buffer {
  const mask = Buffer.from([1, 2, 3, 4]);
  const payload = Buffer.alloc(length);
  if (length < 126) return Buffer.concat([Buffer.from([0x81, 0x80 | length]), mask, payload]);
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = 0x81;
  header[1] = 0x80 | (length < 65_536 ? 126 : 127);
  if (length < 65_536) header.writeUInt16BE(length, 2);
  else header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, mask, payload]);
}

/** Whether a frame was found to be too long, when they arrive in pieces. */
async function hasTooLong(frames: readonly Buffer[], chunkBytes: number, maxBytes: number): Promise<boolean> {
  const socket = new PassThrough();
  let calls = 0;
  const order: string[] = [];
  socket.on("data", () => order.push("read"));
  limitFrames(socket, maxBytes, () => {
    calls++;
    order.push("tooLong");
  });
  const all = Buffer.concat(frames);
  for (let at = 0; at < all.length; at += chunkBytes) socket.write(all.subarray(at, at + chunkBytes));
  socket.end();
  await new Promise((resolve) => socket.once("end", resolve));
  expect(calls).toBeLessThanOrEqual(1);
  // What reads messages sees the bytes afterwards.
  if (frames.length === 1 && chunkBytes >= all.length && calls === 1) expect(order).toEqual(["tooLong", "read"]);
  return calls === 1;
}

test.each([1, 3, 7, 4096, 1_000_000])(
  "frames are measured however they arrive, in pieces of %i bytes",
  async (bytes) => {
    const good = [frame(0), frame(125), frame(126), frame(200), frame(0)];
    expect(await hasTooLong(good, bytes, 200)).toBe(false);
    expect(await hasTooLong([...good, frame(201)], bytes, 200)).toBe(true);
    expect(await hasTooLong([frame(70_000)], bytes, 32_768)).toBe(true);
    expect(await hasTooLong([frame(32_768), frame(32_769), frame(40_000)], bytes, 32_768)).toBe(true);
  },
);
