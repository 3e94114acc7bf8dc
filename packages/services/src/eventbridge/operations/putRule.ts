import { ruleArn } from "@hearth/buses";
import { structure, text, ValidationException } from "@hearth/model";
import type { EventRuleSettings } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { checkPattern } from "../checkPattern.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { InvalidEventPatternException, LimitExceededException, ResourceNotFoundException } from "../errors.ts";
import { findBus, ruleKeyOf } from "../findBus.ts";
import { checkRuleSchedule } from "../ruleSchedule.ts";
import { tagsOfList } from "../tagging.ts";
import * as words from "../words.ts";

export const putRule = operation({
  name: "PutRule",
  input: structure({
    Name: words.RuleName,
    ScheduleExpression: text({ max: 256 }).optional(),
    EventPattern: words.EventPattern.optional(),
    State: words.State.optional(),
    Description: words.Description.optional(),
    RoleArn: words.Arn.optional(),
    Tags: words.Tags.optional(),
    EventBusName: words.EventBusNameOrArn.optional(),
  }),
  output: structure({ RuleArn: z.string() }),
  errors: [InvalidEventPatternException, LimitExceededException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<EventBridgeDeps, "buses" | "rules" | "directory" | "limits" | "ruleTimers">) {
    const { Name, Tags, EventBusName, State = "ENABLED", Description, RoleArn } = input;
    const ScheduleExpression = input.ScheduleExpression === "" ? undefined : input.ScheduleExpression;
    const EventPattern = input.EventPattern === "" ? undefined : input.EventPattern;
    if (EventPattern === undefined && ScheduleExpression === undefined)
      throw new ValidationException("Parameter(s) EventPattern or ScheduleExpression must be specified.");
    if (EventPattern !== undefined) checkPattern(EventPattern);
    const bus = await findBus(deps, context, EventBusName);
    if (ScheduleExpression !== undefined) checkRuleSchedule(ScheduleExpression, bus.bus);
    const key = ruleKeyOf(bus, Name);
    const tags = tagsOfList(Tags);
    if (!(await deps.rules.find(key)) && (await deps.rules.count(key)) >= deps.limits.rules)
      throw new LimitExceededException();
    const settings: EventRuleSettings = {
      State,
      ...(EventPattern !== undefined && { EventPattern }),
      ...(ScheduleExpression !== undefined && { ScheduleExpression }),
      ...(Description !== undefined && { Description }),
      ...(RoleArn !== undefined && { RoleArn }),
    };
    await deps.rules.put(key, { settings, tags }, (tx, rule) => deps.ruleTimers.plan(tx, rule));
    deps.directory.forget(key);
    deps.ruleTimers.wake();
    return { RuleArn: ruleArn(key) };
  },
});
