import type { Clock } from "@hearth/kit";
import type { AccountRegion } from "@hearth/model";
import { TopicFilter } from "@hearth/patterns";
import type { IotSession, IotSessionStore } from "@hearth/store";
import type { Publication } from "./publication.ts";
import { keyOf } from "./topicRules.ts";

interface Recipient {
  readonly clientId: string;
  /** Of subscriptions with QoS 1. */
  readonly filters: readonly TopicFilter[];
  messages: number;
  bytes: number;
}

interface Known {
  readonly recipients: Promise<readonly Recipient[]>;
  readonly readMs: number;
}

export interface SessionQueuesDeps {
  readonly store: Pick<IotSessionStore, "ofAccount">;
  readonly clock: Clock;
}

/** A subscription that another process has stored is seen after this time. */
const FRESH_MS = 2_000;
/** Sessions that are full are looked at again after this time, since their clients may have acknowledged messages. */
const FULL_MS = 200;
const MAX_ACCOUNTS = 10_000;
/** What may wait in one session, and in all of an account and region. */
const MAX_MESSAGES = 1_000;
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_ACCOUNT_BYTES = 64 * 1024 * 1024;

/** Finds the sessions in which a message with QoS 1 has to wait. What is stored is kept in memory for a short time. */
export class SessionQueues {
  readonly #deps: SessionQueuesDeps;
  readonly #known = new Map<string, Known>();

  constructor(deps: SessionQueuesDeps) {
    this.#deps = deps;
  }

  /** Client ids of the sessions that a message waits in: those that subscribe to it and have room. */
  async recipientsOf(publication: Pick<Publication, keyof AccountRegion | "topic" | "payload">): Promise<string[]> {
    const { byteLength } = publication.payload;
    const levels = publication.topic.split("/");
    const select = (all: readonly Recipient[]): { readonly chosen: Recipient[]; readonly isFull: boolean } => {
      const wanted = all.filter(({ filters }) => filters.some((filter) => filter.matches(levels)));
      if (wanted.length === 0) return { chosen: [], isFull: false };
      let room = MAX_ACCOUNT_BYTES - all.reduce((sum, { bytes }) => sum + bytes, 0);
      const chosen = wanted.filter(({ messages, bytes }) => {
        if (messages >= MAX_MESSAGES || bytes + byteLength > MAX_BYTES || byteLength > room) return false;
        room -= byteLength;
        return true;
      });
      return { chosen, isFull: chosen.length < wanted.length };
    };
    let { chosen, isFull } = select(await this.#read(publication, FRESH_MS));
    if (isFull) ({ chosen, isFull } = select(await this.#read(publication, FULL_MS)));
    for (const one of chosen) {
      one.messages++;
      one.bytes += byteLength;
    }
    return chosen.map(({ clientId }) => clientId);
  }

  async has(where: AccountRegion, clientId: string): Promise<boolean> {
    return (await this.#read(where, FRESH_MS)).some((one) => one.clientId === clientId);
  }

  /** Sessions or subscriptions of an account were changed. */
  forget(where: AccountRegion): void {
    this.#known.delete(keyOf(where));
  }

  async #read(where: AccountRegion, freshMs: number): Promise<readonly Recipient[]> {
    const { store, clock } = this.#deps;
    const key = keyOf(where);
    const known = this.#known.get(key);
    if (known && clock.monotonicMs() - known.readMs < freshMs) return await known.recipients;
    if (this.#known.size >= MAX_ACCOUNTS) this.#known.clear();
    const recipients = store.ofAccount(where).then((sessions) => sessions.map(recipientOf));
    const entry = { recipients, readMs: clock.monotonicMs() };
    this.#known.set(key, entry);
    try {
      return await recipients;
    } catch (error) {
      if (this.#known.get(key) === entry) this.#known.delete(key);
      throw error;
    }
  }
}

function recipientOf({ clientId, subscriptions, messages, bytes }: IotSession): Recipient {
  const filters = subscriptions.filter(({ qos }) => qos > 0).map(({ topic }) => new TopicFilter(topic));
  return { clientId, filters, messages, bytes };
}
