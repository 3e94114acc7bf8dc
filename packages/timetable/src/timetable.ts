import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { Database, DueTimer } from "@hearth/store";
import { TimerStore } from "@hearth/store";
import type { TimerChanges } from "./timerChanges.ts";
import type { TimerOwner } from "./timerOwner.ts";

export interface TimetableDeps {
  readonly database: Database;
  readonly owners: readonly TimerOwner[];
  readonly changes: Pick<TimerChanges, "onChanged">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A process that dies delays what it had claimed by so much. Default: 10 s. */
  readonly leaseMs?: number;
}

/** Of one transaction. */
const BATCH = 100;
const LEASE_MS = 10_000;
/** Finds what a process that died was to wake for, and what a clock that was set makes due. */
const SWEEP_MS = 10_000;

/**
 * Acts on timers when they are due. It sleeps until the next one is, however many wait. Several processes may run this: each timer is claimed by one of them,
 * and what it causes is written in the transaction that moves it to its next occurrence. So an occurrence is acted on once, also when a process dies.
 */
export class Timetable implements AsyncDisposable {
  readonly #deps: TimetableDeps;
  readonly #timers: TimerStore;
  readonly #owners: ReadonlyMap<string, TimerOwner>;
  readonly #loop: BackgroundLoop;
  readonly #changes: Disposable;
  #alarm: Disposable | undefined;

  constructor(deps: TimetableDeps) {
    this.#deps = deps;
    this.#timers = new TimerStore(deps.database);
    this.#owners = new Map(deps.owners.map((owner) => [owner.name, owner]));
    this.#loop = new BackgroundLoop("timetable", SWEEP_MS, (signal) => this.#step(signal), deps);
    // It may be due earlier than the one that is slept for.
    this.#changes = deps.changes.onChanged(() => this.#loop.wake());
  }

  async #step(signal: AbortSignal): Promise<void> {
    this.#alarm?.[Symbol.dispose]();
    let claimed: readonly DueTimer[];
    do {
      claimed = await this.#timers.claim(BATCH, this.#deps.leaseMs ?? LEASE_MS);
      await Promise.all(
        [...Map.groupBy(claimed, ({ owner }) => owner)].map(([owner, due]) => this.#act(owner, due, signal)),
      );
    } while (claimed.length === BATCH && !signal.aborted);
    const waitMs = await this.#timers.nextDueInMs();
    if (waitMs === undefined || waitMs > SWEEP_MS || signal.aborted) return;
    this.#alarm = this.#deps.clock.after(Math.max(1, Math.ceil(waitMs)), () => this.#loop.wake());
  }

  /** Never rejects: what fails is due again when its claim ends. */
  async #act(name: string, due: readonly DueTimer[], signal: AbortSignal): Promise<void> {
    const { database, logger } = this.#deps;
    const owner = this.#owners.get(name);
    try {
      if (!owner) throw new Error(`no part of this process knows timers of ${name}`);
      for (let mine = due; mine.length > 0;) {
        const firing = await owner.prepare(mine);
        const held = await database.transaction(async (tx) => {
          const locked = await this.#timers.lock(tx, mine);
          // Some were changed meanwhile: what was prepared for all of them must not be written.
          if (locked.size < mine.length) return locked;
          const settlements = mine.map(({ id, scheduledMs }, at) => ({
            id,
            next: firing.next[at],
            lastMs: firing.acted[at] === true ? scheduledMs : null,
          }));
          await this.#timers.settle(tx, settlements);
          await firing.write(tx);
          return undefined;
        });
        if (!held) return firing.committed();
        mine = mine.filter(({ id }) => held.has(id));
      }
    } catch (error) {
      const [timer] = due;
      if (owner && due.length > 1 && !signal.aborted) {
        logger.warn(
          { err: error, owner: name, count: due.length },
          "could not act on timers together; each is acted on alone, so that one that fails does not hold up the others",
        );
        for (const one of due) await this.#act(name, [one], signal);
        return;
      }
      logger.error(
        { err: error, owner: name, accountId: timer?.accountId, region: timer?.region, name: timer?.name },
        "could not act on timers that are due; trying again",
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#changes[Symbol.dispose]();
    await this.#loop[Symbol.asyncDispose]();
    this.#alarm?.[Symbol.dispose]();
  }
}
