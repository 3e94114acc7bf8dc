import { MAX_HASH_KEY, type Streams } from "@hearth/streams";
import { type StreamNotes, type StreamView, streamNameOf, type TableDefinition } from "@hearth/tables";
import type { DynamoTableKey } from "@hearth/store";
import type { Clock } from "@hearth/kit";
import { ValidationException } from "@hearth/model";

interface Specification {
  readonly StreamEnabled: boolean;
  readonly StreamViewType?: StreamView | undefined;
}

/** The stream that a table gets by a specification. Throws AWS's error for one that is contradictory. */
export function newStream(
  specification: Specification | undefined,
  clock: Pick<Clock, "now">,
): TableDefinition["stream"] {
  if (!specification?.StreamEnabled) {
    if (specification?.StreamViewType !== undefined) {
      throw new ValidationException(
        "One or more parameter values were invalid: StreamViewType cannot be specified when StreamEnabled is false",
      );
    }
    return undefined;
  }
  const view = specification.StreamViewType;
  if (view === undefined) {
    throw new ValidationException(
      "One or more parameter values were invalid: StreamViewType must be specified when StreamEnabled is true",
    );
  }
  // As `2015-05-11T21:21:33.291`.
  const label = new Date(clock.now()).toISOString().slice(0, -1);
  return { view, label, isEnabled: true };
}

/** Makes the stream before the table says that it has one, so that no change of an item misses it. */
export async function createStream(
  streams: Streams,
  { accountId, region, TableName }: DynamoTableKey,
  label: string,
  notes: StreamNotes,
): Promise<void> {
  const key = { accountId, region, StreamName: streamNameOf(TableName, label) };
  const shards = [{ parents: [], fromHash: 0n, toHash: MAX_HASH_KEY }];
  await streams.store.create(key, { mode: "ON_DEMAND", tags: {}, maxRecordKib: 10_240 }, shards, notes);
  streams.directory.forget(key);
}

/** Notes that the table writes no more into the stream, which can be read for another day. */
export async function endStream(
  streams: Streams,
  { accountId, region, TableName }: DynamoTableKey,
  label: string,
): Promise<void> {
  const key = { accountId, region, StreamName: streamNameOf(TableName, label) };
  await streams.store.end(key);
  streams.directory.forget(key);
}
