import { refusalOfDeliveryPolicy, type Topic, topicDeliveryPolicy } from "@hearth/topics";
import { type InvalidParameterException, invalidParameter } from "./errors.ts";
import { isPolicy, policyText } from "./topicPolicy.ts";

type Texts = Readonly<Record<string, string>>;

/** The reason why a value is not allowed; `undefined` for one that is. */
type Check = (value: string) => string | undefined;

const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value) ? undefined : `must be one of: ${values.join(", ")}`;

const feedbackRole: Check = (value) =>
  /^arn:[\w-]+:iam::\d{12}:role\/.+$/.test(value) ? undefined : "must be the ARN of a role";
const feedbackRate: Check = (value) =>
  /^\d{1,3}$/.test(value) && Number(value) <= 100 ? undefined : "must be between 0 and 100";

const KINDS = ["Application", "Firehose", "HTTP", "Lambda", "SQS"];

/** https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html */
const SETTABLE: Readonly<Record<string, Check>> = {
  DeliveryPolicy: (value) => refusalOfDeliveryPolicy(value, "topic"),
  DisplayName: (value) =>
    value.length <= 100 && !/\p{Cc}/u.test(value) ? undefined : "must have at most 100 characters",
  Policy: (value) => (isPolicy(value) ? undefined : "Policy Error: null"),
  KmsMasterKeyId: (value) => (value.length <= 2_048 ? undefined : "is too long"),
  SignatureVersion: oneOf("1", "2"),
  TracingConfig: oneOf("PassThrough", "Active"),
  ...Object.fromEntries(
    KINDS.flatMap((kind) => [
      [`${kind}SuccessFeedbackRoleArn`, feedbackRole],
      [`${kind}SuccessFeedbackSampleRate`, feedbackRate],
      [`${kind}FailureFeedbackRoleArn`, feedbackRole],
    ]),
  ),
};

const SETTABLE_ON_FIFO: Readonly<Record<string, Check>> = {
  ...SETTABLE,
  ContentBasedDeduplication: oneOf("true", "false"),
  FifoThroughputScope: oneOf("Topic", "MessageGroup"),
  ArchivePolicy: () => "Hearth does not archive messages",
};

/** The attributes after `given` was set. Throws AWS's error for what is not allowed; `within` is what its message says first. */
export function withTopicAttributes(
  present: Texts,
  given: Texts,
  isFifo: boolean,
  within: "Attributes" | "AttributeName",
): Texts {
  const checks = isFifo ? SETTABLE_ON_FIFO : SETTABLE;
  const result = { ...present };
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (!check) throw within === "AttributeName" ? invalidParameter("AttributeName") : unknown(name);
    if (value === "" || (name === "ArchivePolicy" && value === "{}")) {
      delete result[name];
      continue;
    }
    // PostgreSQL could not store it.
    const reason = value.includes("\0") || !value.isWellFormed() ? "invalid characters" : check(value);
    if (reason !== undefined) {
      throw within === "AttributeName"
        ? invalidParameter(name, reason)
        : invalidParameter("Attributes", `${name}: ${reason}`);
    }
    result[name] = value;
  }
  return result;
}

function unknown(name: string): InvalidParameterException {
  return invalidParameter("Attributes", `Unknown attribute ${name}`);
}

export interface Counts {
  readonly confirmed: number;
  readonly pending: number;
  readonly deleted: number;
}

/** All attributes of a topic, as GetTopicAttributes shows them. */
export function shownTopicAttributes(topic: Topic, { confirmed, pending, deleted }: Counts): Texts {
  const { attributes, isFifo } = topic;
  return {
    Policy: policyText(topic),
    Owner: topic.accountId,
    SubscriptionsPending: String(pending),
    TopicArn: topic.arn,
    EffectiveDeliveryPolicy: JSON.stringify(topicDeliveryPolicy(attributes["DeliveryPolicy"])),
    SubscriptionsConfirmed: String(confirmed),
    DisplayName: "",
    SubscriptionsDeleted: String(deleted),
    ...(isFifo && { FifoTopic: "true", ContentBasedDeduplication: "false", FifoThroughputScope: "Topic" }),
    ...attributes,
  };
}
