import { createHash } from "node:crypto";
import type { Clock, Random } from "@hearth/kit";
import type { MetricSink, OutgoingMessage } from "@hearth/model";
import {
  Batcher,
  type Database,
  OutboundRateStore,
  SnsDeduplication,
  type SnsSubscriptionRecord,
  SnsSubscriptionStore,
  type SnsTopicKey,
  SnsTopicStore,
} from "@hearth/store";
import { refusalOfPublication } from "./checkPublication.ts";
import { confirmationMessage } from "./confirmation.ts";
import { noSuchTopic } from "./errors.ts";
import type { Links } from "./links.ts";
import type { FanOutPort, SendingPort } from "./ports.ts";
import { type Publication, publicationBytes, type Published } from "./publication.ts";
import { type PreparedPublications, Publisher, TopicOutdated } from "./publisher.ts";
import { Signing } from "./signing.ts";
import { SubscriptionReader } from "./subscriptionReader.ts";
import type { Topic } from "./topic.ts";
import { TopicDirectory } from "./topicDirectory.ts";
import { TopicMetrics } from "./topicMetrics.ts";

export interface TopicsDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly links: Links;
  readonly sending: SendingPort;
  readonly fanOuts: FanOutPort;
  /** Takes the metrics of AWS/SNS. */
  readonly metrics?: MetricSink;
}

/** Publications that share a transaction. */
const BATCH = { items: 20, weight: 1_048_576, weigh: publicationBytes };
const ATTEMPTS = 10;
/** Confirmations that one account may have sent to one endpoint: so many at once, for as many topics, and then some per second. Mails reach people. */
const CONFIRMATIONS = { atOnce: 100, perSecond: 1 };
const CONFIRMATIONS_BY_MAIL = { atOnce: 20, perSecond: 1 / 60 };

/**
 * The topics of SNS below its API: publishing, and what subscriptions are told. A publication is sent to its subscriptions in the transaction that accepts it,
 * or one row of it is written there that is expanded later. Several processes may do so for the same topics.
 */
export class Topics {
  readonly store: SnsTopicStore;
  readonly subscriptions: SnsSubscriptionStore;
  readonly deduplication: SnsDeduplication;
  readonly directory: TopicDirectory;
  readonly signing: Signing;
  /** Expands publications to many subscriptions. */
  readonly reader: SubscriptionReader;
  readonly #deps: TopicsDeps;
  readonly #rates: OutboundRateStore;
  readonly #publisher: Publisher;
  /** One for each topic that is published to, so that a slow subscriber of one topic delays no other topic. */
  readonly #batchers = new Map<string, { readonly batcher: Batcher<Publication, Published>; uses: number }>();

  constructor(deps: TopicsDeps) {
    const { database, clock, links } = deps;
    this.#deps = deps;
    this.#rates = new OutboundRateStore(database);
    this.store = new SnsTopicStore(database);
    this.subscriptions = new SnsSubscriptionStore(database);
    this.deduplication = new SnsDeduplication(database);
    this.directory = new TopicDirectory(this.store, clock);
    this.signing = new Signing(deps);
    const { store: topics, subscriptions, deduplication, signing, directory } = this;
    const metrics = new TopicMetrics(deps.metrics, clock);
    this.#publisher = new Publisher({ ...deps, metrics, topics, subscriptions, deduplication, signing });
    this.reader = new SubscriptionReader({ directory, subscriptions, publisher: this.#publisher, links, signing });
  }

  async find(key: SnsTopicKey): Promise<Topic | undefined> {
    return await this.directory.find(key);
  }

  async findByArn(arn: string): Promise<Topic | undefined> {
    return await this.directory.findByArn(arn);
  }

  /** Resolves when the message is accepted: committed with what its subscriptions get. Rejects with an AwsError when the topic does not take it. */
  async publish(topic: Topic, publication: Publication): Promise<Published> {
    const refusal = refusalOfPublication(topic, publication);
    if (refusal) throw refusal;
    let entry = this.#batchers.get(topic.id);
    if (!entry) {
      const batcher = new Batcher<Publication, Published>(BATCH, (publications) =>
        this.#publishAll(topic, publications),
      );
      this.#batchers.set(topic.id, (entry = { batcher, uses: 0 }));
    }
    entry.uses++;
    try {
      return await entry.batcher.add(publication);
    } finally {
      entry.uses--;
      if (entry.uses === 0) this.#batchers.delete(topic.id);
    }
  }

  /** Prepares a publication that is accepted in the caller's transaction. Rejects with an AwsError when the topic does not take it. */
  async prepare(topic: Topic, publication: Publication): Promise<PreparedPublications> {
    const refusal = refusalOfPublication(topic, publication);
    if (refusal) throw refusal;
    try {
      return await this.#publisher.prepare(topic, [publication]);
    } catch (error) {
      if (error instanceof TopicOutdated) this.directory.forget(topic);
      throw error;
    }
  }

  async #publishAll(topic: Topic, publications: readonly Publication[]): Promise<readonly Published[]> {
    // Again and again with the newest topic: its attributes may have changed while the batch before was written.
    for (let attempt = 1; ; attempt++) {
      const present = await this.directory.find(topic);
      if (!present) throw noSuchTopic();
      try {
        const prepared = await this.#publisher.prepare(present, publications);
        if (prepared.results) {
          prepared.committed();
          return prepared.results;
        }
        const results = await this.#deps.database.transaction((tx) => prepared.write(tx));
        prepared.committed();
        return results;
      } catch (error) {
        if (!(error instanceof TopicOutdated) || attempt === ATTEMPTS) throw error;
        this.directory.forget(topic);
      }
    }
  }

  /** Whether the account may have a further confirmation sent to the endpoint now; it counts as sent then. */
  async mayAsk(owner: string, protocol: string, endpoint: string): Promise<boolean> {
    const hash = createHash("sha256").update(`${protocol} ${endpoint}`).digest("hex");
    const { perSecond, atOnce } = protocol === "email" ? CONFIRMATIONS_BY_MAIL : CONFIRMATIONS;
    const waitMs = await this.#rates.take(`sns confirmation ${owner} ${hash}`, perSecond, atOnce);
    return waitMs === 0;
  }

  /** Asks the endpoint of a subscription to confirm it, or tells it that it has ended. */
  async sendConfirmation(
    topic: Topic,
    subscription: SnsSubscriptionRecord,
    type: "SubscriptionConfirmation" | "UnsubscribeConfirmation",
    token: string,
  ): Promise<void> {
    const { clock, random, links, sending } = this.#deps;
    const confirmation = { topic, subscription, type, token, messageId: random.uuid(), sentAt: clock.now() };
    const message: OutgoingMessage = await confirmationMessage(confirmation, { links, signing: this.signing });
    await sending.sendNow([message]);
  }

  /** A token that confirms a subscription. */
  newToken(): string {
    return this.#deps.random.hex(128);
  }
}
