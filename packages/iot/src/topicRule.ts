import { IotStatement } from "@hearth/patterns";
import type { IotRuleKey, IotRuleSettings } from "@hearth/store";
import { prepareAction } from "./actions/prepareAction.ts";
import type { RuleAction } from "./actions/ruleAction.ts";
import { filterId } from "./filterId.ts";
import { topicRuleArn } from "./iotArn.ts";

/** A rule that is ready to be evaluated. */
export interface TopicRule {
  readonly key: IotRuleKey;
  readonly arn: string;
  readonly statement: IotStatement;
  /** See `filterId`; 0 without a filter. */
  readonly filterId: number;
  readonly sqlVersion: string;
  readonly actions: readonly RuleAction[];
  readonly errorAction: RuleAction | undefined;
}

/** Compiles a rule. Throws IotSqlError or InvalidIotAction for one that cannot be evaluated. */
export function topicRule(
  { accountId, region, ruleName }: IotRuleKey,
  { sql, actions, errorAction, awsIotSqlVersion }: IotRuleSettings,
): TopicRule {
  const statement = new IotStatement(sql);
  return {
    key: { accountId, region, ruleName },
    arn: topicRuleArn({ accountId, region }, ruleName),
    statement,
    filterId: statement.filter ? filterId(statement.filter.filter) : 0,
    sqlVersion: awsIotSqlVersion,
    actions: actions.map(prepareAction),
    errorAction: errorAction && prepareAction(errorAction),
  };
}
