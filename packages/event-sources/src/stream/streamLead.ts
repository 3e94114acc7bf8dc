import { type Backoff, backoffMs } from "@hearth/kit";
import type { NewUnit, OwnedUnit } from "@hearth/store";
import type { OpenStream, Shard, StartingPoint, StreamSource } from "../eventSource.ts";
import type { MappingRun, RunningUnit } from "../mappingRun.ts";
import { problem } from "../problem.ts";
import type { OpenStreams } from "./openStreams.ts";

const RECONNECT: Backoff = { baseMs: 500, maxMs: 30_000 };
/** The position of the unit of the whole source, once the starting positions of the first shards are stored. */
const BEGUN = "begun";

/**
 * Finds the shards of a stream for one mapping, and stores where each of them begins. A shard that came out of others is added when those were read to their
 * end, so that the records of a key stay in order.
 */
export class StreamLead implements RunningUnit {
  readonly ready: Promise<void>;
  readonly drained: Promise<void>;
  readonly #run: MappingRun;
  readonly #source: StreamSource;
  readonly #unit: OwnedUnit;
  readonly #streams: OpenStreams;
  readonly #stop = new AbortController();
  readonly #ready = Promise.withResolvers<void>();
  #hasBegun: boolean;
  #ended = 0;
  #wake = Promise.withResolvers<void>();

  constructor(run: MappingRun, source: StreamSource, unit: OwnedUnit, streams: OpenStreams) {
    this.#run = run;
    this.#source = source;
    this.#unit = unit;
    this.#streams = streams;
    this.#hasBegun = unit.position === BEGUN;
    this.ready = this.#ready.promise;
    this.drained = this.#main();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error("the stream is not read any longer"));
    this.#wake.resolve();
    await this.drained;
  }

  /** So many shards were read to their end: when more were than before, those that came out of them can begin. */
  shardsEnded(count: number): void {
    if (count === this.#ended) return;
    this.#ended = count;
    this.#wake.resolve();
  }

  async #main(): Promise<void> {
    const { clock, random, logger, mapping, result } = this.#run;
    const stop = this.#stop.signal;
    for (let attempt = 1; !stop.aborted; attempt++) {
      try {
        await using borrowed = await this.#streams.borrow(mapping, this.#source);
        try {
          while (!stop.aborted) {
            this.#wake = Promise.withResolvers();
            if (!(await this.#list(borrowed.stream))) return; // another process owns the mapping
            this.#ready.resolve();
            attempt = 1;
            await this.#nextTime(borrowed.stream.shardsEveryMs);
          }
        } catch (error) {
          borrowed.broken();
          throw error;
        }
      } catch (error) {
        if (stop.aborted) break;
        const { accountId, region, UUID, EventSourceArn } = mapping;
        logger.warn({ err: error, accountId, region, UUID, EventSourceArn }, "could not find the shards of a stream");
        result.set(problem(error));
      }
      // Enabled also when it is out of reach, as on AWS, once it has begun: before, LATEST would not be the time of the mapping.
      if (this.#hasBegun || attempt > 2) this.#ready.resolve();
      await clock.sleep(backoffMs(attempt, RECONNECT, random), stop).catch(() => undefined);
    }
    this.#ready.resolve();
  }

  async #nextTime(everyMs: number | undefined): Promise<void> {
    const timeUp = Promise.withResolvers<void>();
    using _timer = everyMs === undefined ? undefined : this.#run.clock.after(everyMs, timeUp.resolve);
    if (this.#stop.signal.aborted) return;
    await Promise.race([this.#wake.promise, timeUp.promise]);
  }

  /** False when this process does not own the mapping any longer. */
  async #list(stream: OpenStream): Promise<boolean> {
    const { units, mapping } = this.#run;
    const shards = await stream.shards(this.#stop.signal);
    const known = new Map((await units.shards(mapping.UUID)).map(({ unit, ended }) => [unit, ended]));
    const at = this.#startingPoint();
    const skipsClosed = !this.#hasBegun && at.kind === "LATEST";
    const listed = new Map(
      shards.filter(({ isClosed }) => !(skipsClosed && isClosed)).map((shard) => [shard.id, shard]),
    );
    const mayBegin = ({ id, parents = [] }: Shard): boolean =>
      !known.has(id) && parents.every((parent) => known.get(parent) ?? !listed.has(parent));
    const added: NewUnit[] = [];
    for (const shard of listed.values()) {
      if (!mayBegin(shard)) continue;
      added.push({ unit: shard.id, position: await stream.begin(shard.id, at, this.#stop.signal) });
    }
    const present = new Set(shards.map(({ id }) => id));
    const forgotten = [...known].filter(([unit, ended]) => ended && !present.has(unit)).map(([unit]) => unit);
    if (added.length + forgotten.length > 0 && !(await units.setShards(this.#unit, added, forgotten))) return false;
    if (this.#hasBegun) return true;
    this.#hasBegun = await units.save(this.#unit, { position: BEGUN });
    return this.#hasBegun;
  }

  /** Shards that come later are read from their first record. */
  #startingPoint(): StartingPoint {
    const { StartingPosition = "TRIM_HORIZON", StartingPositionTimestamp = 0 } = this.#run.mapping.settings;
    if (StartingPosition === "AT_TIMESTAMP") return { kind: "AT_TIMESTAMP", atMs: StartingPositionTimestamp * 1000 };
    return { kind: this.#hasBegun ? "TRIM_HORIZON" : StartingPosition };
  }
}
