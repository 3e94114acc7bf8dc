import { choice, integer, list, structure, text } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import {
  InvalidParameterException,
  LimitExceededException,
  MalformedQueryException,
  ResourceNotFoundException,
  ThrottlingException,
} from "../errors.ts";
import { compileQuery } from "../insights/compileQuery.ts";
import { MalformedQuery } from "../insights/malformedQuery.ts";
import { queryGroups } from "../insights/queryGroups.ts";
import * as words from "../words.ts";

/** AWS's limit of queries of an account that have not ended. */
const MAX_CONCURRENT = 30;
/** Times are in seconds; clients also send milliseconds, which no second of the next millennia is as large as. */
const FIRST_MILLISECOND = 100_000_000_000;

export const startQuery = operation({
  name: "StartQuery",
  input: structure({
    queryLanguage: choice(["CWLI", "SQL", "PPL"]).optional(),
    logGroupName: words.LogGroupName.optional(),
    logGroupNames: list({ min: 1, max: 512 }).optional(),
    logGroupIdentifiers: list({ min: 1, max: 2048 }).optional(),
    startTime: integer({ min: 0 }),
    endTime: integer({ min: 0 }),
    queryString: text({ max: 10_000, anyCharacter: true }),
    limit: integer({ min: 1, max: 100_000 }).optional(),
  }),
  output: structure({ queryId: z.string() }),
  errors: [
    InvalidParameterException,
    LimitExceededException,
    MalformedQueryException,
    ResourceNotFoundException,
    ThrottlingException,
  ],
  async handle(input, context, deps: Pick<LogsDeps, "groups" | "queries" | "clock" | "random" | "disk">) {
    const { queryLanguage = "CWLI", startTime, endTime, queryString, limit } = input;
    if (queryLanguage !== "CWLI") {
      throw new InvalidParameterException(`Queries in ${queryLanguage} are not implemented by Hearth; CWLI is.`);
    }
    if (startTime > endTime) throw new InvalidParameterException("startTime must not be after endTime.");
    check(queryString);
    const groups = await queryGroups(deps, context, input);
    if (deps.disk.isShort)
      throw new ThrottlingException("The host has too little free disk space for results of queries.");
    const { accountId, region } = context;
    const query = {
      id: deps.random.uuid(),
      accountId,
      region,
      query: queryString,
      groups,
      fromMs: startTime < FIRST_MILLISECOND ? startTime * 1000 : startTime,
      toMs: endTime < FIRST_MILLISECOND ? endTime * 1000 + 999 : endTime,
      maxRows: limit ?? null,
      createdAt: deps.clock.now(),
    };
    if (await deps.queries.start(query, MAX_CONCURRENT)) return { queryId: query.id };
    throw new LimitExceededException(
      `Account maximum query concurrency limit of [${MAX_CONCURRENT}] reached. Reduce concurrent queries and retry.`,
    );
  },
});

function check(query: string): void {
  try {
    compileQuery(query);
  } catch (error) {
    if (error instanceof MalformedQuery) throw new MalformedQueryException(error.message, error.start, error.end);
    throw error;
  }
}
