import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { IamDeps } from "../deps.ts";
import { NoSuchEntity, userNotFound } from "../errors.ts";
import { toWholeUser, userShape } from "../userAnswer.ts";
import * as words from "../words.ts";

/** Without a name: the caller itself. */
export const getUser = operation({
  name: "GetUser",
  input: structure({ UserName: words.UserName.optional() }),
  output: structure({ User: userShape }),
  errors: [NoSuchEntity],
  async handle(input, context, { users, clock }: Pick<IamDeps, "users" | "clock">) {
    const { caller } = context;
    const { accountId, principal } = caller;
    const UserName = input.UserName ?? (principal.kind === "user" ? principal.UserName : undefined);
    if (UserName === undefined) {
      return { User: { Path: "/", UserId: accountId, Arn: caller.arn, CreateDate: new Date(clock.now()) } };
    }
    const user = await users.find({ accountId, UserName });
    if (!user) throw userNotFound(UserName);
    return { User: toWholeUser(context, user) };
  },
});
