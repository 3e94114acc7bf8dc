import { BackgroundLoop, type Clock, Gauge, type Logger, type Random, type Registry } from "@hearth/kit";
import type { Invoking, Sending } from "@hearth/invoke";
import type { MetricSink } from "@hearth/model";
import {
  type Database,
  EVENT_SOURCE_CHANNEL,
  type EventSourceMapping,
  type EventSourceMappingStore,
  type EventSourceUnitStore,
  type FunctionIndex,
  isTransitional,
  type MappingOutline,
  type OwnedUnit,
  type SourceRemainsStore,
  WHOLE_SOURCE,
} from "@hearth/store";
import { ByteBudget } from "./byteBudget.ts";
import type { EventSource } from "./eventSource.ts";
import { LastResult } from "./lastResult.ts";
import { MappingMetrics } from "./mappingMetrics.ts";
import type { MappingRun, PipelineDeps, RunningUnit } from "./mappingRun.ts";
import { QueuePoller } from "./queue/queuePoller.ts";
import { recordFilter } from "./recordFilter.ts";
import { RoleCheck, type RoleRefusal } from "./roleCheck.ts";
import { OpenStreams } from "./stream/openStreams.ts";
import { SourceUpkeep } from "./sourceUpkeep.ts";
import { ShardReader } from "./stream/shardReader.ts";
import { StreamLead } from "./stream/streamLead.ts";
import { UnservedUnit } from "./unservedUnit.ts";

export interface EventSourcesOptions {
  readonly leaseMs?: number;
  /** How often changes are looked for whose notification was lost. */
  readonly everyMs?: number;
  /** What all records in memory may take. */
  readonly budgetBytes?: number;
}

export interface EventSourcesDeps {
  readonly sources: readonly EventSource[];
  readonly database: Pick<Database, "transaction" | "listen">;
  readonly mappings: Pick<EventSourceMappingStore, "findAll" | "findByArn">;
  readonly remains: SourceRemainsStore;
  readonly units: EventSourceUnitStore;
  readonly invoking: Pick<Invoking, "invoke">;
  readonly functions: Pick<FunctionIndex, "load">;
  readonly sending: Sending;
  /** Why the role of a function may not do something. */
  readonly refusalOf: RoleRefusal;
  /** Takes the metrics of mappings for CloudWatch. */
  readonly metricSink?: MetricSink;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
}

interface Running {
  readonly hold: OwnedUnit;
  readonly revision: string;
  readonly unit: RunningUnit;
  readonly result: LastResult;
  isStopping: boolean;
}

const DEFAULT_LEASE_MS = 15_000;
const DEFAULT_EVERY_MS = 10_000;
const UPKEEP_MS = 60_000;
const DEFAULT_BUDGET_BYTES = 128 * 1024 * 1024;

/**
 * Polls event sources in this process: takes units of mappings under a lease, its fair share of them, polls them as their settings say, and stops when the user or the
 * lease ends it. Several processes may do this on one database: each unit has one owner at a time.
 *
 * One row is renewed for all that a process owns. When it cannot renew in time it stops everything by itself, because others may take over then.
 */
export class EventSources implements AsyncDisposable {
  readonly #deps: EventSourcesDeps;
  readonly #leaseMs: number;
  readonly #everyMs: number;
  readonly #worker: string;
  readonly #pipeline: PipelineDeps;
  readonly #sourceUpkeep: SourceUpkeep;
  readonly #streams = new OpenStreams();
  readonly #giveUp = new AbortController();
  readonly #running = new Map<string, Running>();
  /** Units that were stopped, with batches that are not settled yet. */
  readonly #draining = new Set<Promise<void>>();
  #renewedAtMs = Number.NEGATIVE_INFINITY;
  #renewing: BackgroundLoop | undefined;
  #loop: BackgroundLoop | undefined;
  #upkeep: BackgroundLoop | undefined;
  #listening: AsyncDisposable | undefined;
  #isStopped = false;

  constructor(
    { leaseMs = DEFAULT_LEASE_MS, everyMs = DEFAULT_EVERY_MS, budgetBytes = DEFAULT_BUDGET_BYTES }: EventSourcesOptions,
    deps: EventSourcesDeps,
  ) {
    this.#deps = deps;
    this.#leaseMs = leaseMs;
    this.#everyMs = everyMs;
    this.#worker = deps.random.uuid();
    const budget = new ByteBudget(budgetBytes);
    const metrics = new MappingMetrics(deps.registry, deps.clock, deps.metricSink);
    this.#pipeline = { ...deps, budget, metrics, giveUp: this.#giveUp.signal };
    this.#sourceUpkeep = new SourceUpkeep(deps);
    const count = (): number => this.#running.size;
    new Gauge({
      name: "hearth_event_source_units",
      help: "Queues, and shards of streams, that this process polls for event source mappings.",
      registers: [deps.registry],
      collect() {
        this.set(count());
      },
    });
    new Gauge({
      name: "hearth_event_source_bytes",
      help: "Bytes of records that event source mappings hold in this process.",
      registers: [deps.registry],
      collect() {
        this.set(budget.usedBytes);
      },
    });
  }

