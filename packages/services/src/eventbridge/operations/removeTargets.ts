import { list, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { EventBridgeDeps } from "../deps.ts";
import { ResourceNotFoundException, ruleNotFound } from "../errors.ts";
import { findBus, ruleKeyOf } from "../findBus.ts";
import * as words from "../words.ts";

export const removeTargets = operation({
  name: "RemoveTargets",
  input: structure({
    Rule: words.RuleName,
    EventBusName: words.EventBusNameOrArn.optional(),
    Ids: list({ min: 1, max: 64, pattern: "[\\.\\-_A-Za-z0-9]+" }, { min: 1, max: 100 }),
    Force: words.Force,
  }),
  output: structure({ FailedEntryCount: z.int(), FailedEntries: words.FailedEntries }),
  errors: [ResourceNotFoundException],
  async handle(
    { Rule, EventBusName, Ids },
    context,
    deps: Pick<EventBridgeDeps, "buses" | "rules" | "targets" | "directory">,
  ) {
    const key = ruleKeyOf(await findBus(deps, context, EventBusName), Rule);
    if (!(await deps.rules.find(key))) throw ruleNotFound(key);
    const removed = await deps.targets.remove(key, Ids);
    deps.directory.forget(key);
    const FailedEntries = Ids.filter((id) => !removed.has(id)).map((TargetId) => ({
      TargetId,
      ErrorCode: "ResourceNotFoundException",
      ErrorMessage: `Target ${TargetId} does not exist on rule ${Rule}.`,
    }));
    return { FailedEntryCount: FailedEntries.length, FailedEntries };
  },
});
