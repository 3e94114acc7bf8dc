import { crc32 } from "node:zlib";

export const EVENT_STREAM_TYPE = "application/vnd.amazon.eventstream";

const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
const STRING = 7;
const heads = new Map<string, Buffer>();

/**
 * One event of an AWS event stream: lengths, their CRC, headers, payload, CRC of all.
 * https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
 */
export function eventMessage(eventType: string, contentType: string, payload: Uint8Array): Uint8Array {
  return frame(headersOf(eventType, contentType), payload);
}

/** The last message of a stream that ends with an error of its service. */
export function exceptionMessage(exceptionType: string, payload: Uint8Array): Uint8Array {
  const pairs = [
    [":exception-type", exceptionType],
    [":content-type", "application/json"],
    [":message-type", "exception"],
  ] as const;
  return frame(Buffer.concat(pairs.flatMap(([name, value]) => [headerName(name), headerValue(value)])), payload);
}

function frame(headers: Buffer, payload: Uint8Array): Uint8Array {
  const total = PRELUDE_BYTES + headers.length + payload.length + CRC_BYTES;
  const message = Buffer.allocUnsafe(total);
  message.writeUInt32BE(total, 0);
  message.writeUInt32BE(headers.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  message.set(headers, PRELUDE_BYTES);
  message.set(payload, PRELUDE_BYTES + headers.length);
  message.writeUInt32BE(crc32(message.subarray(0, total - CRC_BYTES)), total - CRC_BYTES);
  return message;
}

/** Of an event's few kinds, made once. */
function headersOf(eventType: string, contentType: string): Buffer {
  const key = `${eventType} ${contentType}`;
  let headers = heads.get(key);
  if (!headers) {
    const pairs = [
      [":event-type", eventType],
      [":content-type", contentType],
      [":message-type", "event"],
    ] as const;
    headers = Buffer.concat(pairs.flatMap(([name, value]) => [headerName(name), headerValue(value)]));
    heads.set(key, headers);
  }
  return headers;
}

function headerName(name: string): Buffer {
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([STRING])]);
}

function headerValue(value: string): Buffer {
  const length = Buffer.allocUnsafe(2);
  length.writeUInt16BE(value.length);
  return Buffer.concat([length, Buffer.from(value)]);
}
