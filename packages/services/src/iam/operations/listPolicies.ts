import { awsManagedPolicies } from "@hearth/access";
import { bool, choice, partitionOf, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "../deps.ts";
import { policyShape, toAwsPolicies, toPolicy } from "../policyAnswer.ts";
import * as words from "../words.ts";

export const listPolicies = operation({
  name: "ListPolicies",
  input: structure({
    Scope: choice(["All", "AWS", "Local"]).optional(),
    OnlyAttached: bool().optional(),
    PathPrefix: words.PathPrefix.optional(),
    Marker: words.Marker.optional(),
    MaxItems: words.MaxItems.optional(),
  }),
  output: structure({ Policies: z.array(policyShape), ...words.pageMembers }),
  errors: [],
  async handle(input, context, deps: Pick<IamDeps, "policies" | "rolePolicies" | "userPolicies">) {
    const { accountId } = context.caller;
    const { Scope = "All", PathPrefix = "/", OnlyAttached = false } = input;
    const { after, limit } = words.pageQuery(input);
    const own = Scope === "AWS" ? [] : await deps.policies.list(accountId, { PathPrefix, OnlyAttached, after, limit });
    const known = Scope === "Local" ? [] : awsManagedPolicies(partitionOf(context.region));
    const found = known.filter(({ Path, PolicyName }) => Path.startsWith(PathPrefix) && PolicyName > after);
    const aws = await toAwsPolicies(accountId, found, deps);
    const all = [...own.map((policy) => toPolicy(context, policy)), ...aws]
      .filter(({ AttachmentCount }) => !OnlyAttached || AttachmentCount > 0)
      .sort((a, b) => (a.PolicyName < b.PolicyName ? -1 : 1));
    const { shown, rest } = words.pageOf(all, input, ({ PolicyName }) => PolicyName);
    return { Policies: shown, ...rest };
  },
});
