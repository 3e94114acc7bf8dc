import type { Clock } from "@hearth/kit";
import type { Redis } from "ioredis";

type Command = readonly [name: string, args: readonly (string | number)[]];

/** How long an answer may take after the time that a command blocks for; then the server is gone. */
const LATE_MS = 10_000;

interface Blocked {
  readonly redis: Redis;
  readonly id: number;
}

/** Commands that block their connection. Each takes a connection of its own; those that are free are used again. */
export class BlockingReads implements Disposable {
  readonly #connect: () => Promise<Redis>;
  /** Wakes the others. */
  readonly #main: Redis;
  readonly #clock: Clock;
  readonly #free: Blocked[] = [];
  readonly #busy = new Set<Blocked>();
  #isOver = false;

  constructor(connect: () => Promise<Redis>, main: Redis, { clock }: { readonly clock: Clock }) {
    this.#connect = connect;
    this.#main = main;
    this.#clock = clock;
  }

  /** Resolves with the answer; with `null` when the time is over, when `signal` aborts, or after `wake`. */
  async read([name, args]: Command, blockMs: number, signal: AbortSignal): Promise<unknown> {
    const one = this.#free.pop() ?? (await this.#open());
    if (this.#isOver || signal.aborted) {
      this.#giveBack(one);
      return null;
    }
    this.#busy.add(one);
    const onAbort = (): void => void this.#unblock(one);
    signal.addEventListener("abort", onAbort, { once: true });
    using _late = this.#clock.after(blockMs + LATE_MS, () => one.redis.disconnect());
    try {
      return await one.redis.callBuffer(name, [...args]);
    } catch (error) {
      one.redis.disconnect();
      if (signal.aborted) return null;
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#busy.delete(one);
      this.#giveBack(one);
    }
  }

  /** Ends all commands that wait. */
  async wake(): Promise<void> {
    await Promise.all([...this.#busy].map((one) => this.#unblock(one)));
  }

  async #open(): Promise<Blocked> {
    const redis = await this.#connect();
    return { redis, id: Number(await redis.client("ID")) };
  }

  /** An entry that arrives at the same moment is in the answer, and not lost. */
  async #unblock({ redis, id }: Blocked): Promise<void> {
    try {
      await this.#main.client("UNBLOCK", id);
    } catch {
      redis.disconnect(); // the read rejects, or resolves with null when it was aborted
    }
  }

  #giveBack(one: Blocked): void {
    if (this.#isOver) one.redis.disconnect();
    else if (one.redis.status === "ready") this.#free.push(one);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    for (const { redis } of [...this.#free, ...this.#busy]) redis.disconnect();
  }
}
