import { setMaxListeners } from "node:events";
import type { Bus } from "@hearth/bus";
import { BackgroundLoop, backoffMs, type Clock, type Logger, type Random } from "@hearth/kit";
import { LATEST } from "@hearth/model";
import {
  type ClaimedEvent,
  type EventsFunction,
  type EventStore,
  type FunctionIndex,
  isConnectionLoss,
  type Settlement,
} from "@hearth/store";
import type { InvocationRequest, Invoking } from "./invocationRequest.ts";
import { Places } from "./places.ts";
import {
  AWS_RETRY_RULES,
  type RetryRules,
  rulesWith,
  settlementOfAge,
  settlementOfError,
  settlementOfResult,
} from "./retryRules.ts";

export interface AsyncWorkerOptions {
  /** Events that run at once at most. */
  readonly concurrency?: number;
  readonly leaseMs?: number;
  readonly rules?: RetryRules;
}

export interface AsyncWorkerDeps {
  readonly bus: Pick<Bus, "work">;
  readonly events: Pick<EventStore, "claim" | "claimNext" | "functionsWaiting" | "renew" | "settle" | "unwake">;
  readonly invoker: Pick<Invoking, "invoke">;
  /** Knows how often and how long the function's owner wants an event to be tried. */
  readonly index: Pick<FunctionIndex, "load">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const DEFAULT_CONCURRENCY = 200;
const DEFAULT_LEASE_MS = 15_000;
const SETTLE_ATTEMPTS = 6;

/**
 * Runs asynchronous invocations: claims events under a lease that it renews while they run, and writes how each ended. Delivery is at least once:
 * an event whose worker died is claimed again when the lease has ended. No function takes all places; see `Places`.
 */
export class AsyncWorker implements AsyncDisposable {
  readonly #deps: AsyncWorkerDeps;
  readonly #owner: string;
  readonly #leaseMs: number;
  readonly #rules: RetryRules;
  readonly #running = new Map<string, { readonly event: ClaimedEvent; readonly done: Promise<void> }>();
  readonly #stop = new AbortController();
  readonly #places: Places;
  /** Functions that have events which found no place. */
  readonly #backlogs = new Map<string, EventsFunction>();
  #serving: Promise<void> | undefined;
  #working: AsyncDisposable | undefined;
  #renewing: BackgroundLoop | undefined;

