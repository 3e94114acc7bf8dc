import type { OutgoingMessage, Sender } from "@hearth/model";
import { expect, test } from "vitest";
import { senderMetrics } from "./senderMetrics.ts";
import { HERE, outgoing } from "./testing/outgoing.ts";

const service = (principal: string, resource: string): Sender => ({
  ...{ kind: "service", ...HERE, principal },
  sourceArn: `arn:aws:${principal.split(".")[0]}:${HERE.region}:${HERE.accountId}:${resource}`,
});
const fn: Sender = { kind: "function", ...HERE, FunctionName: "f", Role: "r", LogGroup: "l" };
const names = (message: Partial<OutgoingMessage>, outcome: "delivered" | "failed" | "later") =>
  senderMetrics(outgoing(message), outcome).map(
    ({ Namespace, MetricName, Dimensions }) => `${Namespace} ${MetricName} ${JSON.stringify(Dimensions)}`,
  );

test.for([
  [
    "sns.amazonaws.com",
    "t",
    "Notification",
    "AWS/SNS",
    '{"TopicName":"t"}',
    "NumberOfNotificationsDelivered",
    "NumberOfNotificationsFailed",
  ],
  [
    "sns.amazonaws.com",
    "t",
    "DeadLetter",
    "AWS/SNS",
    '{"TopicName":"t"}',
    "NumberOfNotificationsRedrivenToDlq",
    "NumberOfNotificationsFailedToRedriveToDlq",
  ],
  [
    "events.amazonaws.com",
    "rule/r",
    "RuleTarget",
    "AWS/Events",
    '{"RuleName":"r"}',
    "SuccessfulInvocationAttempts",
    "FailedInvocations",
  ],
  [
    "events.amazonaws.com",
    "rule/b/r",
    "DeadLetter",
    "AWS/Events",
    '{"EventBusName":"b","RuleName":"r"}',
    "InvocationsSentToDlq",
    "InvocationsFailedToBeSentToDlq",
  ],
  [
    "scheduler.amazonaws.com",
    "schedule/g/s",
    "Schedule",
    "AWS/Scheduler",
    '{"ScheduleGroup":"g"}',
    "InvocationAttemptCount",
    "InvocationDroppedCount",
  ],
  [
    "scheduler.amazonaws.com",
    "schedule/g/s",
    "DeadLetter",
    "AWS/Scheduler",
    '{"ScheduleGroup":"g"}',
    "InvocationsSentToDeadLetterCount",
    "InvocationsFailedToBeSentToDeadLetterCount",
  ],
] as const)(
  "what %s sends about %s as %s",
  ([principal, resource, purpose, namespace, dimensions, delivered, failed]) => {
    const message = { sender: service(principal, resource), purpose };
    expect(names(message, "delivered")).toEqual([`${namespace} ${delivered} ${dimensions}`]);
    expect(names(message, "failed")).toEqual([`${namespace} ${failed} ${dimensions}`]);
    expect(names(message, "later")).toEqual([]);
  },
);

test("functions count destinations and dead letters that fail", () => {
  expect(names({ sender: fn, purpose: "OnFailure" }, "delivered")).toEqual([]);
  expect(names({ sender: fn, purpose: "OnFailure" }, "failed")).toEqual([
    "AWS/Lambda DestinationDeliveryFailures {}",
    'AWS/Lambda DestinationDeliveryFailures {"FunctionName":"f"}',
    'AWS/Lambda DestinationDeliveryFailures {"FunctionName":"f","Resource":"f"}',
  ]);
  expect(names({ sender: fn, purpose: "DeadLetter" }, "failed")).toContain("AWS/Lambda DeadLetterErrors {}");
});

test("the question whether an endpoint wants a subscription is no notification", () => {
  const sender = service("sns.amazonaws.com", "t");
  expect(names({ sender, parameters: { type: "SubscriptionConfirmation" } }, "delivered")).toEqual([]);
});
