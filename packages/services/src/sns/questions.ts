import { type Input, type Question, type Questions, textOf } from "@hearth/access";
import { parseSubscriptionArn, parseTopicArn, topicArn } from "@hearth/topics";

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html */
export const questions: Questions = ({ operation, input, accountId, region }) => {
  const action = `sns:${operation === "PublishBatch" ? "Publish" : operation}`;
  const TopicArn = textOf(input, "TopicArn") ?? textOf(input, "TargetArn") ?? textOf(input, "ResourceArn");
  const topic = TopicArn === undefined ? undefined : parseTopicArn(TopicArn);
  if (TopicArn !== undefined && topic) {
    // Whoever has the token of a subscription may confirm it.
    const owner = operation === "ConfirmSubscription" ? accountId : topic.accountId;
    return [
      {
        action,
        resources: [TopicArn],
        accountId: owner,
        asksResource: SHARED.has(operation),
        ...keysOf(operation, input),
      },
    ];
  }
  const SubscriptionArn = textOf(input, "SubscriptionArn");
  const subscription = SubscriptionArn === undefined ? undefined : parseSubscriptionArn(SubscriptionArn);
  // The operation itself looks whether the caller's account has to do with the subscription.
  if (SubscriptionArn !== undefined && subscription) {
    return [{ action, resources: [topicArn(subscription.topic), SubscriptionArn], accountId }];
  }
  const TopicName = operation === "CreateTopic" ? textOf(input, "Name") : undefined;
  return [
    { action, resources: [TopicName === undefined ? "*" : topicArn({ accountId, region, TopicName })], accountId },
  ];
};

/** What the policy of a topic can allow. */
const SHARED: ReadonlySet<string> = new Set([
  "AddPermission",
  "DeleteTopic",
  "GetTopicAttributes",
  "ListSubscriptionsByTopic",
  "ListTagsForResource",
  "Publish",
  "PublishBatch",
  "RemovePermission",
  "SetTopicAttributes",
  "Subscribe",
  "TagResource",
  "UntagResource",
]);

/** https://docs.aws.amazon.com/sns/latest/dg/sns-using-identity-based-policies.html#sns-policy-keys */
function keysOf(operation: string, input: Input): Pick<Question, "keys"> {
  if (operation !== "Subscribe") return {};
  const values: Readonly<Record<string, string | undefined>> = {
    "sns:endpoint": textOf(input, "Endpoint"),
    "sns:protocol": textOf(input, "Protocol"),
  };
  return {
    keys: (key) => {
      const value = values[key.toLowerCase()];
      return value === undefined ? undefined : [value];
    },
  };
}
