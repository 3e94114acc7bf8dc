import { Batcher, type BatcherLimits } from "../postgres/batcher.ts";
import type { DynamoWrite } from "./dynamoWrite.ts";

/** A write that waits for its batch, with what else is written in its transaction. */
export interface QueuedDynamoWrite<More> {
  readonly write: DynamoWrite;
  readonly more: More;
}

const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Writes of one table that arrive together share one statement and one commit. Those of the same item go one after the other. The result of a write is
 * `undefined` when it was not written.
 */
export function dynamoWriter<More, Result>(
  limits: Pick<BatcherLimits<never>, "items" | "writesFirst">,
  writeBatch: (batch: readonly QueuedDynamoWrite<More>[]) => Promise<readonly (Result | undefined)[]>,
): Batcher<QueuedDynamoWrite<More>, Result | undefined> {
  return new Batcher<QueuedDynamoWrite<More>, Result | undefined>(
    {
      ...limits,
      isHalved: true,
      weight: MAX_BYTES,
      weigh: ({ write }) => (write.bytes ?? 0) * (1 + write.added.length),
    },
    async (batch) => {
      const results = batch.map((): Result | undefined => undefined);
      let left = batch.map((one, at) => ({ one, at }));
      while (left.length > 0) {
        const keys = new Set<string>();
        const now = left.filter(({ one: { write } }) => {
          // Two keys of the same bytes and another border between them have different lengths of their first part.
          const { hash, range } = write.key;
          return keys.size !== keys.add(`${hash.length}:${hash.toString("latin1")}${range.toString("latin1")}`).size;
        });
        const written = await writeBatch(now.map(({ one }) => one));
        now.forEach(({ at }, index) => (results[at] = written[index]));
        left = now.length === left.length ? [] : left.filter((one) => !now.includes(one));
      }
      return results;
    },
  );
}
