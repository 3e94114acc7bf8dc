import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { EventBridgeDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { findBus } from "../findBus.ts";
import { pageOf } from "../paging.ts";
import * as words from "../words.ts";

export const listRuleNamesByTarget = operation({
  name: "ListRuleNamesByTarget",
  input: structure({ TargetArn: words.Arn, EventBusName: words.EventBusNameOrArn.optional(), ...words.Paging }),
  output: structure({ RuleNames: z.array(z.string()), NextToken: z.string().optional() }),
  errors: [ResourceNotFoundException],
  async handle({ TargetArn, EventBusName, ...page }, context, deps: Pick<EventBridgeDeps, "buses" | "targets">) {
    const bus = await findBus(deps, context, EventBusName);
    const { items, token } = await pageOf(
      page,
      (query) => deps.targets.ruleNamesOf(bus, TargetArn, query),
      (name: string) => name,
    );
    return { RuleNames: items, ...token };
  },
});
