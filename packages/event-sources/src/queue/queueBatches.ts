import { type Backoff, backoffMs } from "@hearth/kit";
import { batchFailures } from "../batchFailures.ts";
import { bytesOf, cutBatches, MAX_BATCH_BYTES, recordsEvent } from "../cutBatches.ts";
import type { OpenQueue, QueueRecord, QueueSource } from "../eventSource.ts";
import { CALL_FAILED, OK } from "../lastResult.ts";
import type { MappingRun } from "../mappingRun.ts";
import { loopingRecords, runBatch } from "../runBatch.ts";
import type { PollerScaling } from "./pollerScaling.ts";

/** Throttled batches are tried again until their records return to the queue. */
const THROTTLED: Backoff = { baseMs: 100, maxMs: 10_000 };
const SETTLE: Backoff = { baseMs: 50, maxMs: 2_000 };
const SETTLE_ATTEMPTS = 6;
/** Before records are given back that come again at once. */
const FAILED: Backoff = { baseMs: 200, maxMs: 30_000 };
const DEFAULT_BATCH_SIZE = 10;

export interface Gathered {
  readonly records: readonly QueueRecord[];
  /** The queue had fewer records than were asked for. */
  readonly wasShort: boolean;
}

/** Collects records of a queue into batches, runs the function with them, and settles them. */
export class QueueBatches {
  readonly #run: MappingRun;
  readonly #source: QueueSource;
  readonly #queue: OpenQueue;
  readonly #scaling: PollerScaling;
  readonly #batchSize: number;
  readonly #windowMs: number;
  readonly #isPartial: boolean;
  #failuresInRow = 0;

  constructor(run: MappingRun, source: QueueSource, queue: OpenQueue, scaling: PollerScaling) {
    this.#run = run;
    this.#source = source;
    this.#queue = queue;
    this.#scaling = scaling;
    const { BatchSize, MaximumBatchingWindowInSeconds = 0, FunctionResponseTypes } = run.mapping.settings;
    this.#batchSize = BatchSize ?? DEFAULT_BATCH_SIZE;
    this.#windowMs = MaximumBatchingWindowInSeconds * 1000;
    this.#isPartial = FunctionResponseTypes?.includes("ReportBatchItemFailures") ?? false;
  }