  /** Begins to poll. */
  async start(): Promise<void> {
    if (this.#isStopped) return;
    await this.#renew();
    this.#renewing = new BackgroundLoop("event source lease", this.#leaseMs / 3, () => this.#renew(), this.#deps);
    this.#loop = new BackgroundLoop("event sources", this.#everyMs, () => this.#reconcile(), this.#deps);
    const look = (): Promise<void> => this.#sourceUpkeep.run();
    this.#upkeep = new BackgroundLoop("upkeep of event sources", UPKEEP_MS, look, this.#deps);
    const wake = (): void => this.#loop?.wake();
    this.#listening = await this.#deps.database.listen(EVENT_SOURCE_CHANNEL, { onNotify: wake, onConnected: wake });
  }

  /** Takes no more records, and resolves when those that were taken are settled. When `signal` aborts, gives the rest up: it is processed again later. */
  async drain(signal: AbortSignal): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.#listening?.[Symbol.asyncDispose]();
    await this.#loop?.[Symbol.asyncDispose]();
    await this.#upkeep?.[Symbol.asyncDispose]();
    const onAbort = (): void => this.#giveUp.abort(new Error("the process stops"));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    for (const running of this.#running.values()) this.#end(running);
    while (this.#draining.size > 0) await Promise.all(this.#draining);
    signal.removeEventListener("abort", onAbort);
    await this.#renewing?.[Symbol.asyncDispose]();
    await this.#deps.units.leave(this.#worker).catch((error: unknown) => {
      this.#deps.logger.warn({ err: error }, "could not give back event sources; others take them when the lease ends");
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain(AbortSignal.abort());
  }

  async #renew(): Promise<void> {
    const { clock, units, logger } = this.#deps;
    const askedAtMs = clock.monotonicMs();
    try {
      await units.renew(this.#worker, this.#leaseMs);
      this.#renewedAtMs = askedAtMs;
    } catch (error) {
      logger.warn({ err: error }, "could not renew the lease on event sources");
    }
    if (clock.monotonicMs() - this.#renewedAtMs < this.#leaseMs) return;
    // Others may own them by now.
    for (const running of this.#running.values()) this.#end(running);
  }

  get #hasLease(): boolean {
    return this.#deps.clock.monotonicMs() - this.#renewedAtMs < this.#leaseMs;
  }

  /** Compares what is to be polled with what is. */
  async #reconcile(): Promise<void> {
    if (!this.#hasLease) return;
    const { units } = this.#deps;
    const outlines = await units.outlines(this.#worker);
    const byId = new Map(outlines.map((outline) => [outline.UUID, outline]));
    for (const running of this.#running.values()) {
      const outline = byId.get(running.hold.UUID);
      if (!outline || !isWanted(outline) || outline.revision !== running.revision || !owns(outline, running)) {
        this.#end(running);
      } else if (running.unit instanceof StreamLead) {
        running.unit.shardsEnded(outline.units.filter(({ ended }) => ended).length);
      }
    }
    for (const outline of outlines) {
      if (isTransitional(outline.State) && !isWanted(outline)) await this.#settleStopped(outline);
    }
    await this.#share(outlines);
  }

  async #settleStopped({ UUID, revision, State }: MappingOutline): Promise<void> {
    const polls = [...this.#running.values()].some(({ hold }) => hold.UUID === UUID);
    if (polls) return;
    const { units, mappings, sources } = this.#deps;
    const [mapping] = State === "Deleting" ? await mappings.findAll([UUID]) : [];
    const keepsRemains = mapping !== undefined && sources.find((one) => one.serves(mapping))?.forget !== undefined;
    await units.settleStopped(UUID, revision, keepsRemains);
    if (keepsRemains) this.#upkeep?.wake();
  }

  /** Gives back units beyond the fair share of this process, and takes free ones up to it. */
  async #share(outlines: readonly MappingOutline[]): Promise<void> {
    const { units } = this.#deps;
    const open = outlines
      .filter(isWanted)
      .flatMap(({ UUID, units: all }) => all.filter(({ ended }) => !ended).map((one) => ({ ...one, UUID })));
    // Owned, but not polled: this process had lost its lease.
    for (const { UUID, unit, owner, fence } of open) {
      if (owner !== "me" || this.#running.has(keyOf({ UUID, unit }))) continue;
      await units.release({ UUID, unit, owner: this.#worker, fence });
    }
    const workers = Math.max(1, await units.workers());
    const share = Math.ceil(open.length / workers);
    const polled = [...this.#running.values()].filter(({ isStopping }) => !isStopping);
    for (const running of polled.slice(share)) this.#end(running);
    const isOneFree = open.some(
      ({ UUID, unit, owner }) => owner !== "other" && !this.#running.has(keyOf({ UUID, unit })),
    );
    if (share <= polled.length || !isOneFree) return;
    const claimed = await units.claim(this.#worker, share - polled.length);
    const mappings = await this.#deps.mappings.findAll([...new Set(claimed.map(({ UUID }) => UUID))]);
    const byId = new Map(mappings.map((mapping) => [mapping.UUID, mapping]));
    for (const hold of claimed) {
      const mapping = byId.get(hold.UUID);
      if (mapping) this.#begin(mapping, hold);
    }
  }

  #begin(mapping: EventSourceMapping, hold: OwnedUnit): void {
    const { units, logger } = this.#deps;
    const result = new LastResult(mapping.UUID, this.#deps);
    const running: Running = {
      hold,
      revision: mapping.revision,
      unit: this.#open(mapping, hold, result),
      result,
      isStopping: false,
    };
    this.#running.set(keyOf(hold), running);
    const { accountId, region, FunctionName, UUID, EventSourceArn } = mapping;
    logger.debug({ accountId, region, FunctionName, UUID, EventSourceArn, unit: hold.unit }, "polls an event source");
    void running.unit.drained.then(() => this.#end(running));
    if (hold.unit !== WHOLE_SOURCE) return;
    void running.unit.ready
      .then(() => (running.isStopping ? undefined : units.enabled(UUID, mapping.revision)))
      .catch((error: unknown) => {
        logger.warn({ err: error, UUID }, "could not store that a mapping is enabled");
        this.#end(running); // and begin anew
      });
  }

  #open(mapping: EventSourceMapping, hold: OwnedUnit, result: LastResult): RunningUnit {
    const source = this.#deps.sources.find((one) => one.serves(mapping));
    if (!source) return new UnservedUnit(result, "Hearth does not poll this kind of event source.");
    try {
      return this.#openServed(mapping, source, hold, result);
    } catch (error) {
      const { UUID } = mapping;
      this.#deps.logger.error({ err: error, UUID }, "a mapping cannot be polled as it is stored");
      return new UnservedUnit(result, error instanceof Error ? error.message : String(error));
    }
  }

  #openServed(mapping: EventSourceMapping, source: EventSource, hold: OwnedUnit, result: LastResult): RunningUnit {
    const run: MappingRun = {
      ...this.#pipeline,
      mapping,
      filter: recordFilter(mapping.settings),
      role: new RoleCheck(mapping, source, this.#deps),
      result,
    };
    if (source.shape === "queue") return new QueuePoller(run, source);
    if (hold.unit === WHOLE_SOURCE) return new StreamLead(run, source, hold, this.#streams);
    return new ShardReader(run, source, hold, this.#streams);
  }

  /** Stops a unit and gives it back; in the background. */
  #end(running: Running): void {
    if (running.isStopping) return;
    running.isStopping = true;
    const { units, logger } = this.#deps;
    const { hold, unit, result } = running;
    const ending = (async () => {
      await unit.stop();
      try {
        await result[Symbol.asyncDispose]();
        await units.release(hold);
      } catch (error) {
        logger.warn({ err: error, UUID: hold.UUID, unit: hold.unit }, "could not give back an event source");
      }
      if (this.#running.get(keyOf(hold)) === running) this.#running.delete(keyOf(hold));
      this.#loop?.wake();
      await unit.drained;
    })();
    this.#draining.add(ending);
    void ending.finally(() => this.#draining.delete(ending));
  }
}

function isWanted({ enabled, State }: MappingOutline): boolean {
  return enabled && State !== "Deleting";
}

function owns({ units }: MappingOutline, { hold }: Running): boolean {
  return units.some(({ unit, owner, fence }) => unit === hold.unit && owner === "me" && fence === hold.fence);
}

function keyOf({ UUID, unit }: { readonly UUID: string; readonly unit: string }): string {
  return `${UUID} ${unit}`;
}
