import { bool, choice, list, structure, structures, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SsmDeps } from "../deps.ts";
import { InvalidFilterKey, InvalidFilterOption, InvalidFilterValue, InvalidNextToken } from "../errors.ts";
import { matchingPage, nameInToken } from "../paging.ts";
import { parameterFacts } from "../parameterAnswer.ts";
import { parameterFilter } from "../parameterFilters.ts";
import { parameterArn } from "../parameterName.ts";
import * as words from "../words.ts";

const FILTERS = ["Name", "Type", "KeyId", "Path", "Tier", "DataType", "tag"];
const PAGE = 50;

export const describeParameters = operation({
  name: "DescribeParameters",
  input: structure({
    Filters: structures(
      structure({
        Key: choice(["Name", "Type", "KeyId"]),
        Values: list({ min: 1, max: 1024 }, { min: 1, max: 50 }),
      }),
    ).optional(),
    ParameterFilters: words.ParameterFilters,
    MaxResults: words.MaxResults,
    NextToken: words.NextToken,
    Shared: bool().optional(),
  }),
  output: structure({ Parameters: z.array(words.Metadata), NextToken: z.string().optional() }),
  errors: [InvalidFilterKey, InvalidFilterOption, InvalidFilterValue, InvalidNextToken],
  async handle(input, context, { parameters }: Pick<SsmDeps, "parameters">) {
    const { Filters = [], ParameterFilters = [], MaxResults: limit = PAGE, Shared = false } = input;
    if (Filters.length > 0 && ParameterFilters.length > 0) {
      throw new ValidationException("You can use either Filters or ParameterFilters in a single request.");
    }
    // Nothing is shared between accounts here.
    if (Shared) return { Parameters: [] };
    const matches = parameterFilter(Filters.length > 0 ? Filters : ParameterFilters, FILTERS);
    const read = (after: string, count: number) =>
      parameters.list(context, { prefix: "", oneLevel: false, after, limit: count });
    const { found, NextToken } = await matchingPage(read, matches, { after: nameInToken(input.NextToken), limit });
    return {
      Parameters: found.map((parameter) => ({ ...parameterFacts(parameter), ARN: parameterArn(parameter) })),
      ...(NextToken !== undefined && { NextToken }),
    };
  },
});
