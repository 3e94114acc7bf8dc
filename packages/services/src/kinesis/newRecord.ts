import type { NewKinesisRecord } from "@hearth/store";
import { parseHashKey, type RoutedRecord, type Stream } from "@hearth/streams";
import { ValidationException } from "@hearth/model";
import { InvalidArgumentException } from "./errors.ts";

export interface RecordInput {
  readonly Data: Uint8Array;
  readonly PartitionKey: string;
  readonly ExplicitHashKey?: string | undefined;
}

/** The size by which limits of records are checked. */
export function bytesOf({ data, partitionKey }: NewKinesisRecord): number {
  return data.byteLength + Buffer.byteLength(partitionKey);
}

/** Throws AWS's error for a record that the stream does not take. */
export function toRecord(stream: Stream, { Data, PartitionKey, ExplicitHashKey }: RecordInput): RoutedRecord {
  const explicitHashKey = ExplicitHashKey === undefined ? undefined : parseHashKey(ExplicitHashKey);
  if (ExplicitHashKey !== undefined && explicitHashKey === undefined) {
    throw new InvalidArgumentException(
      `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${ExplicitHashKey}`,
    );
  }
  const record = { partitionKey: PartitionKey, data: Data, ...(explicitHashKey !== undefined && { explicitHashKey }) };
  const max = stream.maxRecordKib * 1024;
  if (bytesOf(record) > max) {
    throw new ValidationException(
      `1 validation error detected: Value at 'data' failed to satisfy constraint: Member must have length less than or equal to ${max}`,
    );
  }
  return record;
}
