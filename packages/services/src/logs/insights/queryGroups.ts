import type { AccountRegion } from "@hearth/model";
import type { LogQueryGroup } from "@hearth/store";
import type { LogsDeps } from "../deps.ts";
import { InvalidParameterException, ResourceNotFoundException } from "../errors.ts";
import { groupKey } from "../findGroup.ts";
import * as words from "../words.ts";

const MAX_GROUPS = 50;

export interface QueryGroupsInput {
  readonly logGroupName?: string | undefined;
  readonly logGroupNames?: readonly string[] | undefined;
  readonly logGroupIdentifiers?: readonly string[] | undefined;
}

/** The groups that a query is about. */
export async function queryGroups(
  { groups }: Pick<LogsDeps, "groups">,
  where: AccountRegion,
  { logGroupName, logGroupNames, logGroupIdentifiers }: QueryGroupsInput,
): Promise<readonly LogQueryGroup[]> {
  const given = [logGroupName, logGroupNames, logGroupIdentifiers].filter((each) => each !== undefined);
  if (given.length !== 1) {
    throw new InvalidParameterException(
      "Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be specified.",
    );
  }
  const names =
    logGroupName === undefined
      ? (logGroupNames ?? (logGroupIdentifiers ?? []).map((id) => words.groupNameOf({ logGroupIdentifier: id }, where)))
      : [logGroupName];
  if (names.length === 0 || names.length > MAX_GROUPS) {
    throw new InvalidParameterException(`A query is about 1 to ${MAX_GROUPS} log groups.`);
  }
  return await Promise.all(
    [...new Set(names)].map(async (name) => {
      const group = await groups.find(groupKey(where, name));
      if (group) return { id: String(group.id), name };
      throw new ResourceNotFoundException(
        `Log group '${name}' does not exist for account ID '${where.accountId}' (Service: AWSLogs; Status Code: 400; Error Code: ResourceNotFoundException)`,
      );
    }),
  );
}
