import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { EventBridgeDeps } from "../deps.ts";
import { ResourceNotFoundException, ruleNotFound } from "../errors.ts";
import { findBus, ruleKeyOf } from "../findBus.ts";
import { pageOf } from "../paging.ts";
import * as words from "../words.ts";

export const listTargetsByRule = operation({
  name: "ListTargetsByRule",
  input: structure({ Rule: words.RuleName, EventBusName: words.EventBusNameOrArn.optional(), ...words.Paging }),
  output: structure({ Targets: z.array(words.Target), NextToken: z.string().optional() }),
  errors: [ResourceNotFoundException],
  async handle({ Rule, EventBusName, ...page }, context, deps: Pick<EventBridgeDeps, "buses" | "rules" | "targets">) {
    const key = ruleKeyOf(await findBus(deps, context, EventBusName), Rule);
    if (!(await deps.rules.find(key))) throw ruleNotFound(key);
    const { items, token } = await pageOf(
      page,
      (query) => deps.targets.list(key, query),
      ({ Id }) => Id,
    );
    return { Targets: items, ...token };
  },
});
