import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { IamDeps } from "../deps.ts";
import { toUser, userShape } from "../userAnswer.ts";
import * as words from "../words.ts";

export const listUsers = operation({
  name: "ListUsers",
  input: structure({
    PathPrefix: words.PathPrefix.optional(),
    Marker: words.Marker.optional(),
    MaxItems: words.MaxItems.optional(),
  }),
  output: structure({ Users: z.array(userShape), ...words.pageMembers }),
  errors: [],
  async handle(input, context, { users }: Pick<IamDeps, "users">) {
    const { accountId } = context.caller;
    const found = await users.list(accountId, { PathPrefix: input.PathPrefix ?? "/", ...words.pageQuery(input) });
    const { shown, rest } = words.pageOf(found, input, ({ UserName }) => UserName);
    return { Users: shown.map((user) => toUser(context, user)), ...rest };
  },
});
