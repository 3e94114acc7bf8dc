import { InvalidParameterValueException } from "@hearth/model";
import { decodeChange, type KinesisRecord } from "@hearth/store";
import {
  changeNumber,
  parseTableArn,
  shardName,
  shownRecord,
  streamArnOf,
  type StreamNotes,
  streamNameOf,
  type StreamView,
} from "@hearth/tables";
import type { MappedSource, SourceName, StreamRecord, StreamSource } from "../eventSource.ts";
import type { SourceDeps } from "../sourceDeps.ts";
import { HostedStream } from "../stream/hostedStream.ts";
import { PassedStream } from "./passedStream.ts";

const ACTIONS = ["GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"] as const;

/** The streams of DynamoDB's tables: of those that Hearth hosts, or of those on the server that the settings name. https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
export function dynamodbSource({
  streams,
  passedTables,
  clock,
}: Pick<SourceDeps, "streams" | "passedTables" | "clock">): StreamSource {
  return {
    name: "dynamodb",
    shape: "stream",
    serves: ({ EventSourceArn }) => EventSourceArn?.split(":")[2] === "dynamodb",
    permissions(source) {
      // Not the ARN as it was given: with another partition it would name the same stream, and no policy would match it.
      const { table, label } = namedBy(source);
      const resource = streamArnOf(table, label);
      return ACTIONS.map((action) => ({
        action: `dynamodb:${action}`,
        resource: action === "ListStreams" ? "*" : resource,
      }));
    },
    refusal: ({ resource }) =>
      `Cannot access stream ${resource}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.`,
    async check(mapping) {
      if (passedTables) return await PassedStream.check(passedTables, mapping);
      if (!(await streams.find(keyOf(mapping)))) {
        throw new InvalidParameterValueException(`Stream not found: ${mapping.EventSourceArn}`);
      }
    },
    async open(mapping) {
      if (passedTables) return await PassedStream.open(mapping, { tables: passedTables, clock });
      const notes = (await streams.find(keyOf(mapping)))?.ofTable as StreamNotes | null | undefined;
      const view = notes?.view ?? "KEYS_ONLY";
      const record = (one: KinesisRecord): StreamRecord => toStreamRecord(one, mapping, view);
      return await HostedStream.open(keyOf(mapping), { shardId: shardName, record }, { streams, clock });
    },
    batchInfo: ({ EventSourceArn }, shard, records) => ({
      DDBStreamBatchInfo: {
        shardId: shard,
        startSequenceNumber: records[0]?.id,
        endSequenceNumber: records.at(-1)?.id,
        approximateArrivalOfFirstRecord: timeOf(records[0]),
        approximateArrivalOfLastRecord: timeOf(records.at(-1)),
        batchSize: records.length,
        streamArn: EventSourceArn,
      },
    }),
  };
}

function namedBy({ EventSourceArn = "" }: SourceName) {
  const named = parseTableArn(EventSourceArn);
  if (named?.stream === undefined)
    throw new InvalidParameterValueException(`${EventSourceArn} is not the ARN of a table's stream.`);
  return { table: named.table, label: named.stream };
}

function keyOf(source: SourceName) {
  const { table, label } = namedBy(source);
  const { accountId, region, TableName } = table;
  return { accountId, region, StreamName: streamNameOf(TableName, label) };
}

function timeOf(record: StreamRecord | undefined): string | undefined {
  return record && new Date(record.arrivedAtMs).toISOString();
}

function toStreamRecord(
  record: KinesisRecord,
  { EventSourceArn, region }: MappedSource,
  view: StreamView,
): StreamRecord {
  const change = decodeChange(record.data);
  const number = changeNumber(record.seq);
  const shown = { ...shownRecord(change, { view, region, sequenceNumber: number }), eventSourceARN: EventSourceArn };
  return {
    json: JSON.stringify(shown),
    id: number,
    position: String(record.seq),
    partitionKey: record.partitionKey,
    arrivedAtMs: record.arrivedMs,
    matched: () => ({ event: shown }),
  };
}
