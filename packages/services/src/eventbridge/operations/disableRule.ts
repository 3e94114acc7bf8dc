import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { EventBridgeDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { setRuleState } from "../setRuleState.ts";
import * as words from "../words.ts";

export const disableRule = operation({
  name: "DisableRule",
  input: structure({ Name: words.RuleName, EventBusName: words.EventBusNameOrArn.optional() }),
  errors: [ResourceNotFoundException],
  async handle(input, context, deps: Pick<EventBridgeDeps, "buses" | "rules" | "directory" | "ruleTimers">) {
    await setRuleState(deps, context, input, "DISABLED");
    return undefined;
  },
});
