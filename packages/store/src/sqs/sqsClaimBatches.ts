import type { Connection } from "../postgres/queryable.ts";
import type { RecentBodies } from "./recentBodies.ts";
import { claimSqsMessages, type SqsClaim, type SqsClaimed } from "./sqsClaims.ts";

interface Waiting {
  readonly claim: SqsClaim;
  readonly resolve: (claimed: SqsClaimed) => void;
  readonly reject: (error: unknown) => void;
}

/** Messages that one statement claims. */
const MAX_CLAIMED = 200;

/**
 * Claims of one standard queue that arrive together, or during another claim of it, share one statement, and its messages are dealt out in the order in which
 * they were asked for. Many consumers of one queue would otherwise step over each other's locked rows.
 */
export class SqsClaimBatches {
  readonly #database: Connection;
  readonly #recent: RecentBodies;
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(database: Connection, recent: RecentBodies) {
    this.#database = database;
    this.#recent = recent;
  }

  claim(claim: SqsClaim): Promise<SqsClaimed> {
    const { queueId, visibilitySeconds, retentionSeconds, maxReceiveCount } = claim;
    const key = `${queueId}:${visibilitySeconds}:${retentionSeconds}:${maxReceiveCount ?? ""}`;
    return new Promise((resolve, reject) => {
      const one = { claim, resolve, reject };
      const others = this.#waiting.get(key);
      if (others) {
        others.push(one);
        return;
      }
      this.#waiting.set(key, [one]);
      // Claims that arrive in the same turn of the event loop join.
      setImmediate(() => void this.#run(key));
    });
  }

  async #run(key: string): Promise<void> {
    for (;;) {
      const batch = this.#take(key);
      if (batch.length === 0) break;
      try {
        deal(await claimSqsMessages(this.#database, together(batch), this.#recent), batch);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#waiting.delete(key);
  }

  #take(key: string): readonly Waiting[] {
    const waiting = this.#waiting.get(key) ?? [];
    let limit = 0;
    let count = 0;
    for (const { claim } of waiting) {
      limit += claim.limit;
      if (count > 0 && limit > MAX_CLAIMED) break;
      count++;
    }
    return waiting.splice(0, count);
  }
}

function together(batch: readonly Waiting[]): SqsClaim {
  const [first] = batch as readonly [Waiting];
  const limit = batch.reduce((sum, { claim }) => sum + claim.limit, 0);
  const from = batch.map(({ claim }) => claim.visibleFromMs);
  // One that wants to see all of the queue has the others look at all of it.
  const visibleFromMs = from.includes(undefined) ? undefined : Math.min(...(from as number[]));
  return { ...first.claim, limit, visibleFromMs };
}

/** The first one moves the messages that were received too often. */
function deal({ messages, exhausted, lastVisibleAtMs }: SqsClaimed, batch: readonly Waiting[]): void {
  let from = 0;
  for (const [at, { claim, resolve }] of batch.entries()) {
    const own = messages.slice(from, from + claim.limit);
    from += own.length;
    resolve({ messages: own, exhausted: at === 0 ? exhausted : [], lastVisibleAtMs });
  }
}
