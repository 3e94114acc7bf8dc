import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { EventBridgeDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { findBus } from "../findBus.ts";
import { pageOf } from "../paging.ts";
import { shownRule } from "../shownRule.ts";
import * as words from "../words.ts";
import { RuleMembers } from "./describeRule.ts";

export const listRules = operation({
  name: "ListRules",
  input: structure({
    NamePrefix: words.RuleName.optional(),
    EventBusName: words.EventBusNameOrArn.optional(),
    ...words.Paging,
  }),
  output: structure({ Rules: z.array(structure(RuleMembers)), NextToken: z.string().optional() }),
  errors: [ResourceNotFoundException],
  async handle({ NamePrefix: prefix, EventBusName, ...page }, context, deps: Pick<EventBridgeDeps, "buses" | "rules">) {
    const bus = await findBus(deps, context, EventBusName);
    const { items, token } = await pageOf(
      page,
      (query) => deps.rules.list(bus, { prefix, ...query }),
      ({ rule }) => rule,
    );
    return { Rules: items.map(shownRule), ...token };
  },
});
