import type { RecordsBatch } from "@platformatic/kafka";
import type { StreamRecord } from "../eventSource.ts";
import { wholeText } from "../wholeText.ts";

export interface KafkaStreamRecord extends StreamRecord {
  readonly topicPartition: string;
}

const LOG_APPEND_TIME = 0x08;
const IS_CONTROL = 0x20;

/** The records of a batch of a partition from `fromOffset` on, as functions get them. Markers of transactions are no records. */
export function kafkaRecords(
  batch: RecordsBatch,
  topic: string,
  partition: number,
  fromOffset: bigint,
): readonly KafkaStreamRecord[] {
  if ((batch.attributes & IS_CONTROL) !== 0) return [];
  const isAppendTime = (batch.attributes & LOG_APPEND_TIME) !== 0;
  return batch.records.flatMap((record) => {
    const offset = batch.firstOffset + BigInt(record.offsetDelta);
    if (offset < fromOffset) return [];
    const timestamp = Number(isAppendTime ? batch.maxTimestamp : batch.firstTimestamp + record.timestampDelta);
    const { key, value } = record;
    const shown = {
      topic,
      partition,
      offset: Number(offset),
      timestamp,
      timestampType: isAppendTime ? "LOG_APPEND_TIME" : "CREATE_TIME",
      ...(key && { key: key.toString("base64") }),
      ...(value && { value: value.toString("base64") }),
      // Bytes have a sign, because AWS's poller writes them as Java does.
      headers: record.headers.map(([name, bytes]) => ({
        [name?.toString() ?? ""]: Array.from(Int8Array.from(bytes ?? [])),
      })),
    };
    const topicPartition = `${topic}-${partition}`;
    return {
      json: JSON.stringify(shown),
      id: `${topicPartition}-${offset}`,
      position: String(offset + 1n),
      partitionKey: key?.toString("base64") ?? "",
      arrivedAtMs: timestamp,
      topicPartition,
      matched: () => ({ event: { ...shown }, dataKey: "value", data: value ? wholeText(value) : undefined }),
    };
  });
}

/** The offset after a batch, also where compaction has removed its last records. */
export function offsetAfter(batch: RecordsBatch): bigint {
  return batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
}
