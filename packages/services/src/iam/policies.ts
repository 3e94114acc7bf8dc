import { AWS_MANAGED_POLICIES, type AwsManagedPolicy } from "@hearth/access";
import { bool, choice, structure } from "@hearth/model";
import type { PolicyRecord } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "./iamDeps.ts";
import {
  DeleteConflict,
  EntityAlreadyExists,
  LimitExceeded,
  MalformedPolicyDocument,
  NoSuchEntity,
  policyNotFound,
} from "./iamErrors.ts";
import * as words from "./iamWords.ts";
import { findAwsManaged, findOwnPolicy, isAwsManaged } from "./managedPolicies.ts";
import { checkIdentityPolicy, checkSize } from "./policyDocument.ts";

/** AWS's own policies have a date too: that of the first ones. */
const AWS_MANAGED_SINCE = new Date("2015-02-06T18:40:00Z");

function toPolicy(accountId: string, policy: PolicyRecord) {
  return {
    PolicyName: policy.PolicyName,
    PolicyId: policy.PolicyId,
    Arn: `arn:aws:iam::${accountId}:policy${policy.Path}${policy.PolicyName}`,
    Path: policy.Path,
    DefaultVersionId: `v${policy.defaultVersion}`,
    AttachmentCount: policy.attachmentCount,
    PermissionsBoundaryUsageCount: policy.boundaryCount,
    IsAttachable: true,
    CreateDate: policy.CreateDate,
    UpdateDate: policy.UpdateDate,
  };
}

function toWholePolicy(accountId: string, policy: PolicyRecord) {
  return {
    ...toPolicy(accountId, policy),
    Description: policy.Description ?? undefined,
    Tags: words.tagList(policy.Tags),
  };
}

async function toAwsPolicy(
  accountId: string,
  policy: AwsManagedPolicy,
  { rolePolicies, userPolicies }: Pick<IamDeps, "rolePolicies" | "userPolicies">,
) {
  const [onRoles, onUsers] = await Promise.all([
    rolePolicies.usage(accountId, policy.Arn),
    userPolicies.usage(accountId, policy.Arn),
  ]);
  return {
    PolicyName: policy.PolicyName,
    PolicyId: policy.PolicyId,
    Arn: policy.Arn,
    Path: policy.Path,
    DefaultVersionId: "v1",
    AttachmentCount: onRoles.attached + onUsers.attached,
    PermissionsBoundaryUsageCount: onRoles.boundary + onUsers.boundary,
    IsAttachable: true,
    CreateDate: AWS_MANAGED_SINCE,
    UpdateDate: AWS_MANAGED_SINCE,
  };
}

const createPolicy = operation({
  name: "CreatePolicy",
  input: structure({
    PolicyName: words.PolicyName,
    PolicyDocument: words.PolicyDocument,
    Path: words.PolicyPath.optional(),
    Description: words.Description.optional(),
    Tags: words.Tags.optional(),
  }),
  errors: [EntityAlreadyExists, MalformedPolicyDocument, LimitExceeded],
  async handle(
    input,
    { caller: { accountId } },
    { policies, clock, random }: Pick<IamDeps, "policies" | "clock" | "random">,
  ) {
    checkIdentityPolicy(input.PolicyDocument);
    checkSize(input.PolicyDocument, 6144, "PolicySize");
    const Tags = words.tagMap(input.Tags);
    if (Object.keys(Tags).length > 50) throw new LimitExceeded("Cannot exceed quota for TagsPerPolicy: 50");
    const CreateDate = new Date(Math.floor(clock.now() / 1000) * 1000);
    const policy = {
      PolicyName: input.PolicyName,
      PolicyId: words.uniqueId("ANPA", random),
      Path: input.Path ?? "/",
      Description: input.Description ?? null,
      Tags,
      CreateDate,
    };
    if (!(await policies.create(accountId, policy, input.PolicyDocument))) {
      throw new EntityAlreadyExists(
        `A policy called ${policy.PolicyName} already exists. Duplicate names are not allowed.`,
      );
    }
    return {
      Policy: toWholePolicy(accountId, {
        ...policy,
        UpdateDate: CreateDate,
        defaultVersion: 1,
        attachmentCount: 0,
        boundaryCount: 0,
      }),
    };
  },
});

const getPolicy = operation({
  name: "GetPolicy",
  input: structure({ PolicyArn: words.PolicyArn }),
  errors: [NoSuchEntity],
  async handle(
    { PolicyArn },
    { caller: { accountId } },
    deps: Pick<IamDeps, "policies" | "rolePolicies" | "userPolicies">,
  ) {
    if (isAwsManaged(PolicyArn)) return { Policy: await toAwsPolicy(accountId, findAwsManaged(PolicyArn), deps) };
    return { Policy: toWholePolicy(accountId, await findOwnPolicy(deps.policies, accountId, PolicyArn)) };
  },
});

