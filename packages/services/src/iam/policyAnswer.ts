import type { AwsManagedPolicy } from "@hearth/access";
import { structure } from "@hearth/model";
import type { AccountRegion } from "@hearth/model";
import type { PolicyRecord } from "@hearth/store";
import { z } from "zod";
import type { IamDeps } from "./deps.ts";
import { iamArn } from "./iamArn.ts";
import * as words from "./words.ts";

/** AWS's own policies need a date too: all have the date of the first ones. */
export const AWS_MANAGED_SINCE = new Date("2015-02-06T18:40:00Z");

export function toPolicy(where: AccountRegion, policy: PolicyRecord) {
  return {
    PolicyName: policy.PolicyName,
    PolicyId: policy.PolicyId,
    Arn: iamArn(where, `policy${policy.Path}${policy.PolicyName}`),
    Path: policy.Path,
    DefaultVersionId: `v${policy.defaultVersion}`,
    AttachmentCount: policy.attachmentCount,
    PermissionsBoundaryUsageCount: policy.boundaryCount,
    IsAttachable: true,
    CreateDate: policy.CreateDate,
    UpdateDate: policy.UpdateDate,
  };
}

export function toWholePolicy(where: AccountRegion, policy: PolicyRecord) {
  return {
    ...toPolicy(where, policy),
    Description: policy.Description ?? undefined,
    Tags: words.tagList(policy.Tags),
  };
}

/** Policies of AWS, with how often the account uses them. */
export async function toAwsPolicies(
  accountId: string,
  policies: readonly AwsManagedPolicy[],
  { rolePolicies, userPolicies }: Pick<IamDeps, "rolePolicies" | "userPolicies">,
) {
  const arns = policies.map(({ Arn }) => Arn);
  const usages = await Promise.all([rolePolicies.usage(accountId, arns), userPolicies.usage(accountId, arns)]);
  const count = (Arn: string, kind: "attached" | "boundary"): number =>
    usages.reduce((sum, usage) => sum + (usage.get(Arn)?.[kind] ?? 0), 0);
  return policies.map(({ PolicyName, PolicyId, Arn, Path }) => ({
    PolicyName,
    PolicyId,
    Arn,
    Path,
    DefaultVersionId: "v1",
    AttachmentCount: count(Arn, "attached"),
    PermissionsBoundaryUsageCount: count(Arn, "boundary"),
    IsAttachable: true,
    CreateDate: AWS_MANAGED_SINCE,
    UpdateDate: AWS_MANAGED_SINCE,
  }));
}

/** A managed policy as answers have it. */
export const policyShape = structure({
  PolicyName: z.string(),
  PolicyId: z.string(),
  Arn: z.string(),
  Path: z.string(),
  DefaultVersionId: z.string(),
  AttachmentCount: z.int(),
  PermissionsBoundaryUsageCount: z.int(),
  IsAttachable: z.boolean(),
  CreateDate: z.date(),
  UpdateDate: z.date(),
  Description: z.string().optional(),
  Tags: words.tagsShape.optional(),
});
