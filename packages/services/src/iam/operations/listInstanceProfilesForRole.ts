import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "../deps.ts";
import { NoSuchEntity, roleNotFound } from "../errors.ts";
import * as words from "../words.ts";

/** There are no instance profiles here: a role is in none of them. */
export const listInstanceProfilesForRole = operation({
  name: "ListInstanceProfilesForRole",
  input: structure({ RoleName: words.RoleName }),
  output: structure({ InstanceProfiles: z.array(structure({})), IsTruncated: z.boolean() }),
  errors: [NoSuchEntity],
  async handle({ RoleName }, { caller: { accountId } }, { roles }: Pick<IamDeps, "roles">) {
    if (!(await roles.find({ accountId, RoleName }))) throw roleNotFound(RoleName);
    return { InstanceProfiles: [], IsTruncated: false };
  },
});
