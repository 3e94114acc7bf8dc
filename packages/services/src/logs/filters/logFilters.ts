import { BackgroundLoop, type Clock, Counter, Gauge, type Logger, type Random, type Registry } from "@hearth/kit";
import type { Delivery } from "@hearth/delivery";
import { MAX_ASYNC_PAYLOAD_BYTES, type OutgoingMessage } from "@hearth/model";
import {
  type ClaimedLogChunk,
  type Database,
  type FilteredGroup,
  LOG_FILTER_CHANNEL,
  LogFilterQueue,
  LogFilterStore,
  type MetricPointStore,
  TooManyMetricSeries,
} from "@hearth/store";
import type { LogThreads } from "../threads/logThreads.ts";
import type { FilterChunkOutput } from "./filterChunk.ts";
import { metricPoints } from "./metricPoints.ts";
import { subscriptionSender } from "./subscriptionSender.ts";

export interface LogFiltersDeps {
  readonly database: Database;
  readonly delivery: Pick<Delivery, "prepare">;
  readonly points: Pick<MetricPointStore, "prepare">;
  readonly threads: LogThreads;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
}

/** A wake-up may be lost; looking costs one query of an index that is nearly always empty. */
const LOOK_MS = 5_000;
const LEASE_MS = 60_000;
const AT_ONCE = 16;
/** Of one chunk. */
const THREAD_TIMEOUT_MS = 20_000;
const MAX_ATTEMPTS = 5;
const RETRY_MS = 2_000;
const MEASURE_MS = 30_000;

/**
 * Applies subscription filters and metric filters to the chunks that were written to their groups. The messages and the values of a chunk are written in the
 * transaction that removes it from the list of those that wait, under a lease: several processes may run this, and one that dies loses nothing. Nothing of
 * this happens where functions run: a group without filters costs a look at one column when its lines are stored.
 */
export class LogFilters implements AsyncDisposable {
  readonly #deps: LogFiltersDeps;
  readonly #queue: LogFilterQueue;
  readonly #filters: LogFilterStore;
  readonly #owner: string;
  readonly #loop: BackgroundLoop;
  readonly #chunks: Counter;
  #listening: Promise<AsyncDisposable | undefined> | undefined;
  #depth = { waiting: 0, oldestSeconds: 0 };
  #measureAt = Number.NEGATIVE_INFINITY;

  constructor(deps: LogFiltersDeps) {
    this.#deps = deps;
    this.#queue = new LogFilterQueue(deps.database);
    this.#filters = new LogFilterStore(deps.database);
    this.#owner = deps.random.uuid();
    this.#chunks = new Counter({
      name: "hearth_log_filter_chunks_total",
      help: "Chunks of log events that went through the filters of their groups, by outcome: done, repeated, or dropped after several attempts.",
      labelNames: ["outcome"],
      registers: [deps.registry],
    });
    const read = () => this.#depth;
    new Gauge({
      name: "hearth_log_filter_waiting_chunks",
      help: "Chunks of log events that wait for the filters of their groups.",
      registers: [deps.registry],
      collect() {
        this.set(read().waiting);
      },
    });
    new Gauge({
      name: "hearth_log_filter_lag_seconds",
      help: "Age of the oldest chunk of log events that waits for the filters of its group.",
      registers: [deps.registry],
      collect() {
        this.set(read().oldestSeconds);
      },
    });
    this.#loop = new BackgroundLoop("log filters", LOOK_MS, (signal) => this.#step(signal), deps);
  }

  async #step(signal: AbortSignal): Promise<void> {
    await this.#listen();
    while (!signal.aborted) {
      const claimed = await this.#queue.claim(this.#owner, AT_ONCE, LEASE_MS);
      if (claimed.length > 0) {
        const groups = await this.#filters.ofGroups([...new Set(claimed.map(({ groupId }) => groupId))]);
        for (const chunk of claimed) await this.#filter(chunk, groups.get(chunk.groupId));
      }
      await this.#measure(claimed.length > 0);
      if (claimed.length < AT_ONCE) return;
    }
  }

  async #listen(): Promise<void> {
    const { database, logger } = this.#deps;
    this.#listening ??= database
      .listen(LOG_FILTER_CHANNEL, { onNotify: () => this.#loop.wake(), onConnected: () => this.#loop.wake() })
      .catch((error: unknown) => {
        logger.warn(
          { err: error },
          "cannot listen for log events that filters wait for; they are looked for every few seconds",
        );
        return undefined;
      });
    if (!(await this.#listening)) this.#listening = undefined;
  }

  async #filter(chunk: ClaimedLogChunk, group: FilteredGroup | undefined): Promise<void> {
    try {
      await this.#apply(chunk, group);
      this.#chunks.inc({ outcome: "done" });
    } catch (error) {
      const { logger } = this.#deps;
      const about = { err: error, group: group?.logGroupName, accountId: group?.accountId, attempts: chunk.attempts };
      if (chunk.attempts < MAX_ATTEMPTS) {
        logger.warn(about, "log events could not be passed to the filters of their group; they will be tried again");
        this.#chunks.inc({ outcome: "repeated" });
        await this.#queue.putBack(this.#owner, [chunk], RETRY_MS * 2 ** chunk.attempts);
        return;
      }
      logger.error(about, "log events could not be passed to the filters of their group; they were dropped");
      this.#chunks.inc({ outcome: "dropped" });
      await this.#deps.database.transaction((tx) => this.#queue.remove(tx, this.#owner, [chunk]));
    }
  }

  async #apply(chunk: ClaimedLogChunk, group: FilteredGroup | undefined): Promise<void> {
    const { database, delivery, points, logger } = this.#deps;
    const found = group ? await this.#evaluate(chunk, group) : { messages: [], values: [] };
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
      if ((await this.#queue.remove(tx, this.#owner, [chunk])) === 0) return false; // the lease has ended, and another process has it
      await sending?.write(tx);
      await writePoints?.(tx);
      return true;
    });
    if (isOwn) sending?.committed();
  }

  async #evaluate(chunk: ClaimedLogChunk, group: FilteredGroup): Promise<FilterChunkOutput> {
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
    return await thread.call("filterChunk", input, THREAD_TIMEOUT_MS);
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

  async #measure(wasBusy: boolean): Promise<void> {
    const now = this.#deps.clock.monotonicMs();
    if (!wasBusy && this.#depth.waiting === 0) return;
    if (now < this.#measureAt && wasBusy) return;
    this.#depth = await this.#queue.depth();
    this.#measureAt = now + MEASURE_MS;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    await (await this.#listening)?.[Symbol.asyncDispose]();
  }
}

function isStream(destinationArn: string): boolean {
  return destinationArn.split(":")[2] === "kinesis";
}
