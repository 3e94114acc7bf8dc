import { choice, encodeCursor, structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException } from "../errors.ts";
import * as words from "../words.ts";

const MAX_POLICIES = 50;

export const describeResourcePolicies = operation({
  name: "DescribeResourcePolicies",
  input: structure({
    nextToken: words.NextToken.optional(),
    limit: words.DescribeLimit.optional(),
    resourceArn: text({ min: 1 }).optional(),
    policyScope: choice(["ACCOUNT", "RESOURCE"]).optional(),
  }),
  output: structure({
    resourcePolicies: z.array(
      structure({
        policyName: z.string(),
        policyDocument: z.string(),
        lastUpdatedTime: z.number(),
        policyScope: z.string(),
      }),
    ),
    nextToken: z.string().optional(),
  }),
  errors: [InvalidParameterException],
  async handle(input, context, { resourcePolicies }: Pick<LogsDeps, "resourcePolicies">) {
    const { limit = MAX_POLICIES, policyScope = "ACCOUNT", resourceArn } = input;
    if (policyScope === "RESOURCE" || resourceArn !== undefined) return { resourcePolicies: [] };
    const [after] = input.nextToken === undefined ? [""] : words.decodeToken(input.nextToken, ["string"]);
    const found = await resourcePolicies.list(context, { after, limit: limit + 1 });
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    return {
      resourcePolicies: shown.map((policy) => ({ ...policy, policyScope: "ACCOUNT" })),
      ...(last ? { nextToken: encodeCursor([last.policyName]) } : {}),
    };
  },
});
