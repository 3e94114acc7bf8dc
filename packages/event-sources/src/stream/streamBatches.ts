import { type Backoff, backoffMs } from "@hearth/kit";
import { batchFailures } from "../batchFailures.ts";
import { recordsEvent } from "../cutBatches.ts";
import type { StreamRecord, StreamSource } from "../eventSource.ts";
import { CALL_FAILED, OK } from "../lastResult.ts";
import type { MappingRun } from "../mappingRun.ts";
import { senderOf } from "../roleCheck.ts";
import { type BatchRun, loopingRecords, runBatch } from "../runBatch.ts";
import { failureMessage, type GivenUp } from "./failureMessage.ts";
import type { Positions } from "./positions.ts";

const NONE = { kind: "none" } as const;
const RETRY: Backoff = { baseMs: 200, maxMs: 60_000 };

/** A record with what is to be called when nothing more is to be done about it. */
export interface PendingRecord {
  readonly record: StreamRecord;
  readonly done: () => void;
}

/** The process stops: the rest of a batch is left for the next owner of the shard. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

type Called = Extract<BatchRun, { readonly kind: "failed" | "success" }>;

export interface StreamBatchesOptions {
  readonly run: MappingRun;
  readonly source: StreamSource;
  readonly shard: string;
  readonly positions: Positions;
  /** Stops retries. */
  readonly signal: AbortSignal;
}

/**
 * Runs the function with batches of a shard until each record is done: it succeeded, or was given up after the retries and the age that the mapping
 * allows. https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html#services-kinesis-errors
 */
export class StreamBatches {
  readonly #options: StreamBatchesOptions;
  readonly #isPartial: boolean;

  constructor(options: StreamBatchesOptions) {
    this.#options = options;
    this.#isPartial = options.run.mapping.settings.FunctionResponseTypes?.includes("ReportBatchItemFailures") ?? false;
  }

  /**
   * Resolves when all records are done and that is stored. `event` makes the function's event. `accepts` is called with each answer for records that are done; when it
   * returns false the call counts as failed. Rejects with Stopped or ShardLost.
   */
  async run(
    batch: readonly PendingRecord[],
    event: (records: readonly StreamRecord[]) => string = (records) => this.#event(records),
    accepts: (answer: Uint8Array) => boolean = () => true,
  ): Promise<void> {
    const { run, signal } = this.#options;
    const { settings } = run.mapping;
    const maxRetries = this.#maxRetries;
    let left = batch;
    let failures = 0;
    let invocations = 0;
    let last: Called | undefined;
    for (let attempt = 1; ; attempt++) {
      left = await this.#withoutOld(left, last, invocations);
      if (left.length === 0 && batch.length > 0) return;
      const records = left.map(({ record }) => record);
      const outcome = await runBatch(run.mapping, event(records), records, run, run.giveUp);
      if (outcome.kind === "stopped") throw new Stopped("the process stops");
      if (outcome.kind === "loop") {
        const looping = loopingRecords(run.mapping, records);
        const [stopped, rest] = split(left, ({ record }) => looping.includes(record));
        await this.#giveUp(stopped, "RecursiveLoop", undefined, invocations);
        if (rest.length > 0) await this.run(rest, event, accepts);
        return;
      }
      if (outcome.kind === "notNow") {
        run.result.set(CALL_FAILED);
        await this.#pause(attempt);
        continue;
      }
      invocations++;
      last = outcome;
      const failedFrom = this.#failedFrom(outcome, records, accepts);
      if (failedFrom === undefined) {
        this.#count("InvokedEventCount", left.length);
        run.result.set(OK);
        await this.#done(left);
        return;
      }
      run.result.set(CALL_FAILED);
      this.#count("FailedInvokeEventCount", left.length - failedFrom);
      if (failedFrom > 0) {
        // What came before the first failure is done; the retries of the rest begin anew, because it is another batch.
        this.#count("InvokedEventCount", failedFrom);
        await this.#done(left.slice(0, failedFrom));
        left = left.slice(failedFrom);
        failures = 0;
      } else if (settings.BisectBatchOnFunctionError && left.length > 1) {
        const middle = Math.ceil(left.length / 2);
        await this.#pause(1);
        await this.run(left.slice(0, middle), event, accepts);
        await this.run(left.slice(middle), event, accepts);
        return;
      }
      failures++;
      if (maxRetries >= 0 && failures > maxRetries) {
        await this.#giveUp(left, "RetryAttemptsExhausted", last, invocations);
        return;
      }
      if (signal.aborted) throw new Stopped("the mapping is not polled any longer");
      await this.#pause(failures);
    }
  }

