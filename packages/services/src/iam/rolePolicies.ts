import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "./iamDeps.ts";
import { LimitExceeded, MalformedPolicyDocument, NoSuchEntity, policyNotFound, roleNotFound } from "./iamErrors.ts";
import * as words from "./iamWords.ts";
import { findOwnPolicy, isAwsManaged } from "./managedPolicies.ts";
import { checkIdentityPolicy } from "./policyDocument.ts";

const MAX_INLINE_BYTES = 10_240;
const MAX_ATTACHED = 20;

const putRolePolicy = operation({
  name: "PutRolePolicy",
  input: structure({ RoleName: words.RoleName, PolicyName: words.PolicyName, PolicyDocument: words.PolicyDocument }),
  errors: [NoSuchEntity, MalformedPolicyDocument, LimitExceeded],
  async handle(input, { caller: { accountId } }, { rolePolicies }: Pick<IamDeps, "rolePolicies">) {
    const { RoleName } = input;
    checkIdentityPolicy(input.PolicyDocument);
    const outcome = await rolePolicies.putInline({ accountId, name: RoleName }, input, MAX_INLINE_BYTES);
    if (outcome === "missing") throw roleNotFound(RoleName);
    if (outcome === "tooLarge") {
      throw new LimitExceeded(`Maximum policy size of ${MAX_INLINE_BYTES} bytes exceeded for role ${RoleName}`);
    }
    return undefined;
  },
});

const getRolePolicy = operation({
  name: "GetRolePolicy",
  input: structure({ RoleName: words.RoleName, PolicyName: words.PolicyName }),
  errors: [NoSuchEntity],
  async handle({ RoleName, PolicyName }, { caller: { accountId } }, deps: Pick<IamDeps, "roles" | "rolePolicies">) {
    const policy = await deps.rolePolicies.findInline({ accountId, name: RoleName }, PolicyName);
    if (policy) return { RoleName, PolicyName, PolicyDocument: words.encodeDocument(policy.PolicyDocument) };
    if (!(await deps.roles.find({ accountId, RoleName }))) throw roleNotFound(RoleName);
    throw new NoSuchEntity(`The role policy with name ${PolicyName} cannot be found.`);
  },
});

const deleteRolePolicy = operation({
  name: "DeleteRolePolicy",
  input: structure({ RoleName: words.RoleName, PolicyName: words.PolicyName }),
  errors: [NoSuchEntity],
  async handle({ RoleName, PolicyName }, { caller: { accountId } }, deps: Pick<IamDeps, "roles" | "rolePolicies">) {
    if (await deps.rolePolicies.deleteInline({ accountId, name: RoleName }, PolicyName)) return undefined;
    if (!(await deps.roles.find({ accountId, RoleName }))) throw roleNotFound(RoleName);
    throw new NoSuchEntity(`The role policy with name ${PolicyName} cannot be found.`);
  },
});

const listRolePolicies = operation({
  name: "ListRolePolicies",
  input: structure({ RoleName: words.RoleName, Marker: words.Marker.optional(), MaxItems: words.MaxItems.optional() }),
  errors: [NoSuchEntity],
  async handle(input, { caller: { accountId } }, deps: Pick<IamDeps, "roles" | "rolePolicies">) {
    const { RoleName } = input;
    if (!(await deps.roles.find({ accountId, RoleName }))) throw roleNotFound(RoleName);
    const { after, limit } = words.pageQuery(input);
    const found = await deps.rolePolicies.listInline({ accountId, name: RoleName }, after, limit);
    const { shown, rest } = words.pageOf(found, input, (name) => name);
    return { PolicyNames: shown, ...rest };
  },
});

const attachRolePolicy = operation({
  name: "AttachRolePolicy",
  input: structure({ RoleName: words.RoleName, PolicyArn: words.PolicyArn }),
  errors: [NoSuchEntity, LimitExceeded],
  async handle(
    { RoleName, PolicyArn },
    { caller: { accountId } },
    { policies, rolePolicies }: Pick<IamDeps, "policies" | "rolePolicies">,
  ) {
    const own = isAwsManaged(PolicyArn) ? undefined : await findOwnPolicy(policies, accountId, PolicyArn);
    const outcome = await rolePolicies.attach({ accountId, name: RoleName }, PolicyArn, own?.PolicyName, MAX_ATTACHED);
    if (outcome === "ownerMissing") throw roleNotFound(RoleName);
    if (outcome === "policyMissing") throw policyNotFound(PolicyArn);
    if (outcome === "tooMany") throw new LimitExceeded(`Cannot exceed quota for PoliciesPerRole: ${MAX_ATTACHED}`);
    return undefined;
  },
});

const detachRolePolicy = operation({
  name: "DetachRolePolicy",
  input: structure({ RoleName: words.RoleName, PolicyArn: words.PolicyArn }),
  errors: [NoSuchEntity],
  async handle({ RoleName, PolicyArn }, { caller: { accountId } }, deps: Pick<IamDeps, "roles" | "rolePolicies">) {
    if (await deps.rolePolicies.detach({ accountId, name: RoleName }, PolicyArn)) return undefined;
    if (!(await deps.roles.find({ accountId, RoleName }))) throw roleNotFound(RoleName);
    throw policyNotFound(PolicyArn);
  },
});

const listAttachedRolePolicies = operation({
  name: "ListAttachedRolePolicies",
  input: structure({
    RoleName: words.RoleName,
    PathPrefix: words.PathPrefix.optional(),
    Marker: words.Marker.optional(),
    MaxItems: words.MaxItems.optional(),
  }),
  errors: [NoSuchEntity],
  async handle(input, { caller: { accountId } }, deps: Pick<IamDeps, "roles" | "rolePolicies">) {
    const { RoleName, PathPrefix = "/" } = input;
    if (!(await deps.roles.find({ accountId, RoleName }))) throw roleNotFound(RoleName);
    const { after } = words.pageQuery(input);
    const all = await deps.rolePolicies.listAttached({ accountId, name: RoleName }, after, MAX_ATTACHED);
    const found = all.filter(({ PolicyArn }) =>
      PolicyArn.slice(PolicyArn.indexOf(":policy/") + 7).startsWith(PathPrefix),
    );
    const { shown, rest } = words.pageOf(found, input, ({ PolicyArn }) => PolicyArn);
    return { AttachedPolicies: shown, ...rest };
  },
});

export const rolePolicyOperations = [
  putRolePolicy,
  getRolePolicy,
  deleteRolePolicy,
  listRolePolicies,
  attachRolePolicy,
  detachRolePolicy,
  listAttachedRolePolicies,
];
