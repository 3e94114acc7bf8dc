import { structure } from "@hearth/model";
import type { RoleRecord } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { checkBoundary } from "./boundaries.ts";
import type { IamDeps } from "./iamDeps.ts";
import {
  DeleteConflict,
  EntityAlreadyExists,
  LimitExceeded,
  MalformedPolicyDocument,
  NoSuchEntity,
  roleNotFound,
} from "./iamErrors.ts";
import * as words from "./iamWords.ts";
import { checkTrustPolicy } from "./policyDocument.ts";

function toRole(accountId: string, role: RoleRecord) {
  return {
    Path: role.Path,
    RoleName: role.RoleName,
    RoleId: role.RoleId,
    Arn: `arn:aws:iam::${accountId}:role${role.Path}${role.RoleName}`,
    CreateDate: role.CreateDate,
    AssumeRolePolicyDocument: words.encodeDocument(role.AssumeRolePolicyDocument),
    Description: role.Description ?? undefined,
    MaxSessionDuration: role.MaxSessionDuration,
    PermissionsBoundary:
      role.PermissionsBoundary === null
        ? undefined
        : { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: role.PermissionsBoundary },
  };
}

/** As Create and Get answer; lists leave the last two out. */
function toWholeRole(accountId: string, role: RoleRecord) {
  const tags = words.tagList(role.Tags);
  return { ...toRole(accountId, role), ...(tags.length === 0 ? {} : { Tags: tags }), RoleLastUsed: {} };
}

const createRole = operation({
  name: "CreateRole",
  input: structure({
    RoleName: words.RoleName,
    AssumeRolePolicyDocument: words.PolicyDocument,
    Path: words.Path.optional(),
    Description: words.Description.optional(),
    MaxSessionDuration: words.MaxSessionDuration.optional(),
    PermissionsBoundary: words.PolicyArn.optional(),
    Tags: words.Tags.optional(),
  }),
  errors: [EntityAlreadyExists, MalformedPolicyDocument, LimitExceeded],
  async handle(
    input,
    { caller },
    { roles, policies, clock, random }: Pick<IamDeps, "roles" | "policies" | "clock" | "random">,
  ) {
    checkTrustPolicy(input.AssumeRolePolicyDocument);
    await checkBoundary(policies, caller.accountId, input.PermissionsBoundary);
    const Tags = words.tagMap(input.Tags);
    if (Object.keys(Tags).length > 50) throw new LimitExceeded("Cannot exceed quota for TagsPerRole: 50");
    const role: RoleRecord = {
      RoleName: input.RoleName,
      RoleId: words.uniqueId("AROA", random),
      Path: input.Path ?? "/",
      AssumeRolePolicyDocument: input.AssumeRolePolicyDocument,
      Description: input.Description ?? null,
      MaxSessionDuration: input.MaxSessionDuration ?? 3600,
      PermissionsBoundary: input.PermissionsBoundary ?? null,
      Tags,
      CreateDate: new Date(Math.floor(clock.now() / 1000) * 1000),
    };
    const created = await roles.create(caller.accountId, role);
    if (!created) throw new EntityAlreadyExists(`Role with name ${role.RoleName} already exists.`);
    return { Role: toWholeRole(caller.accountId, role) };
  },
});

const getRole = operation({
  name: "GetRole",
  input: structure({ RoleName: words.RoleName }),
  errors: [NoSuchEntity],
  async handle({ RoleName }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    const role = await roles.find({ accountId, RoleName });
    if (!role) throw roleNotFound(RoleName);
    return { Role: toWholeRole(accountId, role) };
  },
});

const listRoles = operation({
  name: "ListRoles",
  input: structure({
    PathPrefix: words.PathPrefix.optional(),
    Marker: words.Marker.optional(),
    MaxItems: words.MaxItems.optional(),
  }),
  errors: [],
  async handle(input, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    const found = await roles.list(accountId, { PathPrefix: input.PathPrefix ?? "/", ...words.pageQuery(input) });
    const { shown, rest } = words.pageOf(found, input, ({ RoleName }) => RoleName);
    return { Roles: shown.map((role) => toRole(accountId, role)), ...rest };
  },
});

