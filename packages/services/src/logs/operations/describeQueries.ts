import { choice, encodeCursor, integer, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException, ResourceNotFoundException } from "../errors.ts";
import * as words from "../words.ts";

const MAX_QUERIES = 1_000;

export const describeQueries = operation({
  name: "DescribeQueries",
  input: structure({
    logGroupName: words.LogGroupName.optional(),
    status: choice(["Scheduled", "Running", "Complete", "Failed", "Cancelled", "Timeout", "Unknown"]).optional(),
    maxResults: integer({ min: 1, max: MAX_QUERIES }).optional(),
    nextToken: words.NextToken.optional(),
    queryLanguage: choice(["CWLI", "SQL", "PPL"]).optional(),
  }),
  output: structure({
    queries: z.array(
      structure({
        queryLanguage: z.string(),
        queryId: z.string(),
        queryString: z.string(),
        status: z.string(),
        createTime: z.number(),
        logGroupName: z.string().optional(),
        queryDuration: z.number().optional(),
        bytesScanned: z.number(),
      }),
    ),
    nextToken: z.string().optional(),
  }),
  errors: [InvalidParameterException, ResourceNotFoundException],
  async handle(input, context, { queries }: Pick<LogsDeps, "queries">) {
    const { logGroupName, status, maxResults: limit = MAX_QUERIES, queryLanguage = "CWLI" } = input;
    const after = input.nextToken === undefined ? undefined : words.decodeToken(input.nextToken, ["number", "string"]);
    const found =
      queryLanguage === "CWLI" ? await queries.list(context, { logGroupName, status, after, limit: limit + 1 }) : [];
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    return {
      queries: shown.map(({ id, query, groups, createdAt, endedAt, statistics, ...rest }) => ({
        queryLanguage: "CWLI",
        queryId: id,
        queryString: query,
        status: rest.status,
        createTime: createdAt,
        ...(groups[0] && { logGroupName: groups[0].name }),
        ...(endedAt !== null && { queryDuration: endedAt - createdAt }),
        bytesScanned: statistics.bytesScanned ?? 0,
      })),
      ...(last ? { nextToken: encodeCursor([last.createdAt, last.id]) } : {}),
    };
  },
});
