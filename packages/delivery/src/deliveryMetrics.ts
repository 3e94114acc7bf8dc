import { type Clock, Counter, Gauge, type Registry } from "@hearth/kit";
import type { MetricSink, OutgoingMessage, SendingPurpose } from "@hearth/model";
import type { OutboxDepth } from "@hearth/store";
import type { DeliveryOutcome } from "./deliveryOutcome.ts";
import { senderMetrics } from "./senderMetrics.ts";

const PURPOSES: Readonly<Record<SendingPurpose, string>> = {
  OnSuccess: "destination",
  OnFailure: "destination",
  DeadLetter: "dead_letter",
  Notification: "notification",
  RuleTarget: "rule_target",
  Schedule: "schedule",
  LogSubscription: "log_subscription",
  AlarmAction: "alarm_action",
  BucketNotification: "bucket_notification",
  TopicRule: "topic_rule",
};

export interface CloudWatchPort {
  readonly sink: MetricSink;
  readonly clock: Pick<Clock, "now">;
}

/** Metrics of what is sent to targets. */
export class DeliveryMetrics {
  readonly #deliveries: Counter;
  readonly #cloudwatch: CloudWatchPort | undefined;
  #depth: OutboxDepth = { waiting: 0, dead: 0 };

  /** Without `cloudwatch`, senders have no metrics in CloudWatch. */
  constructor(registry: Registry, cloudwatch?: CloudWatchPort) {
    this.#cloudwatch = cloudwatch;
    this.#deliveries = new Counter({
      name: "hearth_deliveries_total",
      help: "Messages to targets: destinations, dead-letter queues, subscriptions, targets of rules and schedules. AWS's DestinationDeliveryFailures and DeadLetterErrors are those whose outcome is failed.",
      labelNames: ["purpose", "target", "outcome"],
      registers: [registry],
    });
    const read = (): OutboxDepth => this.#depth;
    new Gauge({
      name: "hearth_outbox_messages",
      help: "Messages that wait to be sent again, and messages that were given up and are kept for a while.",
      labelNames: ["state"],
      registers: [registry],
      collect() {
        this.set({ state: "waiting" }, read().waiting);
        this.set({ state: "dead" }, read().dead);
      },
    });
  }

  count(message: OutgoingMessage, target: string, outcome: DeliveryOutcome): void {
    this.#deliveries.inc({ purpose: PURPOSES[message.purpose], target, outcome });
    if (!this.#cloudwatch) return;
    const { accountId, region } = message.sender;
    const at = this.#cloudwatch.clock.now();
    for (const metric of senderMetrics(message, outcome))
      this.#cloudwatch.sink.put({ ...metric, accountId, region, value: 1, unit: "Count", at });
  }

  measured(depth: OutboxDepth): void {
    this.#depth = depth;
  }
}
