import type { Clock, Random } from "@hearth/kit";
import { type OutgoingMessage, ThrottlingException } from "@hearth/model";
import type {
  SnsDeduplication,
  SnsSubscriptionRecord,
  SnsSubscriptionStore,
  SnsTopicStore,
  Transaction,
} from "@hearth/store";
import { fanOutOf } from "./fanOut.ts";
import { Notification, type NotificationDeps } from "./notification.ts";
import { deduplicationIdOf, outgoing } from "./outgoing.ts";
import type { FanOutPort, PreparedSending, SendingPort } from "./ports.ts";
import type { Publication, Published } from "./publication.ts";
import { Recipients } from "./recipients.ts";
import { sequenceNumber } from "./sequenceNumber.ts";
import type { Topic } from "./topic.ts";
import type { TopicMetrics } from "./topicMetrics.ts";

export interface PublisherDeps extends NotificationDeps {
  readonly topics: Pick<SnsTopicStore, "takeSequences" | "advance" | "exists">;
  readonly subscriptions: Pick<SnsSubscriptionStore, "confirmed">;
  readonly deduplication: Pick<SnsDeduplication, "accept">;
  readonly sending: SendingPort;
  readonly fanOuts: FanOutPort;
  readonly metrics: TopicMetrics;
  readonly clock: Clock;
  readonly random: Random;
}

/** Messages to more subscriptions are sent by a fan-out. A FIFO topic has at most 100, and sends to all of them at once: so they get its order. */
const MAX_AT_ONCE = 10;
const MAX_OF_FIFO = 100;
/** Messages of an account that wait to be sent to many subscriptions: each may have 256 KB. */
const MAX_FAN_OUTS = 1_000;

/** Another process has published to the FIFO topic meanwhile, or has deleted the topic: it has to be read again, and numbers taken anew. */
export class TopicOutdated extends Error {}

/** Publications that are about to be accepted in a transaction. */
export interface PreparedPublications {
  /** Of publications without subscribers, of which nothing is remembered: they need no transaction. */
  readonly results?: readonly Published[];
  /** Resolves with one result for each publication. Rejects with TopicOutdated when they have to be prepared again. */
  write(tx: Transaction): Promise<readonly Published[]>;
  /** To be called when the transaction has committed, or where none is needed. */
  committed(): void;
}

/** Turns publications into messages to the subscriptions of their topic. */
export class Publisher {
  readonly #deps: PublisherDeps;
  readonly recipients = new Recipients();

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  /** Prepares publications that the topic takes. */
  async prepare(topic: Topic, publications: readonly Publication[]): Promise<PreparedPublications> {
    return topic.isFifo
      ? await this.#prepareFifo(topic, publications)
      : await this.#prepareStandard(topic, publications);
  }

  async #prepareStandard(topic: Topic, publications: readonly Publication[]): Promise<PreparedPublications> {
    const { topics, subscriptions, sending, fanOuts } = this.#deps;
    const found = await subscriptions.confirmed(topic.id, { limit: MAX_AT_ONCE + 1 });
    // Another process may have deleted the topic, and created one of the same name with subscriptions.
    if (found.length === 0 && !(await topics.exists(topic.id))) throw new TopicOutdated();
    const accepted = publications.map((publication) => this.#accepted(topic, publication));
    const results = accepted.map(({ accepted: { messageId } }) => ({ MessageId: messageId }));
    if (found.length > MAX_AT_ONCE) {
      if (await fanOuts.hasManyOf(topic.accountId, MAX_FAN_OUTS)) {
        throw new ThrottlingException("Too many messages of this account wait to be sent to their subscriptions.");
      }
      let committed: readonly (() => void)[] = [];
      return {
        write: async (tx) => {
          const added: (() => void)[] = [];
          for (const one of accepted) added.push(await fanOuts.add(tx, fanOutOf(one.accepted)));
          committed = added;
          return results;
        },
        committed: () => {
          for (const wake of committed) wake();
          this.#count(topic, publications);
        },
      };
    }
    const messages = await Promise.all(accepted.map((one) => this.messages(one, found)));
    const prepared = await sending.prepare(messages.flat());
    prepared.checkRoom();
    return {
      ...(messages.every(({ length }) => length === 0) && { results }),
      write: async (tx) => {
        await prepared.write(tx);
        return results;
      },
      committed: () => {
        prepared.committed();
        this.#count(topic, publications, publications.length * found.length - messages.flat().length);
      },
    };
  }

