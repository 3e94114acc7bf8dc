import { encodeCursor, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException, ResourceNotFoundException } from "../errors.ts";
import { findGroup } from "../findGroup.ts";
import * as words from "../words.ts";

const MAX_FILTERS = 50;

export const describeSubscriptionFilters = operation({
  name: "DescribeSubscriptionFilters",
  input: structure({
    logGroupName: words.LogGroupName,
    filterNamePrefix: words.FilterName.optional(),
    nextToken: words.NextToken.optional(),
    limit: words.DescribeLimit.optional(),
  }),
  output: structure({
    subscriptionFilters: z.array(
      structure({
        filterName: z.string(),
        logGroupName: z.string(),
        filterPattern: z.string(),
        destinationArn: z.string(),
        roleArn: z.string().optional(),
        distribution: z.string(),
        applyOnTransformedLogs: z.boolean(),
        creationTime: z.number(),
      }),
    ),
    nextToken: z.string().optional(),
  }),
  errors: [InvalidParameterException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<LogsDeps, "groups" | "filters">) {
    const { logGroupName, filterNamePrefix: prefix, limit = MAX_FILTERS } = input;
    const { id } = await findGroup(deps, context, logGroupName);
    const [after] = input.nextToken === undefined ? [""] : words.decodeToken(input.nextToken, ["string"]);
    const found = await deps.filters.subscriptions(id, { prefix, after, limit: limit + 1 });
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    return {
      subscriptionFilters: shown.map(({ roleArn, ...filter }) => ({
        ...filter,
        logGroupName,
        ...(roleArn === null ? {} : { roleArn }),
        applyOnTransformedLogs: false,
      })),
      ...(last ? { nextToken: encodeCursor([last.filterName]) } : {}),
    };
  },
});
