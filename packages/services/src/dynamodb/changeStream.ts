import type { DynamoTableKey } from "@hearth/store";
import { AwsError, decodeCursor, encodeCursor } from "@hearth/model";
import type { Stream, Streams } from "@hearth/streams";
import { parseTableArn, ResourceNotFoundException, type StreamNotes, streamNameOf, type Tables } from "@hearth/tables";
import type { RequestContext } from "@hearth/wire";

/** What the operations of DynamoDB's streams share: the names of shards and places, and iterators. */

/** The prefix in `X-Amz-Target` of the operations on streams. */
export const STREAMS_TARGET = "DynamoDBStreams_20120810";

export class ExpiredIteratorException extends AwsError {
  readonly code = "ExpiredIteratorException";
  readonly httpStatus = 400;
}

export class TrimmedDataAccessException extends AwsError {
  readonly code = "TrimmedDataAccessException";
  readonly httpStatus = 400;
}

export interface TableStream extends StreamNotes {
  readonly TableName: string;
  readonly stream: Stream;
  readonly label: string;
}

/** The stream of an ARN: one that a table writes, or one that ended less than a day ago. Throws AWS's error when there is none. */
export async function findChangeStream(
  { tables, streams }: { readonly tables: Tables; readonly streams: Streams },
  where: Pick<RequestContext, "accountId" | "region">,
  StreamArn: string,
): Promise<TableStream> {
  const missing = new ResourceNotFoundException(`Requested resource not found: Stream: ${StreamArn} not found`);
  const named = parseTableArn(StreamArn);
  if (named?.stream === undefined) throw missing;
  const { accountId, region, TableName } = named.table;
  if (accountId !== where.accountId || region !== where.region) throw missing;
  const stream = await streams.find({ accountId, region, StreamName: streamNameOf(TableName, named.stream) });
  const notes = stream?.ofTable ?? (await notesOf(tables, named.table, named.stream));
  if (!stream || !notes) throw missing;
  return { ...(notes as StreamNotes), TableName, stream, label: named.stream };
}

/** Of the stream that a table has: one that a process of an earlier release made, during an upgrade, has no notes. */
async function notesOf(tables: Tables, table: DynamoTableKey, label: string): Promise<StreamNotes | undefined> {
  const { key, stream } = (await tables.find(table))?.definition ?? {};
  return key && stream?.label === label ? { view: stream.view, key } : undefined;
}

/** How long an iterator can be used. */
const ITERATOR_MS = 15 * 60_000;

export interface ChangePosition {
  readonly arn: string;
  readonly streamId: string;
  readonly shardNo: number;
  readonly afterSeq: bigint;
}

/** As AWS's, it begins with the ARN of the stream. */
export function encodeChangeIterator({ arn, streamId, shardNo, afterSeq }: ChangePosition, nowMs: number): string {
  return `${arn}|1|${encodeCursor([streamId, shardNo, String(afterSeq), nowMs])}`;
}

/** Throws AWS's error for a text that is no iterator, or one that is too old. */
export function decodeChangeIterator(iterator: string, nowMs: number): ChangePosition {
  const [arn = "", , cursor = ""] = iterator.split("|");
  const key = decodeCursor(cursor, ["string", "number", "string", "number"]);
  const [streamId, shardNo, afterSeq, createdAt] = key ?? [];
  const isWhole = streamId !== undefined && shardNo !== undefined && createdAt !== undefined;
  if (!isWhole || afterSeq === undefined || !/^\d{1,19}$/.test(afterSeq) || !/^\d{1,18}$/.test(streamId)) {
    throw new ResourceNotFoundException("Invalid ShardIterator");
  }
  if (nowMs - createdAt > ITERATOR_MS) {
    throw new ExpiredIteratorException(
      "The shard iterator has expired. A shard iterator expires 15 minutes after it is retrieved.",
    );
  }
  return { arn, streamId, shardNo, afterSeq: BigInt(afterSeq) };
}
