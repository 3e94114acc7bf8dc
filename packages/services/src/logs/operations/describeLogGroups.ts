import { type AccountRegion, encodeCursor, bool, choice, integer, list, structure, text } from "@hearth/model";
import type { LogGroupRecord } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException, ResourceNotFoundException } from "../errors.ts";
import * as words from "../words.ts";

const MAX_GROUPS = 50;

export const describeLogGroups = operation({
  name: "DescribeLogGroups",
  input: structure({
    logGroupNamePrefix: words.LogGroupName.optional(),
    logGroupNamePattern: text({ max: 512, pattern: "[\\.\\-_/#A-Za-z0-9]*" }).optional(),
    logGroupIdentifiers: list({ min: 1, max: 2048 }, { min: 1, max: 50 }).optional(),
    logGroupClass: choice(["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"]).optional(),
    includeLinkedAccounts: bool().optional(),
    nextToken: words.NextToken.optional(),
    limit: integer({ min: 1, max: MAX_GROUPS }).optional(),
  }),
  output: structure({
    logGroups: z.array(
      structure({
        logGroupName: z.string(),
        creationTime: z.number(),
        retentionInDays: z.int().optional(),
        kmsKeyId: z.string().optional(),
        metricFilterCount: z.int(),
        arn: z.string(),
        logGroupArn: z.string(),
        logGroupClass: z.string(),
        storedBytes: z.number(),
      }),
    ),
    nextToken: z.string().optional(),
  }),
  errors: [InvalidParameterException, ResourceNotFoundException],
  async handle(input, context, { groups, filters }: Pick<LogsDeps, "groups" | "filters">) {
    const { limit = MAX_GROUPS, logGroupNamePrefix: prefix, logGroupNamePattern: pattern, logGroupIdentifiers } = input;
    if (prefix !== undefined && pattern !== undefined) {
      throw new InvalidParameterException(
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
      );
    }
    const [after] = input.nextToken === undefined ? [""] : words.decodeToken(input.nextToken, ["string"]);
    const names = logGroupIdentifiers?.map((id) => words.groupNameOf({ logGroupIdentifier: id }, context));
    const query = { prefix, pattern, names, logGroupClass: input.logGroupClass, after, limit: limit + 1 };
    const found = await groups.list(context, query);
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    const ids = shown.map(({ id }) => id);
    const bytes = await groups.storedBytes(ids);
    const counts = await filters.metricFilterCounts(ids);
    return {
      logGroups: shown.map((group) => toGroup(context, group, bytes.get(group.id) ?? 0, counts.get(group.id) ?? 0)),
      ...(last ? { nextToken: encodeCursor([last.logGroupName]) } : {}),
    };
  },
});

function toGroup(where: AccountRegion, group: LogGroupRecord, storedBytes: number, metricFilterCount: number) {
  const { logGroupName, creationTime, retentionInDays, kmsKeyId, logGroupClass } = group;
  const logGroupArn = words.logGroupArn(where, logGroupName);
  return {
    logGroupName,
    creationTime,
    ...(retentionInDays === null ? {} : { retentionInDays }),
    ...(kmsKeyId === null ? {} : { kmsKeyId }),
    metricFilterCount,
    arn: `${logGroupArn}:*`,
    logGroupArn,
    logGroupClass,
    storedBytes,
  };
}
