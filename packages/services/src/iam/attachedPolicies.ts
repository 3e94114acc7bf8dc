import { structure } from "@hearth/model";
import { type AnyOperation, operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "./deps.ts";
import { InvalidInput, LimitExceeded, NoSuchEntity, policyNotFound } from "./errors.ts";
import { findAwsManaged, findOwnPolicy, isAwsManaged } from "./managedPolicies.ts";
import { holderMember, holderName, type PolicyHolder } from "./policyHolder.ts";
import * as words from "./words.ts";

type Deps = Pick<IamDeps, "roles" | "users" | "policies" | "rolePolicies" | "userPolicies">;
type Declared = AnyOperation<Deps>;

const MAX_ATTACHED = 20;

/** AttachRolePolicy and AttachUserPolicy. */
export function attachPolicy(holder: PolicyHolder): Declared {
  const { noun } = holder;
  return operation({
    name: `Attach${noun}Policy`,
    input: structure({ ...holderMember(holder), PolicyArn: words.PolicyArn }),
    errors: [NoSuchEntity, LimitExceeded, InvalidInput],
    async handle(input, context, deps: Deps) {
      const { accountId } = context.caller;
      const { PolicyArn } = input;
      const name = holderName(holder, input);
      const isAws = isAwsManaged(PolicyArn, context);
      if (isAws) findAwsManaged(PolicyArn);
      const own = isAws ? undefined : await findOwnPolicy(deps.policies, context, PolicyArn);
      const policies = holder.policies(deps);
      const outcome = await policies.attach({ accountId, name }, PolicyArn, own?.PolicyName, MAX_ATTACHED);
      if (outcome === "ownerMissing") throw holder.notFound(name);
      if (outcome === "policyMissing") throw policyNotFound(PolicyArn);
      if (outcome === "tooMany") throw new LimitExceeded(`Cannot exceed quota for PoliciesPer${noun}: ${MAX_ATTACHED}`);
      return undefined;
    },
  });
}

/** DetachRolePolicy and DetachUserPolicy. */
export function detachPolicy(holder: PolicyHolder): Declared {
  const { noun } = holder;
  return operation({
    name: `Detach${noun}Policy`,
    input: structure({ ...holderMember(holder), PolicyArn: words.PolicyArn }),
    errors: [NoSuchEntity],
    async handle(input, { caller: { accountId } }, deps: Deps) {
      const { PolicyArn } = input;
      const name = holderName(holder, input);
      if (await holder.policies(deps).detach({ accountId, name }, PolicyArn)) return undefined;
      if (!(await holder.exists(deps, accountId, name))) throw holder.notFound(name);
      throw policyNotFound(PolicyArn);
    },
  });
}

/** ListAttachedRolePolicies and ListAttachedUserPolicies. */
export function listAttachedPolicies(holder: PolicyHolder): Declared {
  const { noun } = holder;
  return operation({
    name: `ListAttached${noun}Policies`,
    input: structure({
      ...holderMember(holder),
      PathPrefix: words.PathPrefix.optional(),
      Marker: words.Marker.optional(),
      MaxItems: words.MaxItems.optional(),
    }),
    output: structure({
      AttachedPolicies: z.array(structure({ PolicyName: z.string(), PolicyArn: z.string() })),
      ...words.pageMembers,
    }),
    errors: [NoSuchEntity],
    async handle(input, { caller: { accountId } }, deps: Deps) {
      const name = holderName(holder, input);
      const { PathPrefix = "/" } = input;
      if (!(await holder.exists(deps, accountId, name))) throw holder.notFound(name);
      const { after } = words.pageQuery(input);
      const all = await holder.policies(deps).listAttached({ accountId, name }, after, MAX_ATTACHED);
      const found = all.filter(({ PolicyArn }) =>
        PolicyArn.slice(PolicyArn.indexOf(":policy/") + 7).startsWith(PathPrefix),
      );
      const { shown, rest } = words.pageOf(found, input, ({ PolicyArn }) => PolicyArn);
      return { AttachedPolicies: shown, ...rest };
    },
  });
}