  /** Waits up to `waitMs` for the first records, and for more until the batch is full or the batching window is over. */
  async gather(waitMs: number, signal: AbortSignal): Promise<Gathered> {
    const { clock } = this.#run;
    const first = await this.#queue.receive({ limit: this.#batchSize, waitMs }, signal);
    if (first.length === 0) return { records: [], wasShort: true };
    const records = [...(await this.#accept(first))];
    if (this.#windowMs === 0) return { records, wasShort: first.length < this.#batchSize };
    using _lease = this.#keepLease(() => records);
    const endMs = clock.monotonicMs() + this.#windowMs;
    let bytes = records.reduce((sum, record) => sum + bytesOf(record), 0);
    while (records.length < this.#batchSize && bytes < MAX_BATCH_BYTES && !signal.aborted) {
      const leftMs = endMs - clock.monotonicMs();
      if (leftMs <= 0) break;
      const more = await this.#queue.receive({ limit: this.#batchSize - records.length, waitMs: leftMs }, signal);
      const accepted = await this.#accept(more);
      records.push(...accepted);
      bytes += accepted.reduce((sum, record) => sum + bytesOf(record), 0);
    }
    return { records, wasShort: records.length < this.#batchSize };
  }

  /** Runs the function with all records, and settles them. Never rejects. */
  async run(records: readonly QueueRecord[]): Promise<void> {
    const { budget, mapping } = this.#run;
    const bytes = records.reduce((sum, record) => sum + bytesOf(record), 0);
    using _held = budget.hold(mapping.UUID, bytes);
    using _lease = this.#keepLease(() => records);
    const failedGroups = new Set<string>();
    for (const batch of cutBatches(records, this.#batchSize)) {
      // What follows a failed record in its group waits until that one has succeeded.
      const held = batch.filter(({ groupId }) => groupId !== undefined && failedGroups.has(groupId));
      await this.giveBack(held);
      const failed = await this.#runBatch(batch.filter((record) => !held.includes(record)));
      for (const { groupId } of failed) if (groupId !== undefined) failedGroups.add(groupId);
    }
  }

  /** Lets records return to the queue. */
  async giveBack(records: readonly QueueRecord[]): Promise<void> {
    await this.#settle([], records);
  }

  /** The records that pass the filter; the others are done. */
  async #accept(received: readonly QueueRecord[]): Promise<readonly QueueRecord[]> {
    const { filter } = this.#run;
    this.#count("PolledEventCount", received.length);
    if (!filter) return received;
    const accepted = received.filter(filter);
    const dropped = received.filter((record) => !accepted.includes(record));
    this.#count("FilteredOutEventCount", dropped.length);
    await this.#settle(dropped, []);
    return accepted;
  }

  /** Resolves with the records that have failed. */
  async #runBatch(batch: readonly QueueRecord[]): Promise<readonly QueueRecord[]> {
    if (batch.length === 0) return [];
    const { mapping, clock, random, result, giveUp } = this.#run;
    const event = this.#source.event?.(mapping, batch) ?? recordsEvent(batch);
    const untilMs = clock.monotonicMs() + (this.#queue.leaseMs ?? Number.POSITIVE_INFINITY);
    for (let attempt = 1; ; attempt++) {
      const run = await runBatch(mapping, event, batch, this.#run, giveUp);
      switch (run.kind) {
        case "success":
          return await this.#succeeded(batch, run.result.outcome.payload);
        case "failed":
          if (!this.#isPartial) this.#scaling.failed();
          return await this.#failed(batch);
        case "loop": {
          const looping = loopingRecords(mapping, batch);
          await this.#failed(looping);
          const rest = await this.#runBatch(batch.filter((record) => !looping.includes(record)));
          return [...looping, ...rest];
        }
        case "notNow": {
          this.#scaling.failed();
          result.set(CALL_FAILED);
          const waitMs = backoffMs(attempt, THROTTLED, random);
          if (clock.monotonicMs() + waitMs < untilMs && !giveUp.aborted) {
            await clock.sleep(waitMs, giveUp).catch(() => undefined);
            continue;
          }
          await this.giveBack(batch);
          return batch;
        }
        case "stopped":
          await this.giveBack(batch);
          return batch;
      }
    }
  }

  async #succeeded(batch: readonly QueueRecord[], answer: Uint8Array): Promise<readonly QueueRecord[]> {
    this.#count("InvokedEventCount", batch.length);
    const failures = this.#isPartial ? batchFailures(answer, new Set(batch.map(({ id }) => id))) : NONE;
    if (failures.kind === "all") {
      const { UUID, accountId, region, FunctionName } = this.#run.mapping;
      const { reason } = failures;
      this.#run.logger.warn({ UUID, accountId, region, FunctionName, reason }, "a batch failed because of its answer");
      return await this.#failed(batch);
    }
    const failed = failures.kind === "none" ? [] : batch.filter(({ id }) => failures.ids.has(id));
    const done = failures.kind === "none" ? batch : batch.filter(({ id }) => !failures.ids.has(id));
    this.#scaling.succeeded();
    this.#failuresInRow = 0;
    this.#run.result.set(OK);
    this.#count("FailedInvokeEventCount", failed.length);
    await this.#settle(done, failed);
    return failed;
  }

  async #failed(records: readonly QueueRecord[]): Promise<readonly QueueRecord[]> {
    const { clock, random, result, giveUp } = this.#run;
    result.set(CALL_FAILED);
    this.#count("FailedInvokeEventCount", records.length);
    this.#failuresInRow++;
    if (this.#queue.redeliversAtOnce) {
      await clock.sleep(backoffMs(this.#failuresInRow, FAILED, random), giveUp).catch(() => undefined);
    }
    await this.#settle([], records);
    return records;
  }

  /** Tries several times. What cannot be settled comes back, and its function runs once more. */
  async #settle(done: readonly QueueRecord[], failed: readonly QueueRecord[]): Promise<void> {
    if (done.length + failed.length === 0) return;
    const { clock, random, logger, mapping } = this.#run;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#queue.settle({ done, failed });
        this.#count("DeletedEventCount", done.length);
        return;
      } catch (error) {
        if (attempt === SETTLE_ATTEMPTS) {
          const { UUID, EventSourceArn } = mapping;
          logger.error({ err: error, UUID, EventSourceArn }, "could not settle records; they will be processed again");
          return;
        }
      }
      await clock.sleep(backoffMs(attempt, SETTLE, random));
    }
  }

  /** Extends the lease of records while they are collected or processed. */
  #keepLease(records: () => readonly QueueRecord[]): Disposable | undefined {
    const { clock, logger, mapping } = this.#run;
    const { leaseMs, extend } = this.#queue;
    if (leaseMs === undefined || !extend) return undefined;
    let timer: Disposable;
    const next = (): void => {
      timer = clock.after(leaseMs / 2, () => {
        extend.call(this.#queue, records()).catch((error: unknown) => {
          logger.warn({ err: error, UUID: mapping.UUID }, "could not extend the lease of records; they may run twice");
        });
        next();
      });
    };
    next();
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  #count(name: Parameters<MappingRun["metrics"]["count"]>[2], records: number): void {
    this.#run.metrics.count(this.#source.name, this.#run.mapping, name, records);
  }
}

const NONE = { kind: "none" } as const;
