import type { Clock } from "@hearth/kit";
import type { MetricSink, MetricUnit } from "@hearth/model";
import { type Publication, publicationBytes } from "./publication.ts";
import type { Topic } from "./topic.ts";

/** The metrics of AWS/SNS about what is published. How notifications end is counted where they are sent. */
export class TopicMetrics {
  readonly #sink: MetricSink | undefined;
  readonly #clock: Pick<Clock, "now">;

  constructor(sink: MetricSink | undefined, clock: Pick<Clock, "now">) {
    this.#sink = sink;
    this.#clock = clock;
  }

  published(topic: Topic, publication: Publication): void {
    this.#put(topic, "NumberOfMessagesPublished", 1, "Count");
    this.#put(topic, "PublishSize", publicationBytes(publication), "Bytes");
  }

  /** Subscriptions whose filter policies do not match a message. */
  filteredOut(topic: Topic, count: number): void {
    if (count > 0) this.#put(topic, "NumberOfNotificationsFilteredOut", count, "Count");
  }

  #put({ accountId, region, TopicName }: Topic, MetricName: string, value: number, unit: MetricUnit): void {
    const at = this.#clock.now();
    const key = { accountId, region, Namespace: "AWS/SNS", MetricName, Dimensions: { TopicName } };
    this.#sink?.put({ ...key, value, unit, at });
  }
}
