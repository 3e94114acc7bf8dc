import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { MetricSink, MetricUnit } from "@hearth/model";
import type { SqsMessageStore } from "@hearth/store";
import type { Queue } from "./queue.ts";

export interface QueueMetricsDeps {
  readonly messages: Pick<SqsMessageStore, "counts" | "oldestAgeMs">;
  readonly sink: MetricSink;
  readonly clock: Clock;
  readonly logger: Logger;
}

const MINUTE_MS = 60_000;
/** As on AWS, a queue is looked at for six hours after it was used. */
const ACTIVE_MS = 6 * 3_600_000;
const MAX_ACTIVE = 1_000;

/**
 * The metrics of AWS/SQS. What is sent, received and deleted is counted where it happens; how many messages a queue has is looked at once a minute, for queues
 * that this process has used lately. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export class QueueMetrics implements AsyncDisposable {
  readonly #deps: QueueMetricsDeps;
  readonly #active = new Map<string, { readonly queue: Queue; usedMs: number }>();
  readonly #loop: BackgroundLoop;

  constructor(deps: QueueMetricsDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("metrics of queues", MINUTE_MS, (signal) => this.#look(signal), deps);
  }

  sent(queue: Queue, bytes: number): void {
    this.#put(queue, "NumberOfMessagesSent", 1);
    this.#put(queue, "SentMessageSize", bytes, "Bytes");
  }

  received(queue: Queue, messages: number): void {
    if (messages > 0) this.#put(queue, "NumberOfMessagesReceived", messages);
    else this.#put(queue, "NumberOfEmptyReceives", 1);
  }

  deleted(queue: Queue): void {
    this.#put(queue, "NumberOfMessagesDeleted", 1);
  }

  #put(queue: Queue, MetricName: string, value: number, unit: MetricUnit = "Count"): void {
    const { clock } = this.#deps;
    const known = this.#active.get(queue.id);
    if (known) known.usedMs = clock.monotonicMs();
    else if (this.#active.size < MAX_ACTIVE) this.#active.set(queue.id, { queue, usedMs: clock.monotonicMs() });
    this.#value(queue, MetricName, value, unit);
  }

  #value({ accountId, region, QueueName }: Queue, MetricName: string, value: number, unit: MetricUnit): void {
    const { sink, clock } = this.#deps;
    sink.put({
      accountId,
      region,
      Namespace: "AWS/SQS",
      MetricName,
      Dimensions: { QueueName },
      value,
      unit,
      at: clock.now(),
    });
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { messages, clock } = this.#deps;
    for (const [id, { queue, usedMs }] of this.#active) {
      if (signal.aborted) return;
      if (usedMs < clock.monotonicMs() - ACTIVE_MS) {
        this.#active.delete(id);
        continue;
      }
      const { visible, inFlight, delayed } = await messages.counts(id, queue.retentionSeconds);
      const oldestMs = visible + inFlight + delayed > 0 ? await messages.oldestAgeMs(id, queue.retentionSeconds) : 0;
      this.#value(queue, "ApproximateNumberOfMessagesVisible", visible, "Count");
      this.#value(queue, "ApproximateNumberOfMessagesNotVisible", inFlight, "Count");
      this.#value(queue, "ApproximateNumberOfMessagesDelayed", delayed, "Count");
      this.#value(queue, "ApproximateAgeOfOldestMessage", Math.floor(oldestMs / 1000), "Seconds");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
