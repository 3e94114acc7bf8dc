import type { SourceRecord } from "./eventSource.ts";

/** The limit of an event is 6 MB; what surrounds the records needs some of it. https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching */
export const MAX_BATCH_BYTES = 6 * 1024 * 1024 - 4096;

export function bytesOf({ json }: SourceRecord): number {
  return Buffer.byteLength(json);
}

/** How many of the first records make a batch: at most `count`, and 6 MB; always one. */
export function batchLength(records: readonly SourceRecord[], count: number, maxBytes = MAX_BATCH_BYTES): number {
  let bytes = 0;
  let length = 0;
  for (const record of records) {
    bytes += bytesOf(record) + 1;
    if (length >= count || (length > 0 && bytes > maxBytes)) break;
    length++;
  }
  return length;
}

/** Records as batches, in order. */
export function cutBatches<Record extends SourceRecord>(
  records: readonly Record[],
  count: number,
): readonly (readonly Record[])[] {
  const batches: (readonly Record[])[] = [];
  for (let at = 0; at < records.length;) {
    const length = batchLength(records.slice(at, at + count), count);
    batches.push(records.slice(at, at + length));
    at += length;
  }
  return batches;
}

/** The event of most sources. */
export function recordsEvent(records: readonly SourceRecord[]): string {
  return `{"Records":[${records.map(({ json }) => json).join(",")}]}`;
}
