import { structure } from "@hearth/model";
import type { UserRecord } from "@hearth/store";
import { operation } from "@hearth/wire";
import { checkBoundary } from "../checkBoundary.ts";
import type { IamDeps } from "../deps.ts";
import { EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity } from "../errors.ts";
import { toWholeUser, userShape } from "../userAnswer.ts";
import * as words from "../words.ts";

export const createUser = operation({
  name: "CreateUser",
  input: structure({
    UserName: words.NewUserName,
    Path: words.Path.optional(),
    PermissionsBoundary: words.PolicyArn.optional(),
    Tags: words.Tags.optional(),
  }),
  output: structure({ User: userShape }),
  errors: [EntityAlreadyExists, LimitExceeded, InvalidInput, NoSuchEntity],
  async handle(
    input,
    context,
    { users, policies, clock, random }: Pick<IamDeps, "users" | "policies" | "clock" | "random">,
  ) {
    const { accountId } = context.caller;
    await checkBoundary(policies, context, input.PermissionsBoundary);
    const Tags = words.tagMap(input.Tags);
    if (Object.keys(Tags).length > 50) throw new LimitExceeded("Cannot exceed quota for TagsPerUser: 50");
    const user: UserRecord = {
      UserName: input.UserName,
      UserId: words.uniqueId("AIDA", random),
      Path: input.Path ?? "/",
      PermissionsBoundary: input.PermissionsBoundary ?? null,
      Tags,
      CreateDate: new Date(Math.floor(clock.now() / 1000) * 1000),
    };
    if (!(await users.create(accountId, user))) {
      throw new EntityAlreadyExists(`User with name ${user.UserName} already exists.`);
    }
    return { User: toWholeUser(context, user) };
  },
});
