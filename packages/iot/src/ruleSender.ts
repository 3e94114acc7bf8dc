import type { OutgoingMessage } from "@hearth/model";
import type { RuleAction } from "./actions/ruleAction.ts";
import type { TopicRule } from "./topicRule.ts";

/** As policies of roles and resources name the service. */
export const PRINCIPAL = "iot.amazonaws.com";

/** In whose name an action sends. */
export function senderOf({ key, arn }: TopicRule, { roleArn }: RuleAction): OutgoingMessage["sender"] {
  const { accountId, region } = key;
  return {
    kind: "service",
    accountId,
    region,
    principal: PRINCIPAL,
    sourceArn: arn,
    ...(roleArn !== undefined && { RoleArn: roleArn }),
  };
}
