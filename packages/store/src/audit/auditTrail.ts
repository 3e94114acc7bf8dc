import { BackgroundLoop, type Clock, Counter, type Logger, type Random, type Registry } from "@hearth/kit";
import { Batcher } from "../postgres/batcher.ts";
import { isUnwritableData } from "../postgres/databaseErrors.ts";
import type { AuditEvent } from "./auditEvent.ts";
import type { AuditEventStore } from "./auditEvents.ts";
import { droppedEvents } from "./droppedEvents.ts";

export interface AuditTrailDeps {
  readonly events: Pick<AuditEventStore, "insert">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
}

const FLUSH_MS = 1000;
const BATCH = { items: 256, weight: 1_048_576 };
/** The most bytes that may wait in memory to be written, for all accounts together. */
const MAX_PENDING_BYTES = 16 * 1_048_576;
/** The size of an event without its input and message. */
const EVENT_BYTES = 1024;
/** Limit of recorded refusals per account: a burst of this many, then one per second. */
const BURST = 300;
const PER_SECOND = 1;
const SAY_EVERY_MS = 60_000;

interface Allowance {
  left: number;
  at: number;
  dropped: number;
  region: string;
  saidAt: number;
}

/**
 * Writes the audit trail. `record` resolves when the event is stored; concurrent calls share one commit. `recordBehind` and `recordRefusal` store
 * within a second, the latter a limited number per account. The trail itself states how many events it dropped. Disposal writes the waiting events.
 */
export class AuditTrail implements AsyncDisposable {
  readonly #deps: AuditTrailDeps;
  readonly #batcher: Batcher<AuditEvent, undefined>;
  readonly #loop: BackgroundLoop;
  readonly #droppedTotal: Counter;
  readonly #allowances = new Map<string, Allowance>();
  #pending: AuditEvent[] = [];
  #pendingBytes = 0;

  constructor(deps: AuditTrailDeps) {
    this.#deps = deps;
    this.#batcher = new Batcher({ ...BATCH, weigh: bytesOf }, async (events) => {
      await deps.events.insert(events);
      return events.map(() => undefined);
    });
    this.#droppedTotal = new Counter({
      name: "hearth_audit_events_dropped_total",
      help: "Events that are missing in the audit trail: more failed or denied calls than an account's share, or PostgreSQL was away for too long.",
      registers: [deps.registry],
    });
    this.#loop = new BackgroundLoop("audit trail", FLUSH_MS, () => this.flush(), deps);
  }

  /** Resolves when `event` is stored. When PostgreSQL does not accept it, resolves anyway, and the event is written later. Never rejects. */
  async record(event: AuditEvent): Promise<void> {
    try {
      await this.#batcher.add(event);
    } catch (error) {
      this.#failed(event, error);
    }
  }

  /** Stores `event` within a second. */
  recordBehind(event: AuditEvent): void {
    this.#keep(event);
  }

  /** Like `recordBehind`, for a refused call: drops the event when its account has exceeded its limit. */
  recordRefusal(event: AuditEvent): void {
    const allowance = this.#allowanceOf(event);
    if (allowance.left < 1) {
      this.#drop(event);
      return;
    }
    allowance.left--;
    this.#keep(event);
  }

  /** Writes the waiting events. Rejects when PostgreSQL does not accept them; they are tried again. */
  async flush(): Promise<void> {
    this.#sayDropped(SAY_EVERY_MS);
    while (this.#pending.length > 0) {
      const batch = this.#pending.splice(0, BATCH.items);
      for (const event of batch) this.#pendingBytes -= bytesOf(event);
      const results = await Promise.allSettled(batch.map((event) => this.#batcher.add(event)));
      const failures = results.filter((result) => result.status === "rejected");
      results.forEach((result, at) => {
        const event = batch[at];
        if (event && result.status === "rejected") this.#failed(event, result.reason);
      });
      const [failure] = failures;
      if (failure) throw failure.reason;
    }
  }

  #failed(event: AuditEvent, error: unknown): void {
    const { eventId, operation } = event;
    if (isUnwritableData(error)) {
      this.#deps.logger.error({ err: error, eventId, operation }, "an audit event cannot be stored and is lost");
      this.#drop(event);
      return;
    }
    this.#deps.logger.warn({ err: error, eventId, operation }, "an audit event could not be stored and is tried again");
    this.#keep(event);
  }

  #keep(event: AuditEvent): void {
    const bytes = bytesOf(event);
    if (this.#pendingBytes + bytes > MAX_PENDING_BYTES) {
      this.#drop(event);
      return;
    }
    this.#pending.push(event);
    this.#pendingBytes += bytes;
  }

  #drop(event: AuditEvent): void {
    this.#droppedTotal.inc();
    this.#allowanceOf(event).dropped++;
  }

  #allowanceOf({ accountId, region }: AuditEvent): Allowance {
    const now = this.#deps.clock.monotonicMs();
    let allowance = this.#allowances.get(accountId);
    if (!allowance) {
      allowance = { left: BURST, at: now, dropped: 0, region, saidAt: Number.NEGATIVE_INFINITY };
      this.#allowances.set(accountId, allowance);
    }
    allowance.left = Math.min(BURST, allowance.left + ((now - allowance.at) / 1000) * PER_SECOND);
    allowance.at = now;
    allowance.region = region;
    return allowance;
  }

  /** Adds an event for each account with dropped events, unless there was one in the last `everyMs`. */
  #sayDropped(everyMs: number): void {
    const { clock, random } = this.#deps;
    const now = clock.monotonicMs();
    for (const [accountId, allowance] of this.#allowances) {
      const { dropped, region, saidAt } = allowance;
      const hasRoom = this.#pendingBytes + 2 * EVENT_BYTES <= MAX_PENDING_BYTES;
      if (dropped > 0 && hasRoom && now - saidAt >= everyMs) {
        allowance.dropped = 0;
        allowance.saidAt = now;
        this.#keep(droppedEvents({ accountId, region, dropped, time: clock.now(), eventId: random.uuid() }));
      }
      const isFull = allowance.left + ((now - allowance.at) / 1000) * PER_SECOND >= BURST;
      if (allowance.dropped === 0 && isFull && now - allowance.saidAt >= everyMs) this.#allowances.delete(accountId);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    this.#sayDropped(0);
    try {
      await this.flush();
    } catch (error) {
      const events = this.#pending.length;
      this.#deps.logger.error({ err: error, events }, "audit events that were waiting could not be stored");
    }
  }
}

function bytesOf({ input, errorMessage }: AuditEvent): number {
  return EVENT_BYTES + input.length + (errorMessage?.length ?? 0);
}
