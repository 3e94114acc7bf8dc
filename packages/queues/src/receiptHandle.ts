import { createHash } from "node:crypto";
import type { SqsReceipt } from "@hearth/store";

const VERSION = Buffer.from([1, 1, 1]);
const NUMBERS = 3;
const CHECK_BYTES = 6;
const LENGTH = VERSION.length + NUMBERS * 8 + CHECK_BYTES;

/** The text by which a consumer names a message that it has received. Opaque; says which queue, message and receive it is of. */
export function encodeReceiptHandle({ queueId, id, receipt }: SqsReceipt): string {
  const numbers = Buffer.alloc(NUMBERS * 8);
  [queueId, id, receipt].forEach((value, at) => numbers.writeBigInt64BE(BigInt(value), at * 8));
  return Buffer.concat([VERSION, numbers, check(numbers)]).toString("base64");
}

/** `undefined` for a text that `encodeReceiptHandle` has not made. */
export function decodeReceiptHandle(handle: string): SqsReceipt | undefined {
  const bytes = Buffer.from(handle, "base64");
  if (bytes.length !== LENGTH || !bytes.subarray(0, VERSION.length).equals(VERSION)) return undefined;
  const numbers = bytes.subarray(VERSION.length, LENGTH - CHECK_BYTES);
  if (!check(numbers).equals(bytes.subarray(LENGTH - CHECK_BYTES))) return undefined;
  const number = (at: number): string => String(numbers.readBigInt64BE(at * 8));
  return { queueId: number(0), id: number(1), receipt: number(2) };
}

/** Tells a handle that was cut or mistyped from one that is right; it protects nothing, because access is decided for the queue. */
function check(numbers: Buffer): Buffer {
  return createHash("sha256").update(numbers).digest().subarray(0, CHECK_BYTES);
}
