import { structure, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { EventBridgeDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { findBus, ruleKeyOf } from "../findBus.ts";
import * as words from "../words.ts";

export const deleteRule = operation({
  name: "DeleteRule",
  input: structure({
    Name: words.RuleName,
    EventBusName: words.EventBusNameOrArn.optional(),
    Force: words.Force,
  }),
  errors: [ResourceNotFoundException],
  async handle(
    { Name, EventBusName },
    context,
    deps: Pick<EventBridgeDeps, "buses" | "rules" | "directory" | "ruleTimers">,
  ) {
    const key = ruleKeyOf(await findBus(deps, context, EventBusName), Name);
    // A rule that does not exist is no error.
    const deleted = await deps.rules.delete(key, (tx) => deps.ruleTimers.remove(tx, key));
    if (!deleted) throw new ValidationException("Rule can't be deleted since it has targets.");
    deps.directory.forget(key);
    return undefined;
  },
});
