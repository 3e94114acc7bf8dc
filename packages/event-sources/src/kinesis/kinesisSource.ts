import { InvalidParameterValueException } from "@hearth/model";
import type { KinesisRecord } from "@hearth/store";
import { parseConsumerArn, parseStreamArn, sequenceNumber, shardIdOf, streamArn } from "@hearth/streams";
import type { MappedSource, SourceName, StreamRecord, StreamSource } from "../eventSource.ts";
import type { SourceDeps } from "../sourceDeps.ts";
import { wholeText } from "../wholeText.ts";
import { HostedStream } from "../stream/hostedStream.ts";

const ACTIONS = ["GetRecords", "GetShardIterator", "DescribeStream", "DescribeStreamSummary", "ListShards"] as const;

/** Kinesis: the streams that Hearth hosts, by their ARN or that of a registered consumer. https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
export function kinesisSource({
  streams,
  clock,
  roleOf,
}: Pick<SourceDeps, "streams" | "clock" | "roleOf">): StreamSource {
  return {
    name: "kinesis",
    shape: "stream",
    serves: ({ EventSourceArn }) => EventSourceArn?.split(":")[2] === "kinesis",
    permissions: (source) =>
      ACTIONS.map((action) => ({ action: `kinesis:${action}`, resource: streamArn(keyOf(source)) })),
    refusal: ({ resource }) =>
      `Cannot access stream ${resource}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, ListShards, and DescribeStreamSummary Actions on your stream in IAM.`,
    async check(mapping) {
      const stream = await streams.find(keyOf(mapping));
      const named = parseConsumerArn(mapping.EventSourceArn ?? "");
      const isThere = stream && (!named || (await streams.consumers.find(stream.id, named.ConsumerName)));
      if (!isThere) throw new InvalidParameterValueException(`Stream not found: ${mapping.EventSourceArn}`);
    },
    async open(mapping) {
      const role = await roleOf(mapping);
      const words = {
        shardId: ({ shardNo }: { readonly shardNo: number }) => shardIdOf(shardNo),
        record: (record: KinesisRecord, { shardNo }: { readonly shardNo: number }) =>
          toStreamRecord(record, shardNo, mapping, role),
      };
      return await HostedStream.open(keyOf(mapping), words, { streams, clock });
    },
    batchInfo: ({ EventSourceArn }, shard, records) => ({
      KinesisBatchInfo: {
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

function keyOf({ EventSourceArn = "" }: SourceName) {
  const key = parseStreamArn(EventSourceArn) ?? parseConsumerArn(EventSourceArn)?.stream;
  if (!key) throw new InvalidParameterValueException(`${EventSourceArn} is not the ARN of a stream.`);
  return key;
}

function timeOf(record: StreamRecord | undefined): string | undefined {
  return record && new Date(record.arrivedAtMs).toISOString();
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html#services-kinesis-event-example */
function toStreamRecord(
  record: KinesisRecord,
  shardNo: number,
  { EventSourceArn, region }: MappedSource,
  role: string | undefined,
): StreamRecord {
  const data = Buffer.from(record.data.buffer, record.data.byteOffset, record.data.byteLength);
  const number = sequenceNumber(record.seq, shardNo);
  const shown = {
    kinesis: {
      kinesisSchemaVersion: "1.0",
      partitionKey: record.partitionKey,
      sequenceNumber: number,
      data: data.toString("base64"),
      approximateArrivalTimestamp: record.arrivedMs / 1000,
    },
    eventSource: "aws:kinesis",
    eventVersion: "1.0",
    eventID: `${shardIdOf(shardNo)}:${number}`,
    eventName: "aws:kinesis:record",
    ...(role !== undefined && { invokeIdentityArn: role }),
    awsRegion: region,
    eventSourceARN: EventSourceArn,
  };
  return {
    json: JSON.stringify(shown),
    id: number,
    position: String(record.seq),
    partitionKey: record.partitionKey,
    arrivedAtMs: record.arrivedMs,
    // Patterns for Kinesis name `data` beside the other members of `kinesis`.
    matched: () => ({ event: { ...shown.kinesis }, dataKey: "data", data: wholeText(data) }),
  };
}
