import type { UserPrincipal } from "@hearth/model";
import type { Lookup } from "../policy/pattern.ts";
import { type Input, type Question, textOf } from "./question.ts";

/** Paths are part of IAM's ARNs, but not of its requests. */
export type PathOf = (kind: "user" | "role", name: string) => Promise<string | undefined>;

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html */
export async function iamQuestions(
  operation: string,
  input: Input,
  accountId: string,
  user: UserPrincipal | undefined,
  pathOf: PathOf,
): Promise<Question[]> {
  const PolicyArn = textOf(input, "PolicyArn");
  const keys: Lookup = (key) => (key === "iam:policyarn" && PolicyArn !== undefined ? [PolicyArn] : undefined);
  const resource =
    textOf(input, "PolicySourceArn") ??
    (await entityArn(operation, input, accountId, user, pathOf)) ??
    PolicyArn ??
    policyArn(input, accountId) ??
    "*";
  return [{ action: `iam:${operation}`, resources: [resource], accountId, keys }];
}

/** What these work on when they name nobody is the caller. */
const OWN = new Set(["GetUser", "ListAccessKeys", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"]);

async function entityArn(
  operation: string,
  input: Input,
  accountId: string,
  user: UserPrincipal | undefined,
  pathOf: PathOf,
): Promise<string | undefined> {
  const arn = async (kind: "user" | "role", name: string): Promise<string> =>
    `arn:aws:iam::${accountId}:${kind}${(await pathOf(kind, name)) ?? textOf(input, "Path") ?? "/"}${name}`;
  const RoleName = textOf(input, "RoleName");
  if (RoleName !== undefined) return await arn("role", RoleName);
  const UserName = textOf(input, "UserName") ?? (OWN.has(operation) ? user?.UserName : undefined);
  return UserName === undefined ? undefined : await arn("user", UserName);
}

function policyArn(input: Input, accountId: string): string | undefined {
  const PolicyName = textOf(input, "PolicyName");
  return PolicyName && `arn:aws:iam::${accountId}:policy${textOf(input, "Path") ?? "/"}${PolicyName}`;
}
