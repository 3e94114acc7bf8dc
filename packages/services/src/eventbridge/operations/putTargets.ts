import { structure, structures, ValidationException } from "@hearth/model";
import type { RuleTarget } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { checkTarget } from "../checkTarget.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { LimitExceededException, ResourceNotFoundException, ruleNotFound } from "../errors.ts";
import { findBus, ruleKeyOf } from "../findBus.ts";
import * as words from "../words.ts";

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MAX_TARGETS = 5;

export const putTargets = operation({
  name: "PutTargets",
  input: structure({
    Rule: words.RuleName,
    EventBusName: words.EventBusNameOrArn.optional(),
    Targets: structures(words.Target, { min: 1, max: 100 }),
  }),
  output: structure({ FailedEntryCount: z.int(), FailedEntries: words.FailedEntries }),
  errors: [LimitExceededException, ResourceNotFoundException],
  async handle(
    { Rule, EventBusName, Targets },
    context,
    deps: Pick<EventBridgeDeps, "buses" | "targets" | "directory">,
  ) {
    const key = ruleKeyOf(await findBus(deps, context, EventBusName), Rule);
    const targets = Targets as readonly RuleTarget[];
    if (new Set(targets.map(({ Id }) => Id)).size < targets.length)
      throw new ValidationException("Parameter(s) Targets have the same Id more than once.");
    for (const target of targets) checkTarget(target);
    const refusal = await deps.targets.put(key, targets, MAX_TARGETS);
    if (refusal === "no rule") throw ruleNotFound(key);
    if (refusal === "too many") throw new LimitExceededException();
    deps.directory.forget(key);
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
});
