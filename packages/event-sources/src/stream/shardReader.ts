import { createHash } from "node:crypto";
import { type Backoff, backoffMs } from "@hearth/kit";
import type { OwnedUnit } from "@hearth/store";
import { bytesOf, MAX_BATCH_BYTES, recordsEvent } from "../cutBatches.ts";
import type { OpenStream, StreamRecord, StreamSource } from "../eventSource.ts";
import type { MappingRun, RunningUnit } from "../mappingRun.ts";
import { problem } from "../problem.ts";
import { Checkpoint } from "./checkpoint.ts";
import { Lane } from "./lane.ts";
import type { OpenStreams } from "./openStreams.ts";
import { Positions, ShardLost } from "./positions.ts";
import { Stopped, StreamBatches } from "./streamBatches.ts";
import { TumblingWindow, type WindowEnd } from "./tumblingWindow.ts";

const RECONNECT: Backoff = { baseMs: 500, maxMs: 30_000 };
const REFUSED_MS = 5_000;
const DEFAULT_BATCH_SIZE = 100;
const MAX_READ = 10_000;

/**
 * Reads one shard for one mapping: reads ahead a little, drops what the filter drops, divides the records among lanes by their keys, and stores the position up
 * to which everything is done. After an error of the source it goes on from there.
 */
export class ShardReader implements RunningUnit {
  readonly ready = Promise.resolve();
  readonly drained: Promise<void>;
  readonly #run: MappingRun;
  readonly #source: StreamSource;
  readonly #unit: OwnedUnit;
  readonly #streams: OpenStreams;
  readonly #stop = new AbortController();
  readonly #window: TumblingWindow | undefined;
  readonly #laneCount: number;
  readonly #batchSize: number;
  #position: string;

  constructor(run: MappingRun, source: StreamSource, unit: OwnedUnit, streams: OpenStreams) {
    this.#run = run;
    this.#source = source;
    this.#unit = unit;
    this.#streams = streams;
    this.#position = unit.position ?? "";
    const { TumblingWindowInSeconds = 0, ParallelizationFactor = 1, BatchSize } = run.mapping.settings;
    this.#window =
      TumblingWindowInSeconds > 0 ? new TumblingWindow(TumblingWindowInSeconds, unit.windowState) : undefined;
    // A window is of the whole shard, so its records go one after the other.
    this.#laneCount = this.#window ? 1 : ParallelizationFactor;
    this.#batchSize = BatchSize ?? DEFAULT_BATCH_SIZE;
    this.drained = this.#main();
  }