  #count(topic: Topic, publications: readonly Publication[], filteredOut = 0): void {
    const { metrics } = this.#deps;
    for (const publication of publications) metrics.published(topic, publication);
    metrics.filteredOut(topic, filteredOut);
  }

  /** One sending for each message, because only the transaction knows which of them are duplicates. */
  async #prepareFifo(topic: Topic, publications: readonly Publication[]): Promise<PreparedPublications> {
    const { topics, subscriptions, sending, deduplication } = this.#deps;
    const found = await subscriptions.confirmed(topic.id, { limit: MAX_OF_FIFO });
    const sequences = await topics.takeSequences(publications.length);
    const planned = await Promise.all(
      publications.map(async (publication, at) => {
        const sequence = sequences[at] ?? 0n;
        const notification = this.#accepted(topic, publication, sequenceNumber(sequence));
        const prepared = await sending.prepare(await this.messages(notification, found));
        prepared.checkRoom();
        return { publication, sequence, prepared, messageId: notification.accepted.messageId };
      }),
    );
    let sent: readonly PreparedSending[] = [];
    let accepted: readonly Publication[] = [];
    return {
      write: async (tx) => {
        const [first, last] = [sequences[0] ?? 0n, sequences.at(-1) ?? 0n];
        if (!(await topics.advance(tx, topic.id, first, last))) throw new TopicOutdated();
        const written: PreparedSending[] = [];
        const isNew: Publication[] = [];
        const results: Published[] = [];
        for (const { publication, sequence, prepared, messageId } of planned) {
          const scope = topic.isDeduplicatedByGroup ? (publication.groupId ?? "") : "";
          const dedupId = deduplicationIdOf(publication);
          const earlier = await deduplication.accept(
            tx,
            { topicId: topic.id, scope, dedupId },
            { messageId, sequence },
          );
          if (!earlier) {
            await prepared.write(tx);
            written.push(prepared);
            isNew.push(publication);
          }
          results.push({
            MessageId: earlier?.messageId ?? messageId,
            SequenceNumber: sequenceNumber(earlier?.sequence ?? sequence),
          });
        }
        sent = written;
        accepted = isNew;
        return results;
      },
      committed: () => {
        for (const one of sent) one.committed();
        this.#count(topic, accepted);
      },
    };
  }

  /** The messages of a notification for those of the subscriptions that get it. */
  async messages(
    notification: Notification,
    subscriptions: readonly SnsSubscriptionRecord[],
  ): Promise<readonly OutgoingMessage[]> {
    const recipients = this.recipients.of(subscriptions, notification.accepted.publication);
    return await Promise.all(recipients.map((one) => this.message(notification, one, recipients.length > 1)));
  }

  async message(
    notification: Notification,
    recipient: SnsSubscriptionRecord,
    isOneOfMany: boolean,
  ): Promise<OutgoingMessage> {
    return await outgoing(notification, recipient, { id: this.#deps.random.uuid(), isOneOfMany });
  }

  #accepted(topic: Topic, publication: Publication, number?: string): Notification {
    const { clock, random } = this.#deps;
    const accepted = {
      topic,
      publication,
      messageId: publication.messageId ?? random.uuid(),
      acceptedAt: clock.now(),
      ...(number !== undefined && { sequenceNumber: number }),
    };
    return new Notification(accepted, this.#deps);
  }
}