const updateRole = operation({
  name: "UpdateRole",
  input: structure({
    RoleName: words.RoleName,
    Description: words.Description.optional(),
    MaxSessionDuration: words.MaxSessionDuration.optional(),
  }),
  errors: [NoSuchEntity],
  async handle({ RoleName, ...changes }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    if (!(await roles.update({ accountId, RoleName }, changes))) throw roleNotFound(RoleName);
    return {};
  },
});

const updateRoleDescription = operation({
  name: "UpdateRoleDescription",
  input: structure({ RoleName: words.RoleName, Description: words.Description }),
  errors: [NoSuchEntity],
  async handle({ RoleName, Description }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    await roles.update({ accountId, RoleName }, { Description });
    const role = await roles.find({ accountId, RoleName });
    if (!role) throw roleNotFound(RoleName);
    return { Role: toRole(accountId, role) };
  },
});

const updateAssumeRolePolicy = operation({
  name: "UpdateAssumeRolePolicy",
  input: structure({ RoleName: words.RoleName, PolicyDocument: words.PolicyDocument }),
  errors: [NoSuchEntity, MalformedPolicyDocument, LimitExceeded],
  async handle({ RoleName, PolicyDocument }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    checkTrustPolicy(PolicyDocument);
    const updated = await roles.update({ accountId, RoleName }, { AssumeRolePolicyDocument: PolicyDocument });
    if (!updated) throw roleNotFound(RoleName);
    return undefined;
  },
});

const deleteRole = operation({
  name: "DeleteRole",
  input: structure({ RoleName: words.RoleName }),
  errors: [NoSuchEntity, DeleteConflict],
  async handle({ RoleName }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    const outcome = await roles.delete({ accountId, RoleName });
    if (outcome === "missing") throw roleNotFound(RoleName);
    if (outcome === "hasAttached") throw new DeleteConflict("Cannot delete entity, must detach all policies first.");
    if (outcome === "hasInline") throw new DeleteConflict("Cannot delete entity, must delete policies first.");
    return undefined;
  },
});

/** There are no instance profiles here: a role is in none of them. */
const listInstanceProfilesForRole = operation({
  name: "ListInstanceProfilesForRole",
  input: structure({ RoleName: words.RoleName }),
  errors: [NoSuchEntity],
  async handle({ RoleName }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    if (!(await roles.find({ accountId, RoleName }))) throw roleNotFound(RoleName);
    return { InstanceProfiles: [], IsTruncated: false };
  },
});

const tagRole = operation({
  name: "TagRole",
  input: structure({ RoleName: words.RoleName, Tags: words.Tags }),
  errors: [NoSuchEntity, LimitExceeded],
  async handle({ RoleName, Tags }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    const outcome = await roles.tag({ accountId, RoleName }, words.tagMap(Tags));
    if (outcome === "missing") throw roleNotFound(RoleName);
    if (outcome === "tooMany") throw new LimitExceeded("Cannot exceed quota for TagsPerRole: 50");
    return undefined;
  },
});

const untagRole = operation({
  name: "UntagRole",
  input: structure({ RoleName: words.RoleName, TagKeys: z.array(words.TagKey) }),
  errors: [NoSuchEntity],
  async handle({ RoleName, TagKeys }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    if (!(await roles.untag({ accountId, RoleName }, TagKeys))) throw roleNotFound(RoleName);
    return undefined;
  },
});

const listRoleTags = operation({
  name: "ListRoleTags",
  input: structure({ RoleName: words.RoleName }),
  errors: [NoSuchEntity],
  async handle({ RoleName }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    const role = await roles.find({ accountId, RoleName });
    if (!role) throw roleNotFound(RoleName);
    return { Tags: words.tagList(role.Tags), IsTruncated: false };
  },
});

export const roleOperations = [
  createRole,
  getRole,
  listRoles,
  updateRole,
  updateRoleDescription,
  updateAssumeRolePolicy,
  deleteRole,
  listInstanceProfilesForRole,
  tagRole,
  untagRole,
  listRoleTags,
];
