import type { Dimensions, MetricKey, OutgoingMessage } from "@hearth/model";
import type { DeliveryOutcome } from "./deliveryOutcome.ts";

type Metric = Pick<MetricKey, "Namespace" | "MetricName" | "Dimensions">;

const SNS = "AWS/SNS";
const EVENTS = "AWS/Events";
const SCHEDULER = "AWS/Scheduler";
const LAMBDA = "AWS/Lambda";

/**
 * The metrics of CloudWatch in which the sender of a message counts how it ended. What waits for another attempt counts nowhere.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
export function senderMetrics(message: OutgoingMessage, outcome: DeliveryOutcome): readonly Metric[] {
  const { sender, purpose, parameters } = message;
  if (outcome === "later" || parameters?.["type"] === "SubscriptionConfirmation") return [];
  const isDelivered = outcome === "delivered";
  if (sender.kind === "function") {
    if (isDelivered) return [];
    const MetricName = purpose === "DeadLetter" ? "DeadLetterErrors" : "DestinationDeliveryFailures";
    const { FunctionName } = sender;
    const dimensions: readonly Dimensions[] = [{}, { FunctionName }, { FunctionName, Resource: FunctionName }];
    return dimensions.map((Dimensions) => ({ Namespace: LAMBDA, MetricName, Dimensions }));
  }
  const resource = sender.sourceArn.split(":").slice(5).join(":");
  const isDeadLetter = purpose === "DeadLetter";
  const metric = (Namespace: string, delivered: string, failed: string, Dimensions: Dimensions): readonly Metric[] => [
    { Namespace, MetricName: isDelivered ? delivered : failed, Dimensions },
  ];
  switch (sender.principal) {
    case "sns.amazonaws.com": {
      const dimensions = { TopicName: resource };
      if (!isDeadLetter)
        return metric(SNS, "NumberOfNotificationsDelivered", "NumberOfNotificationsFailed", dimensions);
      const [redriven, lost] = ["NumberOfNotificationsRedrivenToDlq", "NumberOfNotificationsFailedToRedriveToDlq"];
      return metric(SNS, redriven, lost, dimensions);
    }
    case "events.amazonaws.com": {
      const [RuleName = "", EventBusName] = resource.split("/").slice(1).toReversed();
      const dimensions = EventBusName === undefined ? { RuleName } : { EventBusName, RuleName };
      return isDeadLetter
        ? metric(EVENTS, "InvocationsSentToDlq", "InvocationsFailedToBeSentToDlq", dimensions)
        : metric(EVENTS, "SuccessfulInvocationAttempts", "FailedInvocations", dimensions);
    }
    case "scheduler.amazonaws.com": {
      const dimensions = { ScheduleGroup: resource.split("/")[1] ?? "" };
      const [sent, lost] = ["InvocationsSentToDeadLetterCount", "InvocationsFailedToBeSentToDeadLetterCount"];
      return isDeadLetter
        ? metric(SCHEDULER, sent, lost, dimensions)
        : metric(SCHEDULER, "InvocationAttemptCount", "InvocationDroppedCount", dimensions);
    }
    default:
      return [];
  }
}