  /** Negative: without limit. */
  get #maxRetries(): number {
    const { source, run } = this.#options;
    const { MaximumRetryAttempts = -1, DestinationConfig } = run.mapping.settings;
    if (MaximumRetryAttempts >= 0 || !DestinationConfig?.OnFailure?.Destination) return MaximumRetryAttempts;
    return source.retriesBeforeDestination ?? -1;
  }

  /** The index of the first record that has failed; `undefined` when none has. */
  #failedFrom(
    outcome: Called,
    records: readonly StreamRecord[],
    accepts: (answer: Uint8Array) => boolean,
  ): number | undefined {
    if (outcome.kind === "failed") return 0;
    const { payload } = outcome.result.outcome;
    const ids = new Set(records.map(({ id }) => id));
    const failed = this.#isPartial ? batchFailures(payload, ids, this.#options.source.idOf) : NONE;
    if (failed.kind === "all") return this.#wrongAnswer(failed.reason);
    const first = failed.kind === "none" ? undefined : records.findIndex(({ id }) => failed.ids.has(id));
    if (first !== 0 && !accepts(payload)) return this.#wrongAnswer("the answer has no state");
    return first;
  }

  #wrongAnswer(reason: string): number {
    const { UUID, accountId, region, FunctionName } = this.#options.run.mapping;
    this.#options.run.logger.warn(
      { UUID, accountId, region, FunctionName, reason },
      "a batch failed because of its answer",
    );
    return 0;
  }

  #event(records: readonly StreamRecord[]): string {
    const { source, run } = this.#options;
    return source.event?.(run.mapping, records) ?? recordsEvent(records);
  }

  /** Gives up the records that have become too old. */
  async #withoutOld(
    batch: readonly PendingRecord[],
    last: Called | undefined,
    invocations: number,
  ): Promise<readonly PendingRecord[]> {
    const { mapping, clock } = this.#options.run;
    const maxAgeSeconds = mapping.settings.MaximumRecordAgeInSeconds ?? -1;
    if (maxAgeSeconds < 0) return batch;
    const oldestMs = clock.now() - maxAgeSeconds * 1000;
    const [old, rest] = split(batch, ({ record }) => record.arrivedAtMs < oldestMs);
    if (old.length > 0) await this.#giveUp(old, "RecordAgeExceeded", last, invocations);
    return rest;
  }

  async #giveUp(
    batch: readonly PendingRecord[],
    condition: GivenUp,
    last: Called | undefined,
    invocations: number,
  ): Promise<void> {
    const { run, source, shard, positions } = this.#options;
    const { mapping, functions, random, clock, logger } = run;
    const { UUID, accountId, region, FunctionName } = mapping;
    this.#count("DroppedEventCount", batch.length);
    logger.warn(
      { UUID, accountId, region, FunctionName, shard, records: batch.length, condition },
      "records of a stream were given up",
    );
    const hasDestination = Boolean(mapping.settings.DestinationConfig?.OnFailure?.Destination);
    const sender = hasDestination && batch.length > 0 ? await senderOf(mapping, functions) : undefined;
    const records = batch.map(({ record }) => record);
    const batchInfo = source.batchInfo(mapping, shard, records);
    const message =
      sender &&
      failureMessage(
        mapping,
        sender,
        { condition, run: last, invocations, shard, event: this.#event(records), batchInfo },
        { id: random.uuid(), nowMs: clock.now() },
      );
    await positions.saveAndSend(message ? [message] : [], () => {
      for (const { done } of batch) done();
    });
    if (!message) return;
    this.#count("OnFailureDestinationDeliveredEventCount", batch.length);
  }

  async #done(batch: readonly PendingRecord[]): Promise<void> {
    for (const { done } of batch) done();
    await this.#options.positions.save();
  }

  async #pause(attempt: number): Promise<void> {
    const { run, signal } = this.#options;
    if (signal.aborted) throw new Stopped("the mapping is not polled any longer");
    await run.clock.sleep(backoffMs(attempt, RETRY, run.random), signal).catch(() => undefined);
    if (signal.aborted) throw new Stopped("the mapping is not polled any longer");
  }

  #count(name: Parameters<MappingRun["metrics"]["count"]>[2], records: number): void {
    const { run, source } = this.#options;
    run.metrics.count(source.name, run.mapping, name, records);
  }
}

function split<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): readonly [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
