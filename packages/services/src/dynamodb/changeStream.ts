import { AwsError, decodeCursor, encodeCursor } from "@hearth/model";
import type { Stream, Streams } from "@hearth/streams";
import { parseTableArn, ResourceNotFoundException, type Table, type Tables } from "@hearth/tables";
import type { RequestContext } from "@hearth/wire";
import { findTableStream } from "./streamsOfTables.ts";

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

export interface TableStream {
  readonly table: Table;
  readonly stream: Stream;
  readonly label: string;
}

/** The stream of an ARN. Throws AWS's error when there is none. */
export async function findChangeStream(
  { tables, streams }: { readonly tables: Tables; readonly streams: Streams },
  where: Pick<RequestContext, "accountId" | "region">,
  StreamArn: string,
): Promise<TableStream> {
  const missing = new ResourceNotFoundException(`Requested resource not found: Stream: ${StreamArn} not found`);
  const named = parseTableArn(StreamArn);
  if (named?.stream === undefined) throw missing;
  if (named.table.accountId !== where.accountId || named.table.region !== where.region) throw missing;
  const table = await tables.find(named.table);
  const stream = table && (await findTableStream(streams, table, named.stream));
  if (!table || !stream) throw missing;
  return { table, stream, label: named.stream };
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
