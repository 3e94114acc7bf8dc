import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "./iamDeps.ts";
import { LimitExceeded, MalformedPolicyDocument, NoSuchEntity, policyNotFound, userNotFound } from "./iamErrors.ts";
import * as words from "./iamWords.ts";
import { findOwnPolicy, isAwsManaged } from "./managedPolicies.ts";
import { checkIdentityPolicy } from "./policyDocument.ts";

const MAX_INLINE_BYTES = 2048;
const MAX_ATTACHED = 20;

const putUserPolicy = operation({
  name: "PutUserPolicy",
  input: structure({ UserName: words.UserName, PolicyName: words.PolicyName, PolicyDocument: words.PolicyDocument }),
  errors: [NoSuchEntity, MalformedPolicyDocument, LimitExceeded],
  async handle(input, { caller: { accountId } }, { userPolicies }: Pick<IamDeps, "userPolicies">) {
    const { UserName } = input;
    checkIdentityPolicy(input.PolicyDocument);
    const outcome = await userPolicies.putInline({ accountId, name: UserName }, input, MAX_INLINE_BYTES);
    if (outcome === "missing") throw userNotFound(UserName);
    if (outcome === "tooLarge") {
      throw new LimitExceeded(`Maximum policy size of ${MAX_INLINE_BYTES} bytes exceeded for user ${UserName}`);
    }
    return undefined;
  },
});

const getUserPolicy = operation({
  name: "GetUserPolicy",
  input: structure({ UserName: words.UserName, PolicyName: words.PolicyName }),
  errors: [NoSuchEntity],
  async handle({ UserName, PolicyName }, { caller: { accountId } }, deps: Pick<IamDeps, "users" | "userPolicies">) {
    const policy = await deps.userPolicies.findInline({ accountId, name: UserName }, PolicyName);
    if (policy) return { UserName, PolicyName, PolicyDocument: words.encodeDocument(policy.PolicyDocument) };
    if (!(await deps.users.find({ accountId, UserName }))) throw userNotFound(UserName);
    throw new NoSuchEntity(`The user policy with name ${PolicyName} cannot be found.`);
  },
});

const deleteUserPolicy = operation({
  name: "DeleteUserPolicy",
  input: structure({ UserName: words.UserName, PolicyName: words.PolicyName }),
  errors: [NoSuchEntity],
  async handle({ UserName, PolicyName }, { caller: { accountId } }, deps: Pick<IamDeps, "users" | "userPolicies">) {
    if (await deps.userPolicies.deleteInline({ accountId, name: UserName }, PolicyName)) return undefined;
    if (!(await deps.users.find({ accountId, UserName }))) throw userNotFound(UserName);
    throw new NoSuchEntity(`The user policy with name ${PolicyName} cannot be found.`);
  },
});

const listUserPolicies = operation({
  name: "ListUserPolicies",
  input: structure({ UserName: words.UserName, Marker: words.Marker.optional(), MaxItems: words.MaxItems.optional() }),
  errors: [NoSuchEntity],
  async handle(input, { caller: { accountId } }, deps: Pick<IamDeps, "users" | "userPolicies">) {
    const { UserName } = input;
    if (!(await deps.users.find({ accountId, UserName }))) throw userNotFound(UserName);
    const { after, limit } = words.pageQuery(input);
    const found = await deps.userPolicies.listInline({ accountId, name: UserName }, after, limit);
    const { shown, rest } = words.pageOf(found, input, (name) => name);
    return { PolicyNames: shown, ...rest };
  },
});

const attachUserPolicy = operation({
  name: "AttachUserPolicy",
  input: structure({ UserName: words.UserName, PolicyArn: words.PolicyArn }),
  errors: [NoSuchEntity, LimitExceeded],
  async handle(
    { UserName, PolicyArn },
    { caller: { accountId } },
    { policies, userPolicies }: Pick<IamDeps, "policies" | "userPolicies">,
  ) {
    const own = isAwsManaged(PolicyArn) ? undefined : await findOwnPolicy(policies, accountId, PolicyArn);
    const outcome = await userPolicies.attach({ accountId, name: UserName }, PolicyArn, own?.PolicyName, MAX_ATTACHED);
    if (outcome === "ownerMissing") throw userNotFound(UserName);
    if (outcome === "policyMissing") throw policyNotFound(PolicyArn);
    if (outcome === "tooMany") throw new LimitExceeded(`Cannot exceed quota for PoliciesPerUser: ${MAX_ATTACHED}`);
    return undefined;
  },
});

const detachUserPolicy = operation({
  name: "DetachUserPolicy",
  input: structure({ UserName: words.UserName, PolicyArn: words.PolicyArn }),
  errors: [NoSuchEntity],
  async handle({ UserName, PolicyArn }, { caller: { accountId } }, deps: Pick<IamDeps, "users" | "userPolicies">) {
    if (await deps.userPolicies.detach({ accountId, name: UserName }, PolicyArn)) return undefined;
    if (!(await deps.users.find({ accountId, UserName }))) throw userNotFound(UserName);
    throw policyNotFound(PolicyArn);
  },
});

const listAttachedUserPolicies = operation({
  name: "ListAttachedUserPolicies",
  input: structure({
    UserName: words.UserName,
    PathPrefix: words.PathPrefix.optional(),
    Marker: words.Marker.optional(),
    MaxItems: words.MaxItems.optional(),
  }),
  errors: [NoSuchEntity],
  async handle(input, { caller: { accountId } }, deps: Pick<IamDeps, "users" | "userPolicies">) {
    const { UserName, PathPrefix = "/" } = input;
    if (!(await deps.users.find({ accountId, UserName }))) throw userNotFound(UserName);
    const { after } = words.pageQuery(input);
    const all = await deps.userPolicies.listAttached({ accountId, name: UserName }, after, MAX_ATTACHED);
    const found = all.filter(({ PolicyArn }) =>
      PolicyArn.slice(PolicyArn.indexOf(":policy/") + 7).startsWith(PathPrefix),
    );
    const { shown, rest } = words.pageOf(found, input, ({ PolicyArn }) => PolicyArn);
    return { AttachedPolicies: shown, ...rest };
  },
});

export const userPolicyOperations = [
  putUserPolicy,
  getUserPolicy,
  deleteUserPolicy,
  listUserPolicies,
  attachUserPolicy,
  detachUserPolicy,
  listAttachedUserPolicies,
];
