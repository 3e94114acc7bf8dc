import { setMaxListeners } from "node:events";
import type { Bus } from "@hearth/bus";
import type { Clock, Logger, Random } from "@hearth/kit";
import type { ClaimedEvent, EventStore, FunctionIndex, Settlement } from "@hearth/store";
import type { Invoking } from "../invocationRequest.ts";
import type { FunctionMetrics } from "../functionMetrics.ts";
import type { InvokeMetrics } from "../invokeMetrics.ts";
import { Backlogs } from "./backlogs.ts";
import { Claims } from "./claims.ts";
import { AWS_RETRY_RULES, type RetryRules } from "./retryRules.ts";
import { messagesOf } from "./messagesOf.ts";
import { runEvent } from "./runEvent.ts";
import type { PreparedSending, Sending } from "./sending.ts";
import { settleEvent } from "./settleEvent.ts";
import { Shares } from "./shares.ts";

export interface AsyncWorkerOptions {
  /** Limit of events that run at the same time. */
  readonly concurrency?: number;
  readonly leaseMs?: number;
  readonly rules?: RetryRules;
}

export interface AsyncWorkerDeps {
  readonly bus: Pick<Bus, "work">;
  readonly events: Pick<EventStore, "claim" | "claimNext" | "functionsWaiting" | "renew" | "settle" | "unwake">;
  readonly invoker: Pick<Invoking, "invoke">;
  readonly index: Pick<FunctionIndex, "load">;
  readonly metrics: Pick<InvokeMetrics, "attempted">;
  readonly functionMetrics?: Pick<FunctionMetrics, "eventRan" | "eventDropped">;
  readonly sending: Sending;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const DEFAULT_CONCURRENCY = 200;
const DEFAULT_LEASE_MS = 15_000;

/**
 * Runs asynchronous invocations. The bus wakes it with ids of events; it claims them under a lease, runs each, and writes the result. Delivery is at least
 * once: another worker claims an event whose worker died when the lease has ended. Several workers may run at the same time.
 *
 * `Shares` divides the slots among functions, `Claims` holds what runs, `Backlogs` remembers functions that wait for slots.
 */
export class AsyncWorker implements AsyncDisposable {
  readonly #deps: AsyncWorkerDeps;
  readonly #owner: string;
  readonly #rules: RetryRules;
  readonly #stop = new AbortController();
  readonly #shares: Shares;
  readonly #claims: Claims;
  readonly #backlogs: Backlogs;
  #working: AsyncDisposable | undefined;

  constructor(
    { concurrency = DEFAULT_CONCURRENCY, leaseMs = DEFAULT_LEASE_MS, rules = AWS_RETRY_RULES }: AsyncWorkerOptions,
    deps: AsyncWorkerDeps,
  ) {
    this.#deps = deps;
    this.#owner = deps.random.uuid();
    this.#rules = rules;
    this.#shares = new Shares(concurrency);
    const run = (event: ClaimedEvent): Promise<void> => this.#run(event);
    const onReleased = (): void => this.#backlogs.serve();
    this.#claims = new Claims({ owner: this.#owner, leaseMs, run, onReleased }, { ...deps, shares: this.#shares });
    const { logger } = deps;
    this.#backlogs = new Backlogs({ claims: this.#claims, shares: this.#shares, logger }, this.#stop.signal);
    setMaxListeners(0, this.#stop.signal);
  }

  /** Begins to take events. */
  start(): void {
    this.#working = this.#deps.bus.work((ids) => this.#take(ids));
    this.#claims.start();
  }

  /** The number of events that run now. */
  get running(): number {
    return this.#claims.size;
  }

  /**
   * Takes no more events, hands back those that wait for an environment, and waits for those that run. When `signal` aborts, hands the running ones back
   * too: they will run once more.
   */
  async drain(signal: AbortSignal): Promise<void> {
    this.#stop.abort(new Error("the event worker is stopping"));
    this.#shares.wakeWaiting();
    await this.#working?.[Symbol.asyncDispose]();
    await this.#backlogs.idle();
    const aborted = Promise.withResolvers<void>();
    const onAbort = (): void => aborted.resolve();
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    await Promise.race([this.#claims.settled(), aborted.promise]);
    signal.removeEventListener("abort", onAbort);
    await Promise.all(this.#claims.events.map((event) => this.#settle(event, { kind: "handBack" })));
    await this.#claims[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain(AbortSignal.abort());
  }

  /**
   * Claims those of `ids` that are due; waits for free slots where necessary. Resolves when each event is claimed, by this worker or another one, or its
   * function has used up its share: then the function is put on the list of backlogs.
   */
  async #take(ids: readonly string[]): Promise<void> {
    const { events } = this.#deps;
    let left = ids.filter((id) => !this.#claims.has(id));
    while (left.length > 0) {
      while (this.#shares.free === 0 && !this.#stop.signal.aborted) await this.#shares.freed;
      if (this.#stop.signal.aborted) return await events.unwake(left);
      // Half of the slots at a time: the shares of the next round depend on which functions got slots in this one.
      const slots = Math.min(Math.ceil(this.#shares.free / 2), left.length);
      const claimed = await this.#claims.claim(left, slots);
      const mine = new Set(claimed.map((event) => event.id));
      left = left.filter((id) => !mine.has(id));
      if (claimed.length < slots) break;
    }
    if (left.length === 0) return;
    // The others are finished, not due, claimed by another worker, or beyond their function's share.
    this.#backlogs.add(await events.functionsWaiting(left));
    this.#backlogs.serve();
  }

  async #run(event: ClaimedEvent): Promise<void> {
    const { settlement, fn, result } = await runEvent(event, this.#rules, this.#deps, this.#stop.signal);
    this.#deps.metrics.attempted(event, settlement);
    if (settlement.kind !== "handBack") this.#deps.functionMetrics?.eventRan(event, event.ageMs);
    if (settlement.kind === "finish" && settlement.condition !== "Success") {
      this.#deps.functionMetrics?.eventDropped(event);
    }
    if (settlement.kind !== "finish") {
      await this.#settle(event, settlement);
      return;
    }
    const { clock, random, sending, logger } = this.#deps;
    const messages = messagesOf({ event, settlement, result }, fn, clock.now(), random);
    const own = await this.#settle(
      event,
      settlement,
      messages.length === 0 ? undefined : await sending.prepare(messages),
    );
    if (!own || settlement.condition === "Success") return;
    const { id, accountId, region, FunctionName } = event;
    const { condition, error } = settlement;
    logger.warn({ requestId: id, accountId, region, FunctionName, condition, error }, "an event was given up");
  }

  async #settle(event: ClaimedEvent, settlement: Settlement, sending?: PreparedSending): Promise<boolean> {
    const own = await settleEvent(this.#owner, event, settlement, sending, this.#deps);
    if (!own && !this.#stop.signal.aborted) {
      this.#deps.logger.warn({ requestId: event.id }, "an event's lease ended before its run did; it may run twice");
    }
    return own;
  }
}
