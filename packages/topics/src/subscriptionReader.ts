import type { OutgoingMessage } from "@hearth/model";
import type { SnsSubscriptionStore } from "@hearth/store";
import { type FanOutContext, publicationOf, TOPIC_READER } from "./fanOut.ts";
import { Notification, type NotificationDeps } from "./notification.ts";
import type { Publisher } from "./publisher.ts";
import type { TopicDirectory } from "./topicDirectory.ts";

export interface SubscriptionReaderDeps extends NotificationDeps {
  readonly directory: Pick<TopicDirectory, "findByArn" | "forget">;
  readonly subscriptions: Pick<SnsSubscriptionStore, "confirmed">;
  readonly publisher: Pick<Publisher, "messages">;
}

/** A stored fan-out. */
export interface StoredFanOut {
  readonly body: Uint8Array;
  readonly context: Readonly<Record<string, unknown>>;
  /** The id of the last subscription that was read. */
  readonly cursor?: unknown;
}

interface Chunk {
  readonly messages: readonly OutgoingMessage[];
  readonly next?: string;
}

/** Knows the targets of fan-outs of topics: their subscriptions, in the order in which they were made. */
export class SubscriptionReader {
  readonly name = TOPIC_READER;
  readonly #deps: SubscriptionReaderDeps;

  constructor(deps: SubscriptionReaderDeps) {
    this.#deps = deps;
  }

  async read({ body, context, cursor }: StoredFanOut, limit: number): Promise<Chunk> {
    const { directory, subscriptions, publisher } = this.#deps;
    const { topicArn, topicId, messageId, acceptedAt } = context as unknown as FanOutContext;
    let topic = await directory.findByArn(topicArn);
    if (topic && topic.id !== topicId) {
      directory.forget(topic); // what this process remembers may be an earlier topic of this name
      topic = await directory.findByArn(topicArn);
    }
    if (topic?.id !== topicId) return { messages: [] }; // the topic was deleted, and its subscriptions with it
    const found = await subscriptions.confirmed(topicId, {
      limit,
      ...(typeof cursor === "string" && { after: cursor }),
    });
    const publication = publicationOf(body, context as unknown as FanOutContext);
    const notification = new Notification({ topic, publication, messageId, acceptedAt }, this.#deps);
    const messages = await publisher.messages(notification, found);
    const last = found.at(-1);
    return { messages, ...(found.length === limit && last && { next: last.id }) };
  }
}
