import { type Backoff, backoffMs } from "@hearth/kit";
import type { OpenQueue, QueueSource } from "../eventSource.ts";
import type { MappingRun, RunningUnit } from "../mappingRun.ts";
import { problem } from "../problem.ts";
import { type Gathered, QueueBatches } from "./queueBatches.ts";
import { PollerScaling } from "./pollerScaling.ts";

const RECONNECT: Backoff = { baseMs: 500, maxMs: 30_000 };

/**
 * Polls a queue for one mapping. One poller waits for records, which costs nothing on a hosted queue. One that gets some starts the next, within what
 * `PollerScaling` allows, calls the function, settles the records, and looks for more; it ends when another poller waits and nothing was left.
 */
export class QueuePoller implements RunningUnit {
  readonly ready: Promise<void>;
  readonly drained: Promise<void>;
  readonly #run: MappingRun;
  readonly #source: QueueSource;
  readonly #scaling: PollerScaling;
  readonly #stop = new AbortController();
  readonly #ready = Promise.withResolvers<void>();
  readonly #receiving = new Set<Promise<unknown>>();
  #pollers = 0;
  #isOneWaiting = false;

  constructor(run: MappingRun, source: QueueSource) {
    this.#run = run;
    this.#source = source;
    const { settings } = run.mapping;
    const { concurrency } = source;
    const limited = { ...settings, ScalingConfig: { MaximumConcurrency: concurrency } };
    this.#scaling = new PollerScaling(concurrency === undefined ? settings : limited, run.clock);
    this.ready = this.#ready.promise;
    this.drained = this.#main();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error("the mapping is not polled any longer"));
    await Promise.allSettled(this.#receiving);
  }

  /** Opens the source and polls it until it is stopped; opens it again after an error. */
  async #main(): Promise<void> {
    const { clock, random, logger, mapping, result } = this.#run;
    const stop = this.#stop.signal;
    for (let attempt = 1; !stop.aborted; attempt++) {
      try {
        await using queue = await this.#source.open(mapping, stop);
        this.#ready.resolve();
        await this.#poll(queue, () => (attempt = 1));
      } catch (error) {
        if (stop.aborted) break;
        const { accountId, region, UUID, EventSourceArn } = mapping;
        logger.warn({ err: error, accountId, region, UUID, EventSourceArn }, "could not poll an event source");
        result.set(problem(error));
      }
      this.#ready.resolve();
      await clock.sleep(backoffMs(attempt, RECONNECT, random), stop).catch(() => undefined);
    }
    this.#ready.resolve();
  }

  /** Resolves when it is stopped and all that was received is settled. Rejects, after that too, when the source had an error. */
  async #poll(queue: OpenQueue, onRecords: () => void): Promise<void> {
    const session = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, session.signal]);
    const batches = new QueueBatches(this.#run, this.#source, queue, this.#scaling);
    const running = new Set<Promise<void>>();
    let failure: { readonly error: unknown } | undefined;
    const spawn = (): void => {
      this.#pollers++;
      const one = this.#poller(queue, batches, spawn, onRecords, signal)
        .catch((error: unknown) => {
          failure ??= { error };
          session.abort(new Error("the source has failed"));
        })
        .finally(() => {
          this.#pollers--;
          running.delete(one);
        });
      running.add(one);
    };
    spawn();
    while (running.size > 0) await Promise.all(running);
    if (failure) throw failure.error;
  }

  async #poller(
    queue: OpenQueue,
    batches: QueueBatches,
    spawn: () => void,
    onRecords: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      const waits = !this.#isOneWaiting;
      if (waits) this.#isOneWaiting = true;
      let gathered: Gathered;
      const gathering = this.#gather(batches, waits, signal);
      this.#receiving.add(gathering);
      try {
        gathered = await gathering;
      } finally {
        this.#receiving.delete(gathering);
        if (waits) this.#isOneWaiting = false;
      }
      const { records, wasShort } = gathered;
      if (records.length > 0) {
        onRecords();
        if (this.#pollers >= this.#scaling.allowed) {
          if (!wasShort) this.#scaling.saturated();
        } else if (!signal.aborted) spawn();
        await batches.run(records);
      }
      if (!this.#isOneWaiting) continue;
      // Another poller waits: this one goes on only while there is a backlog.
      if (records.length === 0) this.#scaling.idle();
      if (wasShort || this.#pollers > this.#scaling.allowed) return;
    }
  }

  async #gather(batches: QueueBatches, waits: boolean, signal: AbortSignal): Promise<Gathered> {
    const { role, budget, mapping, clock, result } = this.#run;
    await budget.room(mapping.UUID, signal);
    const gathered = await batches.gather(waits ? Number.POSITIVE_INFINITY : 0, signal);
    if (gathered.records.length === 0) return gathered;
    let refusal = await role.refusal();
    if (refusal === undefined) return gathered;
    await batches.giveBack(gathered.records);
    for (; refusal !== undefined && !signal.aborted; refusal = await role.refusal()) {
      result.set(`PROBLEM: ${refusal}`);
      await clock.sleep(REFUSED_MS, signal).catch(() => undefined);
    }
    return { records: [], wasShort: false };
  }
}

/** How often a role that may not read the source is asked about again. */
const REFUSED_MS = 5_000;
