import { structure } from "@hearth/model";
import { type AnyOperation, operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "./deps.ts";
import { NoSuchEntity, userNotFound } from "./errors.ts";
import * as words from "./words.ts";

// Hearth keeps no groups, MFA devices, certificates, login profiles and the like. Clients (Terraform for one) list them before they delete a user,
// so these operations answer, truthfully, that there are none.

/** An operation that lists belongings of one user; the list is always empty. */
export function emptyListOfUser(name: string, member: string): AnyOperation<Pick<IamDeps, "users">> {
  return operation({
    name,
    input: structure({ UserName: words.UserName.optional(), Marker: words.Marker.optional() }),
    output: structure({ [member]: z.array(z.unknown()), IsTruncated: z.boolean() }),
    errors: [NoSuchEntity],
    async handle({ UserName }, { caller: { accountId } }, { users }: Pick<IamDeps, "users">) {
      if (UserName !== undefined && !(await users.find({ accountId, UserName }))) throw userNotFound(UserName);
      return { [member]: [], IsTruncated: false };
    },
  });
}

/** An operation that lists what an account has; the list is always empty. */
export function emptyListOfAccount(name: string, member: string): AnyOperation<object> {
  return operation({
    name,
    input: structure({
      PathPrefix: words.PathPrefix.optional(),
      Marker: words.Marker.optional(),
      MaxItems: words.MaxItems.optional(),
    }),
    output: structure({ [member]: z.array(z.unknown()), IsTruncated: z.boolean() }),
    errors: [],
    handle: () => Promise.resolve({ [member]: [], IsTruncated: false }),
  });
}

/** An operation on a user's login profile, which no user has. */
export function noLoginProfile(name: string): AnyOperation<object> {
  return operation({
    name,
    input: structure({ UserName: words.UserName }),
    errors: [NoSuchEntity],
    handle({ UserName }): Promise<never> {
      return Promise.reject(new NoSuchEntity(`Login Profile for User ${UserName} cannot be found.`));
    },
  });
}
