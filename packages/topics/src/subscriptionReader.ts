import type { OutgoingMessage } from "@hearth/model";
import type { SnsSubscriptionStore } from "@hearth/store";
import { type FanOutContext, publicationOf, TOPIC_READER } from "./fanOut.ts";
import { Notification, type NotificationDeps } from "./notification.ts";
import type { Publisher } from "./publisher.ts";
import type { TopicDirectory } from "./topicDirectory.ts";

export interface SubscriptionReaderDeps extends NotificationDeps {
  readonly directory: Pick<TopicDirectory, "findByArn" | "forget">;
  readonly subscriptions: Pick<SnsSubscriptionStore, "confirmed">;
  readonly publisher: Pick<Publisher, "message" | "recipients">;
}

/** A stored fan-out. */
export interface StoredFanOut {
  readonly body: Uint8Array;
  readonly context: Readonly<Record<string, unknown>>;
  /** The id of the last subscription that was read. */
  readonly cursor?: unknown;
}

/** Of the messages of one chunk, with the bytes that they do not share. */
interface ChunkLimit {
  readonly messages: number;
  readonly bytes: number;
}

interface Chunk {
  readonly messages: readonly OutgoingMessage[];
  readonly next?: string;
}

/** Knows the targets of fan-outs of topics: their subscriptions, in the order in which they were made. */
export class SubscriptionReader {
  readonly name = TOPIC_READER;
  readonly #deps: SubscriptionReaderDeps;
  /** By the body of their fan-out, which is the same object for the chunks of one turn. */
  readonly #notifications = new WeakMap<Uint8Array, Notification>();

  constructor(deps: SubscriptionReaderDeps) {
    this.#deps = deps;
  }

  async read({ body, context, cursor }: StoredFanOut, limit: ChunkLimit): Promise<Chunk> {
    const { directory, subscriptions, publisher } = this.#deps;
    const { topicArn, topicId, messageId, acceptedAt } = context as unknown as FanOutContext;
    let topic = await directory.findByArn(topicArn);
    if (topic && topic.id !== topicId) {
      directory.forget(topic); // what this process remembers may be an earlier topic of this name
      topic = await directory.findByArn(topicArn);
    }
    if (topic?.id !== topicId) return { messages: [] }; // the topic was deleted, and its subscriptions with it
    const found = await subscriptions.confirmed(topicId, {
      limit: limit.messages,
      ...(typeof cursor === "string" && { after: cursor }),
    });
    let notification = this.#notifications.get(body);
    if (!notification) {
      const publication = publicationOf(body, context as unknown as FanOutContext);
      notification = new Notification({ topic, publication, messageId, acceptedAt }, this.#deps);
      this.#notifications.set(body, notification);
    }
    const { publication } = notification.accepted;
    const recipients = publisher.recipients.of(found, publication);
    const messages: OutgoingMessage[] = [];
    let bytes = 0;
    for (const [at, one] of recipients.entries()) {
      const message = await publisher.message(notification, one, true);
      messages.push(message);
      bytes += message.sharedBody?.rest.length ?? message.body.byteLength;
      if (bytes >= limit.bytes && at + 1 < recipients.length) return { messages, next: one.id };
    }
    const last = found.at(-1);
    return { messages, ...(found.length === limit.messages && last && { next: last.id }) };
  }
}
