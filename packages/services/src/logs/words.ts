import { type AccountRegion, arn, type CursorPart, decodeCursor, integer, text } from "@hearth/model";
import { z } from "zod";
import { groupNotFound, InvalidParameterException } from "./errors.ts";

/** CloudWatch Logs' constraints, with the patterns as AWS prints them. */
export const LogGroupName = text({ min: 1, max: 512, pattern: "[\\.\\-_/#A-Za-z0-9]+" });
export const LogStreamName = text({ min: 1, max: 512, pattern: "[^:*]*" });
export const LogGroupIdentifier = text({ min: 1, max: 2048, pattern: "[\\w#+=/:,.@-]*" });
export const NextToken = text({ min: 1 });
export const FilterName = text({ min: 1, max: 512, pattern: "[^:*]*" });
export const FilterPattern = text({ max: 1024 });
export const QueryId = text({ min: 1, max: 256 });
export const DescribeLimit = integer({ min: 1, max: 50 });

function tagText(min: number, max: number, pattern: string) {
  const whole = new RegExp(`^(?:${pattern})$`, "u");
  return text({ min, max }).refine(
    (value) => whole.test(value),
    `Member must satisfy regular expression pattern: ${pattern}`,
  );
}
export const TagKey = tagText(1, 128, "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)");
export const Tags = z.record(TagKey, tagText(0, 256, "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)"));

/** Transformers of log groups are not built: a filter cannot ask for what they make. */
export function refuseTransformedLogs(
  input: {
    readonly applyOnTransformedLogs?: boolean | undefined;
    readonly fieldSelectionCriteria?: string | undefined;
  },
  systemFields: readonly string[] | undefined,
): void {
  if (input.applyOnTransformedLogs === true || input.fieldSelectionCriteria || (systemFields?.length ?? 0) > 0) {
    throw new InvalidParameterException(
      "applyOnTransformedLogs, fieldSelectionCriteria and system fields are not implemented by Hearth.",
    );
  }
}

export function logGroupArn({ accountId, region }: AccountRegion, logGroupName: string): string {
  return arn({ service: "logs", region, accountId, resource: `log-group:${logGroupName}` });
}

/** The group of a request: its name, or its name or ARN in `logGroupIdentifier`. The request must have exactly one of the two members. */
export function groupNameOf(
  input: { readonly logGroupName?: string | undefined; readonly logGroupIdentifier?: string | undefined },
  where: AccountRegion,
): string {
  const { logGroupName, logGroupIdentifier } = input;
  if (logGroupName !== undefined && logGroupIdentifier !== undefined) {
    throw new InvalidParameterException("LogGroup name and LogGroup identifier are mutually exclusive parameters.");
  }
  if (logGroupName !== undefined) return logGroupName;
  if (logGroupIdentifier === undefined) {
    throw new InvalidParameterException("Either logGroupName or logGroupIdentifier must be specified");
  }
  return logGroupIdentifier.startsWith("arn:") ? nameInArn(logGroupIdentifier, where) : logGroupIdentifier;
}

/** The name in a log group's ARN, with or without the `:*` at its end. Throws ResourceNotFoundException for another account's or region's. */
export function nameInArn(groupArn: string, where: AccountRegion): string {
  const prefix = logGroupArn(where, "");
  if (!groupArn.startsWith(prefix)) throw groupNotFound();
  return groupArn.slice(prefix.length).replace(/:\*$/, "");
}

/** The key in a listing's `nextToken`. Throws AWS's error when the token was not made for such a key. */
export function decodeToken<const Types extends readonly CursorPart[]>(token: string, types: Types) {
  const key = decodeCursor(token, types);
  if (!key) throw new InvalidParameterException("The specified nextToken is invalid.");
  return key;
}
