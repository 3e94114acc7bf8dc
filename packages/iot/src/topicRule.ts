import { IotStatement } from "@hearth/patterns";
import type { IotRuleKey, IotRuleSettings } from "@hearth/store";
import { prepareAction } from "./actions/prepareAction.ts";
import type { RuleAction } from "./actions/ruleAction.ts";
import { topicRuleArn } from "./iotArn.ts";

/** A rule that is ready to be evaluated. */
export interface TopicRule {
  readonly key: IotRuleKey;
  readonly arn: string;
  readonly statement: IotStatement;
  readonly sqlVersion: string;
  readonly actions: readonly RuleAction[];
  readonly errorAction: RuleAction | undefined;
}

/** Compiles a rule. Throws IotSqlError or InvalidIotAction for one that cannot be evaluated. */
export function topicRule(
  { accountId, region, ruleName }: IotRuleKey,
  { sql, actions, errorAction, awsIotSqlVersion }: IotRuleSettings,
): TopicRule {
  return {
    key: { accountId, region, ruleName },
    arn: topicRuleArn({ accountId, region }, ruleName),
    statement: new IotStatement(sql),
    sqlVersion: awsIotSqlVersion,
    actions: actions.map(prepareAction),
    errorAction: errorAction && prepareAction(errorAction),
  };
}
