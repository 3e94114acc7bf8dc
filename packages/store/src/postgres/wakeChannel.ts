import type { Clock, Logger } from "@hearth/kit";
import type { Database } from "./database.ts";

/** What arrives within this time after the first is announced together. */
const COALESCED_MS = 5;
/** While there is always something to announce, this lies between two. */
const BUSY_MS = 25;
/** NOTIFY takes less than 8,000 bytes. */
const MAX_BYTES = 7_000;

export interface WakeChannelDeps {
  readonly database: Pick<Database, "prepared" | "listen">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Unique to this process. */
  readonly processId: string;
  readonly onWake: (key: string) => void;
  /** Wake-ups may have been missed. */
  readonly onGap: () => void;
}

/**
 * Tells other processes that something has arrived for a key (a text without commas), 5 ms after the first and at most every 25 ms, in a NOTIFY outside of any transaction: one
 * inside would make all commits wait for each other. A wake-up that is lost delays whoever waits until its next look, and loses no data.
 */
export class WakeChannel implements AsyncDisposable {
  readonly #channel: string;
  readonly #deps: WakeChannelDeps;
  #pending = new Set<string>();
  #timer: Disposable | undefined;
  #nextMs = Number.NEGATIVE_INFINITY;
  #listening: Promise<AsyncDisposable | undefined> | undefined;
  #isClosed = false;

  constructor(channel: string, deps: WakeChannelDeps) {
    this.#channel = channel;
    this.#deps = deps;
  }

  /** Wakes the other processes. */
  announce(key: string): void {
    if (this.#isClosed) return;
    this.#pending.add(key);
    if (this.#timer) return;
    const { clock } = this.#deps;
    this.#timer = clock.after(Math.max(COALESCED_MS, this.#nextMs - clock.monotonicMs()), () => {
      this.#timer = undefined;
      this.#nextMs = clock.monotonicMs() + BUSY_MS;
      void this.#send();
    });
  }

  /** Resolves when wake-ups of other processes arrive, or cannot arrive now. */
  async listen(): Promise<void> {
    this.#listening ??= this.#open();
    if (!(await this.#listening)) this.#listening = undefined;
  }

  async #open(): Promise<AsyncDisposable | undefined> {
    const { database, logger, onGap } = this.#deps;
    try {
      return await database.listen(this.#channel, {
        onNotify: (payload) => this.#hear(payload),
        onConnected: onGap,
      });
    } catch (error) {
      logger.warn({ err: error, channel: this.#channel }, "cannot listen for wake-ups of other processes");
      return undefined;
    }
  }

  async #send(): Promise<void> {
    const { database, logger, processId } = this.#deps;
    const texts: string[] = [];
    for (const key of this.#pending) {
      const last = texts.at(-1);
      if (last === undefined || last.length + key.length > MAX_BYTES) texts.push(key);
      else texts[texts.length - 1] = `${last},${key}`;
    }
    this.#pending = new Set();
    try {
      for (const text of texts) {
        // Nothing is lost with a wake-up, so it does not wait for the disk.
        await database.prepared("SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)", [
          this.#channel,
          `${processId} ${text}`,
        ]);
      }
    } catch (error) {
      logger.debug({ err: error, channel: this.#channel }, "could not wake other processes");
    }
  }

  #hear(payload: string): void {
    const [processId, text = ""] = payload.split(" ");
    if (processId === this.#deps.processId) return;
    for (const key of text.split(",")) this.#deps.onWake(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
    await (await this.#listening)?.[Symbol.asyncDispose]();
  }
}
