import type { Clock, Logger } from "@hearth/kit";
import { moveEventTimes } from "../events/moveEventTimes.ts";
import { moveLeases } from "../function-index/moveLeases.ts";
import { moveTimers } from "../timers/moveTimers.ts";
import { moveAges } from "./moveAges.ts";
import { moveWaitingTimes } from "./moveWaitingTimes.ts";
import type { Database } from "../postgres/database.ts";
import type { Queryable } from "../postgres/queryable.ts";
import type { ClockJump } from "./clockJump.ts";

export interface ClockWatchDeps {
  readonly database: Database;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly logger: Logger;
}

/** Smaller differences do not matter to what is scheduled, and are not told apart from a slow answer. */
const JUMP_MS = 2_000;
/** `CONFIRMED_NOW` allows for a minute. */
const NOTE_EVERY_MS = 10_000;
/** Moving a large backlog takes longer than a statement may otherwise, and would be tried again, in vain, each second. */
const MOVE_TIMEOUT_MS = 600_000;

interface Look {
  readonly databaseMs: number;
  /** The count of jumps at that time. */
  readonly jumps: bigint;
  /** The monotonic clock before and after the question. */
  readonly beforeMs: number;
  readonly afterMs: number;
}

/**
 * Notices when the clock of the database jumps (NTP corrects it, an operator sets it, the machine was suspended), and moves the times of unfinished
 * events, of leases, and of all that waits by as much. So a jump forward makes no event too old and ends no lease, and after a jump back nothing waits until
 * the clock has caught up. Several processes may watch one database; one of them moves the times.
 *
 * The time during which no process watches counts as time that has passed, except that a clock which is now earlier than it was then was set back.
 */
export class ClockWatch {
  readonly #deps: ClockWatchDeps;
  #last: Look | undefined;
  #notedMs = Number.NEGATIVE_INFINITY;

  constructor(deps: ClockWatchDeps) {
    this.#deps = deps;
  }

  /** Compares the clocks. Call it every second or so. */
  async look(): Promise<void> {
    const { database, clock } = this.#deps;
    const { look, seenMs } = await this.#ask(database);
    const jump = jumpBetween(this.#last, look, seenMs);
    if (jump) return await this.#move(jump);
    this.#last = look;
    if (clock.monotonicMs() < this.#notedMs + NOTE_EVERY_MS) return;
    await database.transaction(async (tx) => {
      // A note that a crash loses does no harm, and Hearth at rest should not write to the disk every few seconds.
      await tx.query("SET LOCAL synchronous_commit = off");
      await tx.prepared("UPDATE clock_watch SET seen_at = clock_timestamp() WHERE jumps = $1", [look.jumps]);
    });
    this.#notedMs = clock.monotonicMs();
  }

  async #move(jump: ClockJump): Promise<void> {
    const { database, logger } = this.#deps;
    const known = this.#last?.jumps;
    const moved = await database.transaction(
      async (tx) => {
        const [row] = await tx.query<{ jumps: bigint }>("SELECT jumps FROM clock_watch FOR UPDATE");
        // Another process has moved the times already. One that has just started does not know how many jumps there were before.
        if (known !== undefined && row?.jumps !== known) return false;
        const { look, seenMs } = await this.#ask(tx);
        if (known === undefined && !jumpBetween(undefined, look, seenMs)) return false;
        await moveEventTimes(tx, jump);
        await moveLeases(tx, jump);
        await moveTimers(tx, jump);
        await moveAges(tx, jump);
        await moveWaitingTimes(tx, jump);
        await tx.query("UPDATE clock_watch SET seen_at = clock_timestamp(), jumps = jumps + 1");
        return true;
      },
      { statementTimeoutMs: MOVE_TIMEOUT_MS },
    );
    this.#last = (await this.#ask(database)).look;
    if (moved)
      logger.warn(
        { ...jump },
        "the clock of the database has jumped; the times of events, leases and of what waits were moved",
      );
  }

  async #ask(database: Queryable): Promise<{ look: Look; seenMs: number }> {
    const { clock } = this.#deps;
    const beforeMs = clock.monotonicMs();
    const [row] = await database.prepared<{ now: number; seen: number; jumps: bigint }>(
      `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now, (extract(epoch FROM seen_at) * 1000)::float8 AS seen, jumps FROM clock_watch`,
    );
    if (!row) throw new Error("the table clock_watch has lost its row");
    const look = { databaseMs: row.now, jumps: row.jumps, beforeMs, afterMs: clock.monotonicMs() };
    return { look, seenMs: row.seen };
  }
}

/** Without an earlier look of this process, a jump is known only when the clock shows less than when it was last `seen`. */
function jumpBetween(last: Look | undefined, look: Look, seenMs: number): ClockJump | undefined {
  if (last && last.jumps !== look.jumps) return undefined;
  const least = last ? last.databaseMs + look.beforeMs - last.afterMs : seenMs;
  const most = last ? last.databaseMs + look.afterMs - last.beforeMs : Infinity;
  const sinceMs = last ? look.afterMs - last.beforeMs : 0;
  if (look.databaseMs > most + JUMP_MS) return { jumpMs: look.databaseMs - most, sinceMs };
  return look.databaseMs < least - JUMP_MS ? { jumpMs: look.databaseMs - least, sinceMs } : undefined;
}
