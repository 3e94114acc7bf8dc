import type { Clock } from "@hearth/kit";
import type { S3IntentStore } from "@hearth/store";
import { slowDown } from "../errors.ts";

export interface OpenWritesDeps {
  readonly intents: Pick<S3IntentStore, "countOf">;
  /** Of one account; 0 for no limit. */
  readonly limit: number;
  readonly clock: Pick<Clock, "monotonicMs">;
}

interface Known {
  count: number;
  readonly readAtMs: number;
}

/** What other processes have begun or ended since is seen after this time. */
const FRESH_MS = 1_000;
const MAX_ACCOUNTS = 10_000;

/**
 * Limits the writes of each account that are to be announced and of which it is not known whether they were done: each is a row until the server has answered, and stays one
 * while the server hangs.
 */
export class OpenWrites {
  readonly #deps: OpenWritesDeps;
  readonly #known = new Map<string, Known>();

  constructor(deps: OpenWritesDeps) {
    this.#deps = deps;
  }

  /** Counts `count` more. Rejects with SlowDown when the account has too many. */
  async begin(accountId: string, count: number): Promise<void> {
    const { limit } = this.#deps;
    if (limit === 0) return;
    const known = await this.#countOf(accountId);
    if (known.count + count > limit) {
      throw slowDown(
        `${known.count} writes of account ${accountId} wait for the object store's answer, and ${limit} is the limit (HEARTH_S3_OPEN_WRITES).`,
      );
    }
    known.count += count;
  }

  /** The rows of so many writes are gone. */
  end(accountId: string, count: number): void {
    const known = this.#known.get(accountId);
    if (known) known.count = Math.max(known.count - count, 0);
  }

  async #countOf(accountId: string): Promise<Known> {
    const { intents, limit, clock } = this.#deps;
    const nowMs = clock.monotonicMs();
    const known = this.#known.get(accountId);
    if (known && nowMs - known.readAtMs < FRESH_MS) return known;
    const read = { count: await intents.countOf(accountId, limit), readAtMs: nowMs };
    if (this.#known.size >= MAX_ACCOUNTS) this.#known.clear();
    this.#known.set(accountId, read);
    return read;
  }
}
