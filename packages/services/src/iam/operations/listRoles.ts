import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "../deps.ts";
import { roleShape, toRole } from "../roleAnswer.ts";
import * as words from "../words.ts";

export const listRoles = operation({
  name: "ListRoles",
  input: structure({
    PathPrefix: words.PathPrefix.optional(),
    Marker: words.Marker.optional(),
    MaxItems: words.MaxItems.optional(),
  }),
  output: structure({ Roles: z.array(roleShape), ...words.pageMembers }),
  errors: [],
  async handle(input, context, { roles }: Pick<IamDeps, "roles">) {
    const { accountId } = context.caller;
    const found = await roles.list(accountId, { PathPrefix: input.PathPrefix ?? "/", ...words.pageQuery(input) });
    const { shown, rest } = words.pageOf(found, input, ({ RoleName }) => RoleName);
    return { Roles: shown.map((role) => toRole(context, role)), ...rest };
  },
});
