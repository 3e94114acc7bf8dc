import { Readable } from "node:stream";
import type { AccountRegion } from "@hearth/model";
import { TopicFilter } from "@hearth/patterns";
import type { IotSessionStore } from "@hearth/store";
import type { AedesPublishPacket, Subscription } from "aedes";
import type { SessionQueues } from "../sessionQueues.ts";

interface ClientOf {
  readonly id: string;
}

/** A message that was sent to a client and is not acknowledged. */
interface Outgoing {
  readonly brokerId: string;
  readonly brokerCounter: number;
  /** Where it is stored until it is acknowledged; `undefined` for retained messages, which are stored anyway. */
  readonly storedAs: string | undefined;
  messageId?: number;
}

/** What is known of a session while its client is connected. */
interface Session {
  readonly filters: Map<string, TopicFilter>;
  outgoing: Outgoing[];
}

export interface SessionsDeps {
  readonly where: AccountRegion;
  /** Retained messages of topics that one of the filters matches. */
  readonly retained: (filters: readonly string[]) => AsyncIterable<AedesPublishPacket>;
  readonly store: Omit<IotSessionStore, "ofAccount" | "add">;
  readonly queues: Pick<SessionQueues, "has" | "forget">;
}

/** What one session may have sent without an acknowledgement. What is stored beyond it is sent when the client connects again. */
const MAX_OUTGOING = 1_000;
const MAX_SESSIONS = 500;
const PAGE = 100;
/** AWS's default. https://docs.aws.amazon.com/general/latest/gr/iot-core.html */
const EXPIRY_MS = 3_600_000;
/** As the broker of messages that waited for their client. */
const STORED = "stored";

/**
 * The sessions of the clients of one account, as aedes keeps them: of clients that did not ask for a clean session. Sessions, their subscriptions and the messages
 * that wait in them are in PostgreSQL; a message is put there in the transaction of what else it causes, before it comes here, and removed when its client has
 * acknowledged it. Retained messages are read from where they are kept.
 */
