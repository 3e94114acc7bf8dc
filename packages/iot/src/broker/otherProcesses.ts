import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { IotBrokerMessageStore } from "@hearth/store";
import type { BrokerSink } from "../brokerSink.ts";

export interface OtherProcessesDeps {
  readonly store: Pick<IotBrokerMessageStore, "lastId" | "unread" | "forget">;
  readonly broker: BrokerSink;
  /** Of this process, whose messages its broker has already. */
  readonly processId: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const EVERY_MS = 30_000;
const PAGE = 200;
/** Transactions that were open when a higher id was read have ended after this time. */
const SETTLED_MS = 60_000;
const KEPT_MS = 300_000;

/** Hands messages that other processes have taken to the subscribers of this process's broker. */
export class OtherProcesses implements AsyncDisposable {
  readonly #deps: OtherProcessesDeps;
  readonly #loop: BackgroundLoop;
  /** Everything up to this id was read. */
  #after: bigint | undefined;
  /** Ids above it that were read, and when. */
  readonly #known = new Map<bigint, number>();
  #forgotAtMs = 0;

  constructor(deps: OtherProcessesDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("messages of other brokers", EVERY_MS, () => this.#step(), deps);
  }

  /** Messages may be there. */
  wake(): void {
    this.#loop.wake();
  }

  async #step(): Promise<void> {
    const { store, broker, processId, clock } = this.#deps;
    // What was published before this broker had subscribers is not for them.
    this.#after ??= await store.lastId();
    const found = await store.unread(processId, { after: this.#after, known: [...this.#known.keys()], limit: PAGE });
    const now = clock.monotonicMs();
    for (const { id, qos, messageId, ...message } of found) {
      this.#known.set(id, now);
      broker.deliver({ ...message, messageId: messageId ?? undefined, qos: qos === 1 ? 1 : 0, hops: 0 });
    }
    for (const [id, readMs] of this.#known) {
      if (readMs > now - SETTLED_MS) break;
      if (id > this.#after) this.#after = id;
    }
    for (const id of this.#known.keys()) if (id <= this.#after) this.#known.delete(id);
    if (found.length === PAGE) this.#loop.wake();
    if (now - this.#forgotAtMs > SETTLED_MS) {
      this.#forgotAtMs = now;
      await store.forget(KEPT_MS);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
