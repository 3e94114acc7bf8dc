import { type Backoff, backoffMs, type Clock, type Logger, type Random } from "@hearth/kit";
import { type ClaimedEvent, type EventStore, isConnectionLoss, type Settlement } from "@hearth/store";
import type { PreparedSending } from "./sending.ts";

export interface SettleEventDeps {
  readonly events: Pick<EventStore, "settle">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const ATTEMPTS = 6;
const BACKOFF: Backoff = { baseMs: 100, maxMs: 2_000 };

/**
 * Writes what becomes of an event that `owner` holds, together with what is sent because of it, and tries again while the connection to PostgreSQL is lost. Resolves with false when the event was no
 * longer `owner`'s. Never rejects: an event whose settlement could not be written runs again when its lease ends.
 */
export async function settleEvent(
  owner: string,
  event: ClaimedEvent,
  settlement: Settlement,
  sending: PreparedSending | undefined,
  { events, clock, random, logger }: SettleEventDeps,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      const own = await events.settle(owner, event, settlement, sending && ((tx) => sending.write(tx)));
      if (own) sending?.committed();
      return own;
    } catch (error) {
      if (!isConnectionLoss(error) || attempt === ATTEMPTS) {
        logger.error(
          { err: error, requestId: event.id },
          "the result of an event could not be stored; the event will run again",
        );
        return true;
      }
    }
    await clock.sleep(backoffMs(attempt, BACKOFF, random));
  }
}
