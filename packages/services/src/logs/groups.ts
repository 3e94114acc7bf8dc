import { bool, choice, integer, list, structure, text } from "@hearth/model";
import type { LogGroupRecord } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { LogsDeps } from "./logsDeps.ts";
import {
  groupNotFound,
  InvalidParameterException,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from "./logsErrors.ts";
import * as words from "./logsWords.ts";

const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const MAX_GROUPS = 50;

const createLogGroup = operation({
  name: "CreateLogGroup",
  input: structure({
    logGroupName: words.LogGroupName,
    kmsKeyId: text({ max: 256 }).optional(),
    tags: words.Tags.optional(),
    logGroupClass: choice(["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"]).optional(),
    deletionProtectionEnabled: z.literal(false, "Deletion protection is not implemented by Hearth.").optional(),
  }),
  errors: [ResourceAlreadyExistsException],
  async handle(input, { caller: { accountId } }, { groups, clock }: Pick<LogsDeps, "groups" | "clock">) {
    const { logGroupName, kmsKeyId, tags = {}, logGroupClass = "STANDARD" } = input;
    const group = { creationTime: clock.now(), kmsKeyId, tags, logGroupClass };
    if (await groups.create({ accountId, logGroupName }, group)) return undefined;
    throw new ResourceAlreadyExistsException("The specified log group already exists");
  },
});

const deleteLogGroup = operation({
  name: "DeleteLogGroup",
  input: structure({ logGroupName: words.LogGroupName }),
  errors: [ResourceNotFoundException],
  async handle({ logGroupName }, { caller: { accountId } }, { groups }: Pick<LogsDeps, "groups">) {
    if (!(await groups.delete({ accountId, logGroupName }))) throw groupNotFound();
    return undefined;
  },
});

const describeLogGroups = operation({
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
  errors: [InvalidParameterException],
  async handle(input, { caller: { accountId } }, { groups, region }: Pick<LogsDeps, "groups" | "region">) {
    const { limit = MAX_GROUPS, logGroupNamePrefix: prefix, logGroupNamePattern: pattern, logGroupIdentifiers } = input;
    if (prefix !== undefined && pattern !== undefined) {
      throw new InvalidParameterException(
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
      );
    }
    const [after] = input.nextToken === undefined ? [""] : words.decodeToken(input.nextToken, ["string"] as const);
    const names = logGroupIdentifiers?.map((id) => words.groupNameOf({ logGroupIdentifier: id }, region, accountId));
    const query = { prefix, pattern, names, logGroupClass: input.logGroupClass, after, limit: limit + 1 };
    const found = await groups.list(accountId, query);
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    const bytes = await groups.storedBytes(shown.map(({ id }) => id));
    return {
      logGroups: shown.map((group) => toGroup(region, accountId, group, bytes.get(group.id) ?? 0)),
      ...(last ? { nextToken: words.encodeToken([last.logGroupName]) } : {}),
    };
  },
});

function toGroup(region: string, accountId: string, group: LogGroupRecord, storedBytes: number) {
  const { logGroupName, creationTime, retentionInDays, kmsKeyId, logGroupClass } = group;
  const logGroupArn = words.logGroupArn(region, accountId, logGroupName);
  return {
    logGroupName,
    creationTime,
    ...(retentionInDays === null ? {} : { retentionInDays }),
    ...(kmsKeyId === null ? {} : { kmsKeyId }),
    metricFilterCount: 0,
    arn: `${logGroupArn}:*`,
    logGroupArn,
    logGroupClass,
    storedBytes,
  };
}

const putRetentionPolicy = operation({
  name: "PutRetentionPolicy",
  input: structure({
    logGroupName: words.LogGroupName,
    retentionInDays: integer().refine(
      (days) => RETENTION_DAYS.includes(days),
      `Member must satisfy enum value set: [${RETENTION_DAYS.join(", ")}]`,
    ),
  }),
  errors: [ResourceNotFoundException, InvalidParameterException],
  async handle({ logGroupName, retentionInDays }, { caller: { accountId } }, { groups }: Pick<LogsDeps, "groups">) {
    if (!(await groups.setRetention({ accountId, logGroupName }, retentionInDays))) throw groupNotFound();
    return undefined;
  },
});

const deleteRetentionPolicy = operation({
  name: "DeleteRetentionPolicy",
  input: structure({ logGroupName: words.LogGroupName }),
  errors: [ResourceNotFoundException],
  async handle({ logGroupName }, { caller: { accountId } }, { groups }: Pick<LogsDeps, "groups">) {
    if (!(await groups.setRetention({ accountId, logGroupName }, undefined))) throw groupNotFound();
    return undefined;
  },
});

export const groupOperations = [
  createLogGroup,
  deleteLogGroup,
  describeLogGroups,
  putRetentionPolicy,
  deleteRetentionPolicy,
];
