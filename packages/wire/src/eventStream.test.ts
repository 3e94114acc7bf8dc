import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { eventMessage } from "./eventStream.ts";

test("an event has its lengths, their checksum, headers, payload and the checksum of all", () => {
  const payload = Buffer.from("ü, raw");
  const message = Buffer.from(eventMessage("PayloadChunk", "application/octet-stream", payload));
  const [total, headers] = [message.readUInt32BE(0), message.readUInt32BE(4)];
  expect(total).toBe(message.length);
  expect(message.readUInt32BE(8)).toBe(crc32(message.subarray(0, 8)));
  expect(message.readUInt32BE(total - 4)).toBe(crc32(message.subarray(0, total - 4)));
  expect(message.subarray(12 + headers, total - 4)).toEqual(payload);
  expect(headersOf(message.subarray(12, 12 + headers))).toEqual({
    ":event-type": "PayloadChunk",
    ":content-type": "application/octet-stream",
    ":message-type": "event",
  });
});

test("an event may be empty, and one kind does not get another's headers", () => {
  const complete = Buffer.from(eventMessage("InvokeComplete", "application/json", new Uint8Array()));
  expect(headersOf(complete.subarray(12, 12 + complete.readUInt32BE(4)))[":event-type"]).toBe("InvokeComplete");
  expect(complete.length).toBe(12 + complete.readUInt32BE(4) + 4);
});

function headersOf(bytes: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at < bytes.length;) {
    const name = bytes.subarray(at + 1, (at += 1 + bytes.readUInt8(at))).toString();
    expect(bytes.readUInt8(at)).toBe(7);
    const end = at + 3 + bytes.readUInt16BE(at + 1);
    headers[name] = bytes.subarray(at + 3, end).toString();
    at = end;
  }
  return headers;
}
