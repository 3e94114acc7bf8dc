import type { Clock } from "@hearth/kit";
import type { SnsTopicKey, SnsTopicRecord, SnsTopicStore } from "@hearth/store";
import { parseTopicArn, type Topic, toTopic } from "./topic.ts";

/** A change of a topic in another process is seen after this time; AWS takes longer. */
const FRESH_MS = 2_000;
const MAX_TOPICS = 10_000;

interface Known {
  readonly topic: Promise<Topic | undefined>;
  readonly readAtMs: number;
}

/** Topics by name, kept in memory for a short time. */
export class TopicDirectory {
  readonly #store: Pick<SnsTopicStore, "find">;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(store: Pick<SnsTopicStore, "find">, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Resolves with the same object while the topic is remembered and unchanged. */
  async find(key: SnsTopicKey): Promise<Topic | undefined> {
    const name = nameOf(key);
    const nowMs = this.#clock.monotonicMs();
    const known = this.#known.get(name);
    if (known && nowMs - known.readAtMs < FRESH_MS) return await known.topic;
    const topic = this.#read(key, known?.topic);
    if (this.#known.size >= MAX_TOPICS) this.#known.clear();
    const entry = { topic, readAtMs: nowMs };
    this.#known.set(name, entry);
    try {
      const found = await topic;
      if (!found && this.#known.get(name) === entry) this.#known.delete(name);
      return found;
    } catch (error) {
      if (this.#known.get(name) === entry) this.#known.delete(name);
      throw error;
    }
  }

  async findByArn(arn: string): Promise<Topic | undefined> {
    const key = parseTopicArn(arn);
    return key && (await this.find(key));
  }

  /** The topic was changed: the next `find` reads it. */
  forget(key: SnsTopicKey): void {
    this.#known.delete(nameOf(key));
  }

  async #read(key: SnsTopicKey, previous: Promise<Topic | undefined> | undefined): Promise<Topic | undefined> {
    const record = await this.#store.find(key);
    if (!record) return undefined;
    const before = await previous?.catch(() => undefined);
    // The same object for an unchanged topic: policies are compiled once per object.
    return before && isSame(before, record) ? before : toTopic(record);
  }
}

function nameOf({ accountId, region, TopicName }: SnsTopicKey): string {
  return `${accountId} ${region} ${TopicName}`;
}

function isSame(topic: Topic, record: SnsTopicRecord): boolean {
  return topic.id === record.id && topic.modifiedAt === record.modifiedAt;
}