  /** Resolves when the batches that run are settled, because the next owner goes on where they end. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("the shard is not read any longer"));
    await this.drained;
  }

  async #main(): Promise<void> {
    const { clock, random, logger, mapping, result } = this.#run;
    const stop = this.#stop.signal;
    for (let attempt = 1; !stop.aborted; attempt++) {
      try {
        await using borrowed = await this.#streams.borrow(mapping, this.#source);
        try {
          if (await this.#session(borrowed.stream, () => (attempt = 1))) return;
        } catch (error) {
          borrowed.broken();
          throw error;
        }
      } catch (error) {
        if (error instanceof ShardLost) return;
        if (stop.aborted || error instanceof Stopped) break;
        const { accountId, region, UUID, EventSourceArn } = mapping;
        const shard = this.#unit.unit;
        logger.warn({ err: error, accountId, region, UUID, EventSourceArn, shard }, "could not read a shard");
        result.set(problem(error));
      }
      await clock.sleep(backoffMs(attempt, RECONNECT, random), stop).catch(() => undefined);
    }
  }

  /** Resolves with true when the shard was read to its end, with false when it is stopped. All batches that ran are settled then, also when it rejects. */
  async #session(stream: OpenStream, onRecords: () => void): Promise<boolean> {
    const { clock, logger, mapping, units } = this.#run;
    const shard = this.#unit.unit;
    const checkpoint = new Checkpoint(this.#position);
    const failure = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, failure.signal]);
    const positions = new Positions(
      this.#unit,
      this.#run,
      () => ({ position: checkpoint.position, ...(this.#window?.open && { windowState: this.#window.open }) }),
      (position) => {
        this.#position = position;
        stream.committed?.(shard, position).catch((error: unknown) => {
          logger.warn({ err: error, UUID: mapping.UUID, shard }, "could not tell a source how far it was read");
        });
      },
    );
    const batches = new StreamBatches({ run: this.#run, source: this.#source, shard, positions, signal });
    const { MaximumBatchingWindowInSeconds = 0 } = mapping.settings;
    const options = { batchSize: this.#batchSize, windowMs: MaximumBatchingWindowInSeconds * 1000, clock };
    const lanes = Array.from({ length: this.#laneCount }, () => new Lane(options));
    let error: unknown;
    const fail = (reason: unknown): void => {
      if (error === undefined || reason instanceof ShardLost) error = reason;
      failure.abort(new Error("the shard has failed"));
    };
    const window = this.#window;
    const working = lanes.map((lane) =>
      (window ? this.#workWindow(lane, window, batches, positions, signal) : this.#work(lane, batches, signal)).catch(
        fail,
      ),
    );
    const isAtEnd = await this.#read(stream, checkpoint, lanes, positions, onRecords, signal).catch(
      (reason: unknown) => {
        fail(reason);
        return false;
      },
    );
    if (isAtEnd) for (const lane of lanes) lane.close();
    await Promise.all(working);
    if (error !== undefined && !(error instanceof Stopped && this.#stop.signal.aborted)) throw error;
    if (!isAtEnd || !checkpoint.isEmpty) return false;
    await positions.save();
    await units.end(this.#unit);
    return true;
  }

  /** Reads until the end of the shard, resolving with true, or until `signal` aborts. */
  async #read(
    stream: OpenStream,
    checkpoint: Checkpoint,
    lanes: readonly Lane[],
    positions: Positions,
    onRecords: () => void,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { budget, mapping, filter } = this.#run;
    const ahead = Math.min(MAX_READ, this.#batchSize * lanes.length);
    let position = checkpoint.position;
    while (!signal.aborted) {
      await this.#allowed(signal);
      await this.#roomInLanes(lanes, 2 * ahead, signal);
      await budget.room(mapping.UUID, signal);
      if (signal.aborted) break;
      const read = await stream.read(this.#unit.unit, position, { limit: ahead, maxBytes: MAX_BATCH_BYTES }, signal);
      if (signal.aborted && read.records.length === 0) break;
      onRecords();
      this.#count("PolledEventCount", read.records.length);
      const accepted = filter ? new Set(read.records.filter(filter)) : undefined;
      let left = accepted?.size ?? read.records.length;
      const held = budget.hold(
        mapping.UUID,
        read.records.reduce((sum, record) => sum + bytesOf(record), 0),
      );
      for (const record of read.records) {
        const done = checkpoint.add(record.position);
        if (accepted && !accepted.has(record)) {
          done();
          continue;
        }
        const lane = lanes[laneOf(record, lanes.length)];
        lane?.add({
          record,
          done: () => {
            done();
            if (--left === 0) held[Symbol.dispose]();
          },
        });
      }
      if (left === 0) held[Symbol.dispose]();
      const moved = read.position !== position;
      if (moved) checkpoint.add(read.position)();
      position = read.position;
      if (accepted) this.#count("FilteredOutEventCount", read.records.length - accepted.size);
      if (moved && checkpoint.position === position) await positions.save();
      if (read.isAtEnd) return true;
    }
    return false;
  }

  /** Resolves when the role of the function may read, or `signal` aborts. */
  async #allowed(signal: AbortSignal): Promise<void> {
    const { role, result, clock } = this.#run;
    for (let refusal = await role.refusal(); refusal !== undefined; refusal = await role.refusal()) {
      result.set(`PROBLEM: ${refusal}`);
      await clock.sleep(REFUSED_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
    }
  }

  async #roomInLanes(lanes: readonly Lane[], limit: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && lanes.reduce((sum, lane) => sum + lane.size, 0) >= limit) {
      await Promise.race(lanes.map((lane) => lane.taken(signal)));
    }
  }

  async #work(lane: Lane, batches: StreamBatches, signal: AbortSignal): Promise<void> {
    for (;;) {
      const count = await lane.next(signal);
      if (count === 0) return;
      await batches.run(lane.take(count));
    }
  }

  async #workWindow(
    lane: Lane,
    window: TumblingWindow,
    batches: StreamBatches,
    positions: Positions,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, mapping } = this.#run;
    const event = (records: readonly StreamRecord[], end?: WindowEnd): string =>
      window.event(this.#source.event?.(mapping, records) ?? recordsEvent(records), mapping, this.#unit.unit, end);
    const finish = async (end: WindowEnd): Promise<void> => {
      await batches.run([], () => event([], end));
      window.close();
      await positions.save();
    };
    for (;;) {
      const leftMs = (window.endMs ?? Number.POSITIVE_INFINITY) - clock.now();
      const count = await lane.next(signal, clock.monotonicMs() + Math.max(0, leftMs));
      if (signal.aborted) return;
      const records = lane.peek().slice(0, count);
      const length = window.length(records.map(({ record }) => record));
      if (length > 0) {
        let isTooLarge = false;
        await batches.run(
          lane.take(length),
          (batch) => event(batch),
          (answer) => {
            const taken = window.answered(answer);
            isTooLarge = taken === "tooLarge";
            return taken !== "missing";
          },
        );
        if (isTooLarge) await finish("early");
      } else if (window.endMs !== undefined && (count > 0 || lane.isOver || clock.now() >= window.endMs)) {
        await finish("inTime");
      } else if (lane.isOver) return;
    }
  }

  #count(name: Parameters<MappingRun["metrics"]["count"]>[2], records: number): void {
    this.#run.metrics.count(this.#source.name, this.#run.mapping, name, records);
  }
}

/** All records of a key go to one lane. */
function laneOf({ partitionKey }: StreamRecord, lanes: number): number {
  if (lanes === 1) return 0;
  return createHash("md5").update(partitionKey).digest().readUInt32BE(0) % lanes;
}
