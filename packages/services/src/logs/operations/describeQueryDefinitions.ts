import { choice, encodeCursor, integer, structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException } from "../errors.ts";
import * as words from "../words.ts";

const MAX_RESULTS = 1_000;

export const describeQueryDefinitions = operation({
  name: "DescribeQueryDefinitions",
  input: structure({
    queryLanguage: choice(["CWLI", "SQL", "PPL"]).optional(),
    queryDefinitionNamePrefix: text({ min: 1, max: 255 }).optional(),
    maxResults: integer({ min: 1, max: MAX_RESULTS }).optional(),
    nextToken: words.NextToken.optional(),
  }),
  output: structure({
    queryDefinitions: z.array(
      structure({
        queryLanguage: z.string(),
        queryDefinitionId: z.string(),
        name: z.string(),
        queryString: z.string(),
        lastModified: z.number(),
        logGroupNames: z.array(z.string()),
      }),
    ),
    nextToken: z.string().optional(),
  }),
  errors: [InvalidParameterException],
  async handle(input, context, { queryDefinitions }: Pick<LogsDeps, "queryDefinitions">) {
    const { queryLanguage = "CWLI", queryDefinitionNamePrefix: prefix = "", maxResults: limit = MAX_RESULTS } = input;
    const after =
      input.nextToken === undefined ? (["", ""] as const) : words.decodeToken(input.nextToken, ["string", "string"]);
    const found =
      queryLanguage === "CWLI" ? await queryDefinitions.list(context, { prefix, after, limit: limit + 1 }) : [];
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    return {
      queryDefinitions: shown.map((definition) => ({ queryLanguage: "CWLI", ...definition })),
      ...(last ? { nextToken: encodeCursor([last.name, last.queryDefinitionId]) } : {}),
    };
  },
});
