import type { Clock, Logger } from "@hearth/kit";
import type { WebSocketConnectionStore } from "@hearth/store";
import type { SocketFacts } from "./openSocket.ts";

const BATCH = 100;
/** A process without a lease is dead when it has not got one again after this time: PostgreSQL may have been out of reach for all. */
const CONFIRM_MS = 10_000;
const EVERY_MS = 60_000;
const RETRY_MS = 30_000;
/** After the end of a lease. */
const LATER_MS = 500;

export interface LostSocketsDeps {
  readonly records: Pick<WebSocketConnectionStore, "claim" | "ownersBut">;
  /** Runs `$disconnect` for a connection. */
  readonly onLost: (facts: SocketFacts) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Finds connections of processes that died, once each. It looks when this process starts, again when the lease of a process that it found then has ended, and
 * while this process has connections itself.
 */
export class LostSockets implements Disposable {
  readonly #processId: string;
  readonly #deps: LostSocketsDeps;
  /** Processes without a lease: when that was first seen. */
  readonly #suspects = new Map<string, number>();
  #timer: Disposable | undefined;
  #looking: Promise<void> | undefined;
  #isClosed = false;
  #lookedMs = -Infinity;

  constructor(processId: string, deps: LostSocketsDeps) {
    this.#processId = processId;
    this.#deps = deps;
  }

  /** Looks, unless that was done a short time ago. */
  lookAtTimes(): void {
    if (this.#deps.clock.monotonicMs() >= this.#lookedMs + EVERY_MS) void this.look();
  }

  /** Never rejects. */
  look(): Promise<void> {
    return (this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    }));
  }

  async #look(): Promise<void> {
    const { records, clock, logger } = this.#deps;
    this.#timer?.[Symbol.dispose]();
    this.#lookedMs = clock.monotonicMs();
    let nextMs: number | undefined;
    try {
      const owners = await records.ownersBut(this.#processId);
      for (const known of this.#suspects.keys()) {
        if (!owners.some(({ processId, leaseMs }) => processId === known && leaseMs === 0))
          this.#suspects.delete(known);
      }
      for (const { processId, leaseMs } of owners) {
        const since = this.#suspects.get(processId);
        const now = clock.monotonicMs();
        let waitMs: number | undefined = leaseMs + LATER_MS;
        if (leaseMs === 0 && since === undefined) {
          this.#suspects.set(processId, now);
          waitMs = CONFIRM_MS;
        } else if (leaseMs === 0 && since !== undefined) {
          waitMs = since + CONFIRM_MS - now;
          if (waitMs <= 0) {
            await this.#claim(processId);
            waitMs = undefined;
          }
        }
        if (waitMs !== undefined) nextMs = Math.min(nextMs ?? Infinity, waitMs);
      }
    } catch (error) {
      logger.warn({ err: error }, "cannot look for web sockets of processes that died");
      nextMs = RETRY_MS;
    }
    this.#timer = nextMs === undefined || this.#isClosed ? undefined : clock.after(nextMs, () => void this.look());
  }

  async #claim(processId: string): Promise<void> {
    const { records, onLost, logger } = this.#deps;
    let total = 0;
    for (let found = BATCH; found === BATCH && !this.#isClosed; total += found) {
      const rows = await records.claim(processId, BATCH);
      for (const { facts } of rows) onLost(facts as SocketFacts);
      found = rows.length;
    }
    if (total > 0) logger.info({ connections: total }, "$disconnect runs for the web sockets of a process that died");
    this.#suspects.delete(processId);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
  }
}
