import { ruleArn } from "@hearth/buses";
import type { EventRuleRecord } from "@hearth/store";

/** A rule as ListRules shows it. */
export function shownRule(rule: EventRuleRecord) {
  return { Name: rule.rule, Arn: ruleArn(rule), ...rule.settings, EventBusName: rule.bus };
}
