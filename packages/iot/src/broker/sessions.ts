import { Readable } from "node:stream";
import type { AedesPublishPacket, Subscription } from "aedes";
import { TopicFilter } from "@hearth/patterns";

interface ClientOf {
  readonly id: string;
}

interface StoredSubscription {
  readonly filter: TopicFilter;
  readonly subscription: Subscription;
}

interface Session {
  readonly subscriptions: Map<string, StoredSubscription>;
  /** QoS 1 messages that the client has not acknowledged. */
  outgoing: AedesPublishPacket[];
  bytes: number;
}

export interface SessionsDeps {
  /** Retained messages of topics that one of the filters matches. */
  readonly retained: (filters: readonly string[]) => AsyncIterable<AedesPublishPacket>;
}

/** What one session may keep for its client. */
const MAX_QUEUED = 1_000;
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;

/**
 * The sessions of the clients of one account, as aedes keeps them: what clients subscribed to that did not ask for a clean session, and the QoS 1 messages
 * that wait for them. They are in memory: a restart ends them. Retained messages are read from where they are kept.
 */
export class Sessions {
  readonly #retained: SessionsDeps["retained"];
  readonly #sessions = new Map<string, Session>();
  readonly #wills = new Map<string, AedesPublishPacket>();

  constructor({ retained }: SessionsDeps) {
    this.#retained = retained;
  }

  get size(): number {
    return this.#sessions.size;
  }

  has(id: string): boolean {
    return this.#sessions.has(id);
  }

  /** Ends a session, with the messages that wait in it. */
  end(id: string): void {
    this.#sessions.delete(id);
  }

  async setup(): Promise<void> {}

  /** Whoever publishes keeps it in the transaction of what it causes. */
  async storeRetained(): Promise<void> {}

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    return Readable.from(this.#retained(filters));
  }

  createRetainedStream(filter: string): Readable {
    return Readable.from(this.#retained([filter]));
  }

  async addSubscriptions({ id }: ClientOf, subscriptions: readonly Subscription[]): Promise<void> {
    const { subscriptions: stored } = this.#session(id);
    for (const subscription of subscriptions) {
      stored.set(subscription.topic, {
        filter: new TopicFilter(subscription.topic),
        subscription: { ...subscription },
      });
    }
  }

  async removeSubscriptions({ id }: ClientOf, filters: readonly string[]): Promise<void> {
    const session = this.#sessions.get(id);
    for (const filter of filters) session?.subscriptions.delete(filter);
    if (session?.subscriptions.size === 0 && session.outgoing.length === 0) this.#sessions.delete(id);
  }

  async subscriptionsByClient({ id }: ClientOf): Promise<readonly Subscription[]> {
    return [...(this.#sessions.get(id)?.subscriptions.values() ?? [])].map(({ subscription }) => ({ ...subscription }));
  }

  async countOffline(): Promise<{ readonly subsCount: number; readonly clientsCount: number }> {
    let subsCount = 0;
    for (const { subscriptions } of this.#sessions.values()) subsCount += subscriptions.size;
    return { subsCount, clientsCount: this.#sessions.size };
  }

  /** One for each session that has a matching subscription with QoS 1. */
  async subscriptionsByTopic(topic: string): Promise<readonly (Subscription & { readonly clientId: string })[]> {
    const levels = topic.split("/");
    const found: (Subscription & { readonly clientId: string })[] = [];
    for (const [clientId, { subscriptions }] of this.#sessions) {
      for (const { filter, subscription } of subscriptions.values()) {
        if (subscription.qos === 0 || !filter.matches(levels)) continue;
        found.push({ ...subscription, clientId });
        break;
      }
    }
    return found;
  }

  async cleanSubscriptions({ id }: ClientOf): Promise<void> {
    this.#sessions.delete(id);
  }

  async outgoingEnqueue({ clientId }: { readonly clientId: string }, packet: AedesPublishPacket): Promise<void> {
    const session = this.#session(clientId);
    const { byteLength } = Buffer.from(packet.payload);
    // Beyond what it may keep, the session misses messages; a client that is connected is closed then.
    if (session.outgoing.length >= MAX_QUEUED || session.bytes + byteLength > MAX_QUEUED_BYTES) return;
    session.outgoing.push(copyOf(packet));
    session.bytes += byteLength;
  }

  async outgoingEnqueueCombi(
    subscriptions: readonly { readonly clientId: string }[],
    packet: AedesPublishPacket,
  ): Promise<void> {
    for (const subscription of subscriptions) await this.outgoingEnqueue(subscription, packet);
  }

  async outgoingUpdate({ id }: ClientOf, packet: AedesPublishPacket): Promise<void> {
    const outgoing = this.#sessions.get(id)?.outgoing ?? [];
    for (const [at, waiting] of outgoing.entries()) {
      if (waiting.brokerId === packet.brokerId) {
        if (waiting.brokerCounter !== packet.brokerCounter) continue;
        outgoing[at] = Object.assign(waiting, { messageId: packet.messageId ?? 0 });
        return;
      }
      if (waiting.messageId === packet.messageId) {
        outgoing[at] = packet;
        return;
      }
    }
    throw new Error("no such packet");
  }

  async outgoingClearMessageId(
    { id }: ClientOf,
    packet: Pick<AedesPublishPacket, "messageId">,
  ): Promise<AedesPublishPacket | undefined> {
    const session = this.#sessions.get(id);
    const at = session?.outgoing.findIndex(({ messageId }) => messageId === packet.messageId) ?? -1;
    if (!session || at < 0) return undefined;
    const [removed] = session.outgoing.splice(at, 1);
    session.bytes -= removed ? Buffer.from(removed.payload).byteLength : 0;
    return removed;
  }

  outgoingStream({ id }: ClientOf): Readable {
    return Readable.from([...(this.#sessions.get(id)?.outgoing ?? [])]);
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
    return Readable.from(
      [...this.#sessions].filter(([, { subscriptions }]) => subscriptions.has(topic)).map(([id]) => id),
    );
  }

  async destroy(): Promise<void> {
    this.#sessions.clear();
  }

  #session(id: string): Session {
    let session = this.#sessions.get(id);
    if (!session) this.#sessions.set(id, (session = { subscriptions: new Map(), outgoing: [], bytes: 0 }));
    return session;
  }
}

function copyOf({ cmd, brokerId, brokerCounter, topic, payload, qos, dup }: AedesPublishPacket): AedesPublishPacket {
  return { cmd, brokerId, brokerCounter, topic, payload, qos, retain: false, dup } as AedesPublishPacket;
}
