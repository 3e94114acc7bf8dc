import type { Delivery } from "@hearth/delivery";
import type { Logger, Random } from "@hearth/kit";
import { MAX_ASYNC_PAYLOAD_BYTES, type OutgoingMessage } from "@hearth/model";
import {
  type ClaimedLogChunk,
  type Database,
  type FilteredGroup,
  LogFilterQueue,
  type MetricPointStore,
  TooManyMetricSeries,
} from "@hearth/store";
import type { FilterChunkInput, FilterChunkOutput } from "./filterChunk.ts";
import { metricPoints } from "./metricPoints.ts";
import { subscriptionSender } from "./subscriptionSender.ts";

/** A thread of `LogThreads`, as far as filters use it. */
export interface FilterThread extends Disposable {
  call(name: "filterChunk", input: FilterChunkInput, timeoutMs: number): Promise<FilterChunkOutput>;
}

export interface ChunkFilterDeps {
  readonly database: Database;
  readonly delivery: Pick<Delivery, "prepare">;
  readonly points: Pick<MetricPointStore, "prepare">;
  readonly threads: { take(): Promise<FilterThread> };
  readonly random: Random;
  readonly logger: Logger;
}

export interface FilterRun {
  /** Holds the lease of the chunk. */
  readonly owner: string;
  /** What the filters of the group may take for the chunk. */
  readonly timeoutMs: number;
}

/** Applies the filters of a group to one of its chunks. */
export class ChunkFilter {
  readonly #deps: ChunkFilterDeps;
  readonly #queue: LogFilterQueue;

  constructor(deps: ChunkFilterDeps) {
    this.#deps = deps;
    this.#queue = new LogFilterQueue(deps.database);
  }

  /**
   * Writes the messages and values of a chunk, and removes it from those that wait. Rejects with LogThreadTimeout when its filters take longer than the time
   * they have.
   */
  async apply(
    chunk: ClaimedLogChunk,
    group: FilteredGroup | undefined,
    { owner, timeoutMs }: FilterRun,
  ): Promise<void> {
    const { database, delivery, points, logger } = this.#deps;
    const found = group ? await this.#evaluate(chunk, group, timeoutMs) : { messages: [], values: [] };
    const sending = group ? await delivery.prepare(this.#messagesOf(chunk, group, found)) : undefined;
    const writePoints =
      group && found.values.length > 0
        ? await points.prepare(metricPoints(group, found.values)).catch((error: unknown) => {
            if (!(error instanceof TooManyMetricSeries)) throw error;
            const { accountId, logGroupName } = group;
            logger.warn(
              { err: error, accountId, logGroupName },
              "values of metric filters were dropped: the account has too many metrics",
            );
            return undefined;
          })
        : undefined;
    const isOwn = await database.transaction(async (tx) => {
      if ((await this.#queue.remove(tx, owner, [chunk])) === 0) return false; // the lease has ended, and another process has it
      await sending?.write(tx);
      await writePoints?.(tx);
      return true;
    });
    if (isOwn) sending?.committed();
  }

  async #evaluate(chunk: ClaimedLogChunk, group: FilteredGroup, timeoutMs: number): Promise<FilterChunkOutput> {
    // A filter sees what was written after it was made.
    const isSeen = ({ creationTime }: { readonly creationTime: number }): boolean =>
      creationTime <= chunk.ingestionTime;
    const subscriptions = group.subscriptions.filter(isSeen);
    const metrics = group.metrics.filter(isSeen);
    if (subscriptions.length + metrics.length === 0) return { messages: [], values: [] };
    using thread = await this.#deps.threads.take();
    const input = {
      seq: chunk.seq,
      data: chunk.data,
      owner: group.accountId,
      logGroup: group.logGroupName,
      logStream: chunk.logStreamName,
      subscriptions: subscriptions.map(({ filterName, filterPattern, destinationArn }) => ({
        filterName,
        filterPattern,
        isForStream: isStream(destinationArn),
      })),
      metrics: metrics.map(({ filterPattern, metricTransformations }) => ({ filterPattern, metricTransformations })),
      maxBodyBytes: MAX_ASYNC_PAYLOAD_BYTES,
    };
    return await thread.call("filterChunk", input, timeoutMs);
  }

  #messagesOf(chunk: ClaimedLogChunk, group: FilteredGroup, { messages }: FilterChunkOutput): OutgoingMessage[] {
    return messages.flatMap(({ filterName, body }) => {
      const filter = group.subscriptions.find((each) => each.filterName === filterName);
      if (!filter) return [];
      return {
        id: this.#deps.random.uuid(),
        sender: subscriptionSender(group, group.logGroupName, filter.roleArn),
        purpose: "LogSubscription" as const,
        TargetArn: filter.destinationArn,
        body,
        attributes: {},
        // Records of one log stream go to one shard, unless the filter spreads them.
        ...(isStream(filter.destinationArn) &&
          filter.distribution === "ByLogStream" && { parameters: { partitionKey: chunk.logStreamName } }),
        // A function that is subscribed to what it causes, also by way of others, ends by its lineage.
        ...(chunk.lineage !== null && { traceId: `Lineage=${chunk.lineage}` }),
        hops: 1,
      };
    });
  }
}

function isStream(destinationArn: string): boolean {
  return destinationArn.split(":")[2] === "kinesis";
}
