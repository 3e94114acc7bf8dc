import type { OutgoingAttribute, OutgoingMessage, Sender } from "@hearth/model";
import { MAX_HOPS } from "./maxHops.ts";

/** Why a message is given up. */
export interface GivenUp {
  /** As dead letters of EventBridge name it. */
  readonly code: string;
  readonly error: string;
  readonly attempts: number;
  /** The limit of its retry policy that was reached; absent when the target refused it. */
  readonly exhausted?: "MaximumRetryAttempts" | "MaximumEventAgeInSeconds";
}

/** A queue takes so many. */
const MAX_ATTRIBUTES = 10;
/** As AWS sends of an error. */
const ERROR_CHARACTERS = 1_000;

/**
 * The message that the dead-letter queue gets in place of `message`. It is sent in the name of the same sender, whose permissions decide about it too. Rules
 * send with the permission of the queue's policy, also where their target has a role:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html#eb-dlq-perms
 */
export function deadLetterOf(message: OutgoingMessage, queueArn: string, id: string, why: GivenUp): OutgoingMessage {
  const { eventId, sender, purpose, body, attributes, traceId, hops, messageGroupId } = message;
  const isFifo = queueArn.endsWith(".fifo");
  // Of a topic rule: the rule carries out its error action with what the action knew of the message.
  const origin = message.parameters?.["iot"] as Readonly<Record<string, unknown>> | undefined;
  return {
    id,
    ...(eventId !== undefined && { eventId }),
    sender: purpose === "RuleTarget" || purpose === "TopicRule" ? withoutRole(sender) : sender,
    purpose: "DeadLetter",
    TargetArn: queueArn,
    body,
    attributes: purpose === "RuleTarget" || purpose === "Schedule" ? reasons(message, why) : attributes,
    ...(traceId !== undefined && { traceId }),
    // What went in a circle for too long reaches its dead-letter queue all the same.
    hops: Math.min(hops, MAX_HOPS),
    ...(messageGroupId !== undefined && { messageGroupId }),
    ...(purpose === "TopicRule" && { parameters: { iot: { ...origin, errorMessage: storable(why.error) } } }),
    ...(isFifo && { messageDeduplicationId: message.messageDeduplicationId ?? message.id }),
  };
}

/**
 * What EventBridge and its scheduler say in attributes; SNS adds none. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html#eb-rule-dlq
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
 */
function reasons({ sender, purpose, TargetArn }: OutgoingMessage, why: GivenUp): OutgoingMessage["attributes"] {
  const source = sender.kind === "service" ? sender.sourceArn : undefined;
  const said: readonly (readonly [string, string | undefined])[] = [
    ["ERROR_CODE", why.code],
    ["ERROR_MESSAGE", storable(why.error)],
    ["EXHAUSTED_RETRY_CONDITION", why.exhausted],
    ["RETRY_ATTEMPTS", String(Math.max(0, why.attempts - 1))],
    [purpose === "Schedule" ? "SCHEDULE_ARN" : "RULE_ARN", source],
    ["TARGET_ARN", TargetArn],
    ["IS_PAYLOAD_TRUNCATED", purpose === "Schedule" ? "false" : undefined],
  ];
  const attributes: Record<string, OutgoingAttribute> = {};
  for (const [name, value] of said.slice(0, MAX_ATTRIBUTES)) {
    if (value !== undefined && value !== "") attributes[name] = { DataType: "String", StringValue: value };
  }
  return attributes;
}

function withoutRole(sender: Sender): Sender {
  if (sender.kind === "function") return sender;
  const { RoleArn: _role, ...rest } = sender;
  return rest;
}

/** Without characters that a queue refuses. */
function storable(error: string): string {
  return error
    .slice(0, ERROR_CHARACTERS)
    .toWellFormed()
    .replace(/[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu, " ");
}
