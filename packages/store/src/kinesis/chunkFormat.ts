import { CHANGES, decodeChanges } from "../dynamodb/changeChunk.ts";

/** A record as it is written. */
export interface NewKinesisRecord {
  readonly partitionKey: string;
  readonly data: Uint8Array;
}

/** A record as it is read. */
export interface KinesisRecord extends NewKinesisRecord {
  /** Its place in its shard. */
  readonly seq: bigint;
  /** Milliseconds since the epoch. */
  readonly arrivedMs: number;
}

const HEADER_BYTES = 8;

/** The bytes that a record takes in a chunk. */
export function storedBytes({ partitionKey, data }: NewKinesisRecord): number {
  return HEADER_BYTES + Buffer.byteLength(partitionKey) + data.byteLength;
}

/** Records one after the other, each with the lengths of its key and its data in front. */
export function encodeChunk(records: readonly NewKinesisRecord[]): Buffer {
  const chunk = Buffer.allocUnsafe(records.reduce((sum, record) => sum + storedBytes(record), 0));
  let at = 0;
  for (const { partitionKey, data } of records) {
    const keyBytes = chunk.write(partitionKey, at + HEADER_BYTES);
    chunk.writeUInt32BE(keyBytes, at);
    chunk.writeUInt32BE(data.byteLength, at + 4);
    chunk.set(data, at + HEADER_BYTES + keyBytes);
    at += HEADER_BYTES + keyBytes + data.byteLength;
  }
  return chunk;
}

/** The records of a chunk whose first record is at `firstSeq`. */
export function decodeChunk(chunk: Buffer, firstSeq: bigint, arrivedMs: number): KinesisRecord[] {
  if (chunk.length > 0 && chunk.readUInt32BE(0) === CHANGES)
    return decodeChanges(chunk).map(({ index, ...change }) => ({
      seq: firstSeq + BigInt(index),
      arrivedMs,
      ...change,
    }));
  const records: KinesisRecord[] = [];
  let seq = firstSeq;
  for (let at = 0; at < chunk.length;) {
    const keyEnd = at + HEADER_BYTES + chunk.readUInt32BE(at);
    const dataEnd = keyEnd + chunk.readUInt32BE(at + 4);
    const partitionKey = chunk.toString("utf8", at + HEADER_BYTES, keyEnd);
    records.push({ seq, arrivedMs, partitionKey, data: chunk.subarray(keyEnd, dataEnd) });
    seq += 1n;
    at = dataEnd;
  }
  return records;
}