  constructor(
    { concurrency = DEFAULT_CONCURRENCY, leaseMs = DEFAULT_LEASE_MS, rules = AWS_RETRY_RULES }: AsyncWorkerOptions,
    deps: AsyncWorkerDeps,
  ) {
    this.#deps = deps;
    this.#owner = deps.random.uuid();
    this.#leaseMs = leaseMs;
    this.#rules = rules;
    this.#places = new Places(concurrency);
    setMaxListeners(0, this.#stop.signal);
  }

  /** Begins to take events. */
  start(): void {
    this.#working = this.#deps.bus.work((ids) => this.#take(ids));
    this.#renewing = new BackgroundLoop("event leases", this.#leaseMs / 3, () => this.#renew(), this.#deps);
  }

  /** Events that run now. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * Takes no more events, hands those back that wait for an environment, and waits for those that run; when `signal` aborts, hands these back too
   * (they will run once more).
   */
  async drain(signal: AbortSignal): Promise<void> {
    this.#stop.abort(new Error("the event worker is stopping"));
    this.#places.release();
    await this.#working?.[Symbol.asyncDispose]();
    await this.#serving;
    const late = Promise.withResolvers<void>();
    const onAbort = (): void => late.resolve();
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    await Promise.race([Promise.all([...this.#running.values()].map(({ done }) => done)), late.promise]);
    signal.removeEventListener("abort", onAbort);
    await Promise.all([...this.#running.values()].map(({ event }) => this.#settle(event, { kind: "handBack" })));
    await this.#renewing?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain(AbortSignal.abort());
  }

  /**
   * Resolves when each of `ids` is taken over, by this worker or by another one, or its function has all the places that it may have; waits
   * for places if need be.
   */
  async #take(ids: readonly string[]): Promise<void> {
    const { events } = this.#deps;
    let left = ids.filter((id) => !this.#running.has(id));
    while (left.length > 0) {
      while (this.#places.free === 0 && !this.#stop.signal.aborted) await this.#places.freed;
      if (this.#stop.signal.aborted) return await events.unwake(left);
      // Not all at once: each round knows how many places the one before has given to whom.
      const places = Math.min(Math.ceil(this.#places.free / 2), left.length);
      const shares = this.#places.shares();
      const claimed = await this.#claim(places, () => events.claim(this.#owner, left, places, this.#leaseMs, shares));
      const mine = new Set(claimed.map((event) => event.id));
      left = left.filter((id) => !mine.has(id));
      if (claimed.length < places) break;
    }
    if (left.length === 0) return;
    // The rest is finished, not due, somebody else's, or waits for places of its function.
    for (const fn of await events.functionsWaiting(left)) this.#backlogs.set(`${fn.accountId}:${fn.FunctionName}`, fn);
    this.#serveBacklogs();
  }

  /** Sets `places` aside while `claim` finds out what they are for, and starts that. */
  async #claim(places: number, claim: () => Promise<readonly ClaimedEvent[]>): Promise<readonly ClaimedEvent[]> {
    this.#places.reserve(places);
    let claimed: readonly ClaimedEvent[] = [];
    try {
      claimed = await claim();
    } finally {
      this.#places.settle(places, claimed);
    }
    for (const event of claimed) this.#start(event);
    return claimed;
  }

  /** Gives places that are free to functions whose events wait for one. A wake-up that is lost is the sweeper's to send again. */
  #serveBacklogs(): void {
    if (this.#backlogs.size === 0 || this.#serving || this.#stop.signal.aborted) return;
    this.#serving = this.#serveEach()
      .catch((error: unknown) =>
        this.#deps.logger.warn({ err: error }, "events that wait for a place cannot be claimed"),
      )
      .finally(() => {
        this.#serving = undefined;
      });
  }

  async #serveEach(): Promise<void> {
    for (let claimed = 1; claimed > 0;) {
      claimed = 0;
      for (const [key, fn] of this.#backlogs) {
        const places = this.#places.shareOf(fn);
        if (places === 0 || this.#stop.signal.aborted) continue;
        const next = () => this.#deps.events.claimNext(this.#owner, fn, places, this.#leaseMs);
        const { length } = await this.#claim(places, next);
        claimed += length;
        if (length < places) this.#backlogs.delete(key);
      }
    }
  }

  #start(event: ClaimedEvent): void {
    const done = this.#run(event).finally(() => {
      this.#running.delete(event.id);
      this.#places.leave(event);
      this.#serveBacklogs();
    });
    this.#running.set(event.id, { event, done });
  }

  async #run(event: ClaimedEvent): Promise<void> {
    const settlement = await this.#try(event);
    if (settlement.kind === "finish" && settlement.condition !== "Success") {
      const { id, accountId, FunctionName } = event;
      this.#deps.logger.warn(
        { requestId: id, accountId, FunctionName, condition: settlement.condition, error: settlement.error },
        "an event was given up",
      );
    }
    await this.#settle(event, settlement);
  }

  async #try(event: ClaimedEvent): Promise<Settlement> {
    try {
      const rules = await this.#rulesOf(event);
      const tooOld = settlementOfAge(event, this.#deps.clock.now(), rules);
      if (tooOld) return tooOld;
      const result = await this.#deps.invoker.invoke(requestOf(event), this.#stop.signal);
      return settlementOfResult(event, result, rules);
    } catch (error) {
      if (this.#stop.signal.aborted && error === this.#stop.signal.reason) return { kind: "handBack" };
      return settlementOfError(event, error, this.#rules, this.#deps.random);
    }
  }

  /** The settings of what the event was sent to: the alias or version, or the function itself. */
  async #rulesOf({ accountId, FunctionName, Qualifier }: ClaimedEvent): Promise<RetryRules> {
    const fn = await this.#deps.index.load(accountId, FunctionName);
    return rulesWith(this.#rules, fn?.eventInvokeConfigs?.get(Qualifier ?? LATEST));
  }

  /** Never rejects: what cannot be written is run again when the lease ends. */
  async #settle(event: ClaimedEvent, settlement: Settlement): Promise<void> {
    const { events, clock, random, logger } = this.#deps;
    for (let attempt = 1; ; attempt++) {
      try {
        const own = await events.settle(this.#owner, event, settlement);
        if (!own && !this.#stop.signal.aborted)
          logger.warn({ requestId: event.id }, "an event's lease had ended before its run did; it may run twice");
        return;
      } catch (error) {
        if (!isConnectionLoss(error) || attempt === SETTLE_ATTEMPTS) {
          logger.error(
            { err: error, requestId: event.id },
            "how an event's run ended cannot be written; it will run again",
          );
          return;
        }
      }
      await clock.sleep(backoffMs(attempt, { baseMs: 100, maxMs: 2_000 }, random));
    }
  }

  async #renew(): Promise<void> {
    if (this.#running.size === 0) return;
    const ids = [...this.#running.keys()];
    const own = await this.#deps.events.renew(this.#owner, ids, this.#leaseMs);
    const lost = ids.filter((id) => !own.has(id) && this.#running.has(id));
    if (lost.length > 0)
      this.#deps.logger.debug({ lost }, "events that are no longer, or not yet, this worker's to renew");
  }
}

function requestOf(event: ClaimedEvent): InvocationRequest {
  const { id, accountId, FunctionName, Qualifier, payload, traceId } = event;
  return {
    accountId,
    FunctionName,
    payload,
    requestId: id,
    ...(Qualifier !== undefined && { Qualifier }),
    ...(traceId !== undefined && { traceId }),
  };
}
