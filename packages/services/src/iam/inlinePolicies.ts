import { structure } from "@hearth/model";
import { type AnyOperation, operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "./deps.ts";
import { LimitExceeded, MalformedPolicyDocument, NoSuchEntity } from "./errors.ts";
import { checkIdentityPolicy } from "./policyDocument.ts";
import { holderMember, holderName, type PolicyHolder } from "./policyHolder.ts";
import * as words from "./words.ts";

type Deps = Pick<IamDeps, "roles" | "users" | "rolePolicies" | "userPolicies">;
type Declared = AnyOperation<Deps>;

/** PutRolePolicy and PutUserPolicy. */
export function putInlinePolicy(holder: PolicyHolder): Declared {
  const { noun, maxInlineBytes } = holder;
  return operation({
    name: `Put${noun}Policy`,
    input: structure({
      ...holderMember(holder),
      PolicyName: words.PolicyName,
      PolicyDocument: words.PolicyDocument,
    }),
    errors: [NoSuchEntity, MalformedPolicyDocument, LimitExceeded],
    async handle(input, { caller: { accountId } }, deps: Deps) {
      const { PolicyName, PolicyDocument } = input;
      const name = holderName(holder, input);
      checkIdentityPolicy(PolicyDocument);
      const policy = { PolicyName, PolicyDocument };
      const outcome = await holder.policies(deps).putInline({ accountId, name }, policy, maxInlineBytes);
      if (outcome === "missing") throw holder.notFound(name);
      if (outcome === "tooLarge") {
        throw new LimitExceeded(
          `Maximum policy size of ${maxInlineBytes} bytes exceeded for ${noun.toLowerCase()} ${name}`,
        );
      }
      return undefined;
    },
  });
}

/** GetRolePolicy and GetUserPolicy. */
export function getInlinePolicy(holder: PolicyHolder): Declared {
  const { noun, member } = holder;
  return operation({
    name: `Get${noun}Policy`,
    input: structure({ ...holderMember(holder), PolicyName: words.PolicyName }),
    output: structure({ [member]: z.string(), PolicyName: z.string(), PolicyDocument: z.string() }),
    errors: [NoSuchEntity],
    async handle(input, { caller: { accountId } }, deps: Deps) {
      const { PolicyName } = input;
      const name = holderName(holder, input);
      const policy = await holder.policies(deps).findInline({ accountId, name }, PolicyName);
      if (policy) return { [member]: name, PolicyName, PolicyDocument: words.encodeDocument(policy.PolicyDocument) };
      throw await inlineNotFound(holder, deps, accountId, name, PolicyName);
    },
  });
}

/** DeleteRolePolicy and DeleteUserPolicy. */
export function deleteInlinePolicy(holder: PolicyHolder): Declared {
  const { noun } = holder;
  return operation({
    name: `Delete${noun}Policy`,
    input: structure({ ...holderMember(holder), PolicyName: words.PolicyName }),
    errors: [NoSuchEntity],
    async handle(input, { caller: { accountId } }, deps: Deps) {
      const { PolicyName } = input;
      const name = holderName(holder, input);
      if (await holder.policies(deps).deleteInline({ accountId, name }, PolicyName)) return undefined;
      throw await inlineNotFound(holder, deps, accountId, name, PolicyName);
    },
  });
}

/** ListRolePolicies and ListUserPolicies. */
export function listInlinePolicies(holder: PolicyHolder): Declared {
  const { noun } = holder;
  return operation({
    name: `List${noun}Policies`,
    input: structure({ ...holderMember(holder), Marker: words.Marker.optional(), MaxItems: words.MaxItems.optional() }),
    output: structure({ PolicyNames: z.array(z.string()), ...words.pageMembers }),
    errors: [NoSuchEntity],
    async handle(input, { caller: { accountId } }, deps: Deps) {
      const name = holderName(holder, input);
      if (!(await holder.exists(deps, accountId, name))) throw holder.notFound(name);
      const { after, limit } = words.pageQuery(input);
      const found = await holder.policies(deps).listInline({ accountId, name }, after, limit);
      const { shown, rest } = words.pageOf(found, input, (PolicyName) => PolicyName);
      return { PolicyNames: shown, ...rest };
    },
  });
}

async function inlineNotFound(
  holder: PolicyHolder,
  deps: Deps,
  accountId: string,
  name: string,
  PolicyName: string,
): Promise<NoSuchEntity> {
  if (!(await holder.exists(deps, accountId, name))) return holder.notFound(name);
  return new NoSuchEntity(`The ${holder.noun.toLowerCase()} policy with name ${PolicyName} cannot be found.`);
}
