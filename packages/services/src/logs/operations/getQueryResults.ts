import { encodeCursor, integer, structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException, ResourceNotFoundException } from "../errors.ts";
import { findQuery } from "../insights/findQuery.ts";
import * as words from "../words.ts";

const MAX_ROWS = 10_000;

export const getQueryResults = operation({
  name: "GetQueryResults",
  input: structure({
    queryId: words.QueryId,
    nextToken: text({ max: 1024 }).optional(),
    maxItems: integer({ min: 0, max: MAX_ROWS }).optional(),
  }),
  output: structure({
    queryLanguage: z.string(),
    results: z.array(z.array(structure({ field: z.string(), value: z.string() }))),
    statistics: structure({
      recordsMatched: z.number(),
      recordsScanned: z.number(),
      estimatedRecordsSkipped: z.number(),
      bytesScanned: z.number(),
      estimatedBytesSkipped: z.number(),
      logGroupsScanned: z.number(),
    }),
    status: z.string(),
    nextToken: z.string().optional(),
  }),
  errors: [InvalidParameterException, ResourceNotFoundException],
  async handle({ queryId, nextToken, maxItems = MAX_ROWS }, context, deps: Pick<LogsDeps, "queries">) {
    const query = await findQuery(deps, context, queryId);
    const rows = query.status === "Complete" ? await deps.queries.rows(query.id) : [];
    const [from] = nextToken === undefined ? [0] : words.decodeToken(nextToken, ["number"]);
    const { recordsMatched = 0, recordsScanned = 0, bytesScanned = 0 } = query.statistics;
    const until = from + (maxItems === 0 ? MAX_ROWS : maxItems);
    return {
      queryLanguage: "CWLI",
      results: rows.slice(from, until),
      statistics: {
        recordsMatched,
        recordsScanned,
        estimatedRecordsSkipped: 0,
        bytesScanned,
        estimatedBytesSkipped: 0,
        logGroupsScanned: query.groups.length,
      },
      status: query.status,
      ...(until < rows.length ? { nextToken: encodeCursor([until]) } : {}),
    };
  },
});
