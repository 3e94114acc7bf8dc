import { type Backoff, backoffMs, Mutex } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import type { UnitHold } from "@hearth/store";
import type { MappingRun } from "../mappingRun.ts";

const BACKOFF: Backoff = { baseMs: 100, maxMs: 5_000 };

/** This process does not own the shard any longer. */
export class ShardLost extends Error {
  override readonly name = "ShardLost";
}

export interface ShardState {
  readonly position: string;
  readonly windowState?: unknown;
}

/**
 * Writes how far a shard was processed, with the fence of its owner. Writes run one after the other, and several that wait become one. What is sent about
 * records that were given up is written in the same transaction.
 */
export class Positions {
  readonly #hold: UnitHold;
  readonly #run: MappingRun;
  readonly #state: () => ShardState;
  readonly #committed: (position: string) => void;
  readonly #mutex = new Mutex();
  #next: Promise<void> | undefined;
  #broken: unknown;

  constructor(hold: UnitHold, run: MappingRun, state: () => ShardState, committed: (position: string) => void) {
    this.#hold = hold;
    this.#run = run;
    this.#state = state;
    this.#committed = committed;
  }

  /** Resolves when the present state is stored. Tries until it is, or `giveUp` aborts. Rejects with ShardLost. */
  save(): Promise<void> {
    // The call that waits will write the present state too.
    this.#next ??= this.#save();
    return this.#next;
  }

  /**
   * Calls `advance`, which moves the position on, and stores that together with `messages`: both or neither. No position after it is stored without the
   * messages.
   */
  async saveAndSend(messages: readonly OutgoingMessage[], advance: () => void): Promise<void> {
    using _turn = await this.#mutex.acquire();
    advance();
    await this.#write(messages);
  }

  async #save(): Promise<void> {
    using _turn = await this.#mutex.acquire();
    this.#next = undefined;
    await this.#write([]);
  }

  async #write(messages: readonly OutgoingMessage[]): Promise<void> {
    const { units, database, sending, clock, random, logger, giveUp } = this.#run;
    if (this.#broken !== undefined) throw this.#broken;
    for (let attempt = 1; ; attempt++) {
      const state = this.#state();
      try {
        const prepared = messages.length === 0 ? undefined : await sending.prepare(messages);
        const isOwn = prepared
          ? await database.transaction(async (tx) => {
              if (!(await units.save(this.#hold, state, tx))) return false;
              await prepared.write(tx);
              return true;
            })
          : await units.save(this.#hold, state);
        if (!isOwn) throw new ShardLost("another process reads the shard");
        prepared?.committed();
        this.#committed(state.position);
        return;
      } catch (error) {
        if (error instanceof ShardLost || giveUp.aborted) {
          this.#broken = error;
          throw error;
        }
        logger.warn(
          { err: error, UUID: this.#hold.UUID, shard: this.#hold.unit },
          "could not store a shard's position",
        );
      }
      await clock.sleep(backoffMs(attempt, BACKOFF, random), giveUp).catch(() => undefined);
    }
  }
}