const listPolicies = operation({
  name: "ListPolicies",
  input: structure({
    Scope: choice(["All", "AWS", "Local"]).optional(),
    OnlyAttached: bool().optional(),
    PathPrefix: words.PathPrefix.optional(),
    Marker: words.Marker.optional(),
    MaxItems: words.MaxItems.optional(),
  }),
  errors: [],
  async handle(input, { caller: { accountId } }, deps: Pick<IamDeps, "policies" | "rolePolicies" | "userPolicies">) {
    const { Scope = "All", PathPrefix = "/", OnlyAttached = false } = input;
    const { after, limit } = words.pageQuery(input);
    const own = Scope === "AWS" ? [] : await deps.policies.list(accountId, { PathPrefix, OnlyAttached, after, limit });
    const known = Scope === "Local" ? [] : AWS_MANAGED_POLICIES;
    const aws = await Promise.all(
      known
        .filter(({ Path, PolicyName }) => Path.startsWith(PathPrefix) && PolicyName > after)
        .map((policy) => toAwsPolicy(accountId, policy, deps)),
    );
    const all = [...own.map((policy) => toPolicy(accountId, policy)), ...aws]
      .filter(({ AttachmentCount }) => !OnlyAttached || AttachmentCount > 0)
      .sort((a, b) => (a.PolicyName < b.PolicyName ? -1 : 1));
    const { shown, rest } = words.pageOf(all, input, ({ PolicyName }) => PolicyName);
    return { Policies: shown, ...rest };
  },
});

const deletePolicy = operation({
  name: "DeletePolicy",
  input: structure({ PolicyArn: words.PolicyArn }),
  errors: [NoSuchEntity, DeleteConflict],
  async handle({ PolicyArn }, { caller: { accountId } }, { policies }: Pick<IamDeps, "policies">) {
    const { PolicyName } = await findOwnPolicy(policies, accountId, PolicyArn);
    const outcome = await policies.delete({ accountId, PolicyName });
    if (outcome === "missing") throw policyNotFound(PolicyArn);
    if (outcome === "attached") throw new DeleteConflict("Cannot delete a policy attached to entities.");
    if (outcome === "hasVersions") {
      throw new DeleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    }
    return undefined;
  },
});

/** There are no groups. */
const listEntitiesForPolicy = operation({
  name: "ListEntitiesForPolicy",
  input: structure({
    PolicyArn: words.PolicyArn,
    EntityFilter: choice(["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"]).optional(),
  }),
  errors: [NoSuchEntity],
  async handle(
    { PolicyArn, EntityFilter },
    { caller: { accountId } },
    deps: Pick<IamDeps, "policies" | "rolePolicies" | "userPolicies">,
  ) {
    if (!isAwsManaged(PolicyArn)) await findOwnPolicy(deps.policies, accountId, PolicyArn);
    const wants = (kind: "Role" | "User"): boolean => EntityFilter === undefined || EntityFilter === kind;
    const roles = wants("Role") ? await deps.rolePolicies.holders(accountId, PolicyArn) : [];
    const users = wants("User") ? await deps.userPolicies.holders(accountId, PolicyArn) : [];
    return {
      PolicyGroups: [],
      PolicyUsers: users.map(({ name, id }) => ({ UserName: name, UserId: id })),
      PolicyRoles: roles.map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      IsTruncated: false,
    };
  },
});

const tagPolicy = operation({
  name: "TagPolicy",
  input: structure({ PolicyArn: words.PolicyArn, Tags: words.Tags }),
  errors: [NoSuchEntity, LimitExceeded],
  async handle({ PolicyArn, Tags }, { caller: { accountId } }, { policies }: Pick<IamDeps, "policies">) {
    const { PolicyName } = await findOwnPolicy(policies, accountId, PolicyArn);
    const outcome = await policies.tag({ accountId, PolicyName }, words.tagMap(Tags));
    if (outcome === "missing") throw policyNotFound(PolicyArn);
    if (outcome === "tooMany") throw new LimitExceeded("Cannot exceed quota for TagsPerPolicy: 50");
    return undefined;
  },
});

const untagPolicy = operation({
  name: "UntagPolicy",
  input: structure({ PolicyArn: words.PolicyArn, TagKeys: z.array(words.TagKey) }),
  errors: [NoSuchEntity],
  async handle({ PolicyArn, TagKeys }, { caller: { accountId } }, { policies }: Pick<IamDeps, "policies">) {
    const { PolicyName } = await findOwnPolicy(policies, accountId, PolicyArn);
    if (!(await policies.untag({ accountId, PolicyName }, TagKeys))) throw policyNotFound(PolicyArn);
    return undefined;
  },
});

const listPolicyTags = operation({
  name: "ListPolicyTags",
  input: structure({ PolicyArn: words.PolicyArn }),
  errors: [NoSuchEntity],
  async handle({ PolicyArn }, { caller: { accountId } }, { policies }: Pick<IamDeps, "policies">) {
    const { Tags } = await findOwnPolicy(policies, accountId, PolicyArn);
    return { Tags: words.tagList(Tags), IsTruncated: false };
  },
});

export const policyOperations = [
  createPolicy,
  getPolicy,
  listPolicies,
  deletePolicy,
  listEntitiesForPolicy,
  tagPolicy,
  untagPolicy,
  listPolicyTags,
];
