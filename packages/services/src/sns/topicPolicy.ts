import { compilePolicy, InvalidPolicy } from "@hearth/access";
import type { Topic } from "@hearth/topics";

export interface TopicPolicy {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: readonly Readonly<Record<string, unknown>>[];
}

/** The policy of a topic whose owner has set none. https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html */
function defaultPolicy({ arn, accountId }: Pick<Topic, "arn" | "accountId">): TopicPolicy {
  return {
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: [
          "SNS:GetTopicAttributes",
          "SNS:SetTopicAttributes",
          "SNS:AddPermission",
          "SNS:RemovePermission",
          "SNS:DeleteTopic",
          "SNS:Subscribe",
          "SNS:ListSubscriptionsByTopic",
          "SNS:Publish",
        ],
        Resource: arn,
        Condition: { StringEquals: { "AWS:SourceOwner": accountId } },
      },
    ],
  };
}

/** The policy of a topic as text. */
export function policyText(topic: Pick<Topic, "arn" | "accountId" | "attributes">): string {
  return topic.attributes["Policy"] ?? JSON.stringify(defaultPolicy(topic));
}

/** The policy of a topic, its statements as a list. */
export function readPolicy(topic: Pick<Topic, "arn" | "accountId" | "attributes">): TopicPolicy {
  const policy = JSON.parse(policyText(topic)) as Omit<TopicPolicy, "Statement"> & { readonly Statement: unknown };
  const statements: unknown[] = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
  return { ...policy, Statement: statements as TopicPolicy["Statement"] };
}

const MAX_BYTES = 30_720;

/** Whether a text may be the policy of a topic. */
export function isPolicy(text: string): boolean {
  if (Buffer.byteLength(text) > MAX_BYTES) return false;
  try {
    const policy = JSON.parse(text) as unknown;
    if (!isObject(policy)) return false;
    const { Statement } = policy as { readonly Statement?: unknown };
    const isListed = Array.isArray(Statement) ? Statement.length > 0 && Statement.every(isObject) : isObject(Statement);
    // Every later call about the topic reads the policy, also the one that would correct it.
    if (isListed) compilePolicy(text);
    return isListed;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof InvalidPolicy) return false;
    throw error;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
