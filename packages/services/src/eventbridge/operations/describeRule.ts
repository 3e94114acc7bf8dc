import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { EventBridgeDeps } from "../deps.ts";
import { ResourceNotFoundException, ruleNotFound } from "../errors.ts";
import { findBus, ruleKeyOf } from "../findBus.ts";
import { shownRule } from "../shownRule.ts";
import * as words from "../words.ts";

export const RuleMembers = {
  Name: z.string(),
  Arn: z.string(),
  EventPattern: z.string().optional(),
  ScheduleExpression: z.string().optional(),
  State: z.string(),
  Description: z.string().optional(),
  RoleArn: z.string().optional(),
  EventBusName: z.string(),
};

export const describeRule = operation({
  name: "DescribeRule",
  input: structure({ Name: words.RuleName, EventBusName: words.EventBusNameOrArn.optional() }),
  output: structure({ ...RuleMembers, CreatedBy: z.string() }),
  errors: [ResourceNotFoundException],
  async handle({ Name, EventBusName }, context, deps: Pick<EventBridgeDeps, "buses" | "rules">) {
    const key = ruleKeyOf(await findBus(deps, context, EventBusName), Name);
    const rule = await deps.rules.find(key);
    if (!rule) throw ruleNotFound(key);
    return { ...shownRule(rule), CreatedBy: rule.accountId };
  },
});
