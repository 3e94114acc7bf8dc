import { bool, integer, structure, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SsmDeps } from "../deps.ts";
import { InvalidFilterKey, InvalidFilterOption, InvalidFilterValue, InvalidNextToken } from "../errors.ts";
import { matchingPage, nameInToken } from "../paging.ts";
import { parameterAnswer } from "../parameterAnswer.ts";
import { parameterFilter } from "../parameterFilters.ts";
import * as words from "../words.ts";

const FILTERS = ["Type", "KeyId", "Label"];
const PAGE = 10;

export const getParametersByPath = operation({
  name: "GetParametersByPath",
  input: structure({
    Path: words.Name,
    Recursive: bool().optional(),
    ParameterFilters: words.ParameterFilters,
    WithDecryption: words.WithDecryption,
    MaxResults: integer({ min: 1, max: 10 }).optional(),
    NextToken: words.NextToken,
  }),
  output: structure({ Parameters: z.array(words.Parameter), NextToken: z.string().optional() }),
  errors: [InvalidFilterKey, InvalidFilterOption, InvalidFilterValue, InvalidNextToken],
  async handle(input, context, { parameters }: Pick<SsmDeps, "parameters">) {
    const { Path, Recursive = false, WithDecryption = false, MaxResults: limit = PAGE } = input;
    if (!Path.startsWith("/")) {
      throw new ValidationException(
        'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.',
      );
    }
    const filters = input.ParameterFilters ?? [];
    const matches = parameterFilter(filters, FILTERS);
    const label = filters.find(({ Key }) => Key === "Label")?.Values?.[0];
    const prefix = Path.endsWith("/") ? Path : `${Path}/`;
    const read = (after: string, count: number) =>
      parameters.list(context, { prefix, oneLevel: !Recursive, after, limit: count }, label);
    const { found, NextToken } = await matchingPage(read, matches, { after: nameInToken(input.NextToken), limit });
    return {
      Parameters: found.map((parameter) => parameterAnswer(parameter, WithDecryption)),
      ...(NextToken !== undefined && { NextToken }),
    };
  },
});