export class Sessions {
  readonly #deps: SessionsDeps;
  readonly #sessions = new Map<string, Session>();
  readonly #wills = new Map<string, AedesPublishPacket>();
  /** By their payload, the only member that aedes does not copy. */
  readonly #stored = new WeakMap<object, string>();
  #counter = 0;

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
  }

  /** The message with this payload waits in sessions under this id. */
  storedAs(payload: Buffer, messageId: string | undefined): void {
    if (messageId !== undefined) this.#stored.set(payload, messageId);
  }

  /** Puts off the expiry of sessions of clients that are connected, or were until now, and removes sessions that have expired. */
  async renew(clientIds: readonly string[]): Promise<void> {
    const { store, where } = this.#deps;
    const own = clientIds.filter((id) => this.#sessions.has(id));
    if (own.length > 0) await store.renew(where, own, EXPIRY_MS);
  }

  async removeExpired(isConnected: (clientId: string) => boolean): Promise<void> {
    for (const id of this.#sessions.keys()) if (!isConnected(id)) this.#sessions.delete(id);
    await this.#deps.store.removeExpired();
  }

  async setup(): Promise<void> {}

  /** Whoever publishes keeps it in the transaction of what it causes. */
  async storeRetained(): Promise<void> {}

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    return Readable.from(this.#deps.retained(filters));
  }

  createRetainedStream(filter: string): Readable {
    return Readable.from(this.#deps.retained([filter]));
  }

  async addSubscriptions({ id }: ClientOf, subscriptions: readonly Subscription[]): Promise<void> {
    const { store, queues, where } = this.#deps;
    await store.subscribe(where, id, subscriptions);
    queues.forget(where);
    const { filters } = this.#session(id);
    for (const { topic, qos } of subscriptions) {
      if (qos > 0) filters.set(topic, new TopicFilter(topic));
      else filters.delete(topic);
    }
  }

  async removeSubscriptions({ id }: ClientOf, topics: readonly string[]): Promise<void> {
    const { store, queues, where } = this.#deps;
    await store.unsubscribe(where, id, topics);
    queues.forget(where);
    for (const topic of topics) this.#sessions.get(id)?.filters.delete(topic);
  }

  /** Asked for when a client connects without a clean session: opens the session. Rejects when the account has too many. */
  async subscriptionsByClient({ id }: ClientOf): Promise<readonly Subscription[]> {
    const { store, queues, where } = this.#deps;
    const found = await store.open(where, id, { expiryMs: EXPIRY_MS, limit: MAX_SESSIONS });
    if (!found) throw new Error(`the account has ${MAX_SESSIONS} sessions, and may have no more`);
    queues.forget(where);
    const reliable = found.filter(({ qos }) => qos > 0);
    const filters = new Map(reliable.map(({ topic }) => [topic, new TopicFilter(topic)]));
    this.#sessions.set(id, { filters, outgoing: [] });
    return found.map(({ topic, qos }) => ({ topic, qos }) as Subscription);
  }

  async countOffline(): Promise<{ readonly subsCount: number; readonly clientsCount: number }> {
    let subsCount = 0;
    for (const { filters } of this.#sessions.values()) subsCount += filters.size;
    return { subsCount, clientsCount: this.#sessions.size };
  }

  /** One for each session here that has a matching subscription with QoS 1. */
  async subscriptionsByTopic(topic: string): Promise<readonly (Subscription & { readonly clientId: string })[]> {
    const levels = topic.split("/");
    return [...this.#sessions].flatMap(([clientId, { filters }]) => {
      const isWanted = [...filters.values()].some((filter) => filter.matches(levels));
      return isWanted ? [{ clientId, topic, qos: 1 as const }] : [];
    });
  }

  /** Asked for when a client connects with a clean session: ends the one that it had. */
  async cleanSubscriptions({ id }: ClientOf): Promise<void> {
    const { store, queues, where } = this.#deps;
    this.#sessions.delete(id);
    if (!(await queues.has(where, id))) return;
    await store.end(where, id);
    queues.forget(where);
  }

  async outgoingEnqueue({ clientId }: { readonly clientId: string }, packet: AedesPublishPacket): Promise<void> {
    const { outgoing } = this.#session(clientId);
    // A client that is connected and acknowledges nothing is closed then.
    if (outgoing.length >= MAX_OUTGOING) return;
    const { brokerId, brokerCounter, payload } = packet;
    const storedAs = typeof payload === "object" ? this.#stored.get(payload) : undefined;
    outgoing.push({ brokerId, brokerCounter, storedAs });
  }

  async outgoingEnqueueCombi(
    subscriptions: readonly { readonly clientId: string }[],
    packet: AedesPublishPacket,
  ): Promise<void> {
    for (const subscription of subscriptions) await this.outgoingEnqueue(subscription, packet);
  }

  async outgoingUpdate({ id }: ClientOf, packet: AedesPublishPacket): Promise<void> {
    const waiting = this.#sessions
      .get(id)
      ?.outgoing.find((one) => one.brokerId === packet.brokerId && one.brokerCounter === packet.brokerCounter);
    if (!waiting) throw new Error("no such packet");
    waiting.messageId = packet.messageId ?? 0;
  }

  /** The client has acknowledged a message. */
  async outgoingClearMessageId({ id }: ClientOf, packet: Pick<AedesPublishPacket, "messageId">): Promise<undefined> {
    const { outgoing = [] } = this.#sessions.get(id) ?? {};
    const at = outgoing.findIndex(({ messageId }) => messageId === packet.messageId);
    if (at < 0) return;
    const [acknowledged] = outgoing.splice(at, 1);
    const { store, where } = this.#deps;
    if (acknowledged?.storedAs !== undefined) await store.remove(where, id, acknowledged.storedAs);
  }

  /** What waits for a client that has connected. Its subscriptions are open already: what is published meanwhile reaches it as well. */
  outgoingStream({ id }: ClientOf): Readable {
    return Readable.from(this.#waiting(id));
  }

  async *#waiting(id: string): AsyncGenerator<AedesPublishPacket> {
    const { store, where } = this.#deps;
    for (let after = 0n; ;) {
      const session = this.#sessions.get(id);
      if (!session) return;
      const page = await store.messages(where, id, { after, limit: PAGE });
      for (const { messageId, topic, payload } of page) {
        if (session.outgoing.some(({ storedAs }) => storedAs === messageId)) continue;
        const brokerCounter = ++this.#counter;
        session.outgoing.push({ brokerId: STORED, brokerCounter, storedAs: messageId });
        const flags = { qos: 1, retain: false, dup: false };
        const packet = {
          cmd: "publish",
          brokerId: STORED,
          brokerCounter,
          topic,
          payload: Buffer.from(payload),
          ...flags,
        };
        yield packet as AedesPublishPacket;
      }
      after = page.at(-1)?.id ?? after;
      if (page.length < PAGE) return;
    }
  }

  /** Messages with QoS 2 are refused before they are kept. */
  async incomingStorePacket(): Promise<void> {
    throw new Error("QoS 2 is not supported");
  }

  async incomingGetPacket(): Promise<never> {
    throw new Error("no such packet");
  }

  async incomingDelPacket(): Promise<void> {
    throw new Error("no such packet");
  }

  async cleanIncoming(): Promise<void> {}

  async putWill({ id }: ClientOf, will: AedesPublishPacket): Promise<void> {
    this.#wills.set(id, will);
  }

  async getWill({ id }: ClientOf): Promise<AedesPublishPacket | undefined> {
    return this.#wills.get(id);
  }

  async delWill({ id }: ClientOf): Promise<AedesPublishPacket | undefined> {
    const will = this.#wills.get(id);
    this.#wills.delete(id);
    return will;
  }

  /** Wills of brokers that have died: of this one, which dies with them, there are none. */
  streamWill(): Readable {
    return Readable.from([]);
  }

  getClientList(topic: string): Readable {
    return Readable.from([...this.#sessions].filter(([, { filters }]) => filters.has(topic)).map(([id]) => id));
  }

  async destroy(): Promise<void> {
    this.#sessions.clear();
  }

  #session(id: string): Session {
    let session = this.#sessions.get(id);
    if (!session) this.#sessions.set(id, (session = { filters: new Map(), outgoing: [] }));
    return session;
  }
}
