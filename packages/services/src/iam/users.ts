import { structure } from "@hearth/model";
import type { UserRecord } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { checkBoundary } from "./boundaries.ts";
import type { IamDeps } from "./iamDeps.ts";
import { DeleteConflict, EntityAlreadyExists, LimitExceeded, NoSuchEntity, userNotFound } from "./iamErrors.ts";
import * as words from "./iamWords.ts";

function toUser(accountId: string, user: UserRecord) {
  return {
    Path: user.Path,
    UserName: user.UserName,
    UserId: user.UserId,
    Arn: `arn:aws:iam::${accountId}:user${user.Path}${user.UserName}`,
    CreateDate: user.CreateDate,
    PermissionsBoundary:
      user.PermissionsBoundary === null
        ? undefined
        : { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: user.PermissionsBoundary },
  };
}

function toWholeUser(accountId: string, user: UserRecord) {
  const tags = words.tagList(user.Tags);
  return { ...toUser(accountId, user), ...(tags.length === 0 ? {} : { Tags: tags }) };
}

const createUser = operation({
  name: "CreateUser",
  input: structure({
    UserName: words.NewUserName,
    Path: words.Path.optional(),
    PermissionsBoundary: words.PolicyArn.optional(),
    Tags: words.Tags.optional(),
  }),
  errors: [EntityAlreadyExists, LimitExceeded],
  async handle(
    input,
    { caller: { accountId } },
    { users, policies, clock, random }: Pick<IamDeps, "users" | "policies" | "clock" | "random">,
  ) {
    await checkBoundary(policies, accountId, input.PermissionsBoundary);
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
    return { User: toWholeUser(accountId, user) };
  },
});

/** Without a name: the caller itself. */
const getUser = operation({
  name: "GetUser",
  input: structure({ UserName: words.UserName.optional() }),
  errors: [NoSuchEntity],
  async handle(input, { caller }, { users, clock }: Pick<IamDeps, "users" | "clock">) {
    const { accountId, principal } = caller;
    const UserName = input.UserName ?? (principal.kind === "user" ? principal.UserName : undefined);
    if (UserName === undefined) {
      return { User: { Path: "/", UserId: accountId, Arn: caller.arn, CreateDate: new Date(clock.now()) } };
    }
    const user = await users.find({ accountId, UserName });
    if (!user) throw userNotFound(UserName);
    return { User: toWholeUser(accountId, user) };
  },
});

const listUsers = operation({
  name: "ListUsers",
  input: structure({
    PathPrefix: words.PathPrefix.optional(),
    Marker: words.Marker.optional(),
    MaxItems: words.MaxItems.optional(),
  }),
  errors: [],
  async handle(input, { caller: { accountId } }, { users }: Pick<IamDeps, "users">) {
    const found = await users.list(accountId, { PathPrefix: input.PathPrefix ?? "/", ...words.pageQuery(input) });
    const { shown, rest } = words.pageOf(found, input, ({ UserName }) => UserName);
    return { Users: shown.map((user) => toUser(accountId, user)), ...rest };
  },
});

const updateUser = operation({
  name: "UpdateUser",
  input: structure({
    UserName: words.UserName,
    NewUserName: words.NewUserName.optional(),
    NewPath: words.Path.optional(),
  }),
  errors: [NoSuchEntity, EntityAlreadyExists],
  async handle({ UserName, NewUserName, NewPath }, { caller: { accountId } }, { users }: Pick<IamDeps, "users">) {
    const outcome = await users.update({ accountId, UserName }, { UserName: NewUserName, Path: NewPath });
    if (outcome === "missing") throw userNotFound(UserName);
    if (outcome === "taken") throw new EntityAlreadyExists(`User with name ${NewUserName} already exists.`);
    return undefined;
  },
});

const deleteUser = operation({
  name: "DeleteUser",
  input: structure({ UserName: words.UserName }),
  errors: [NoSuchEntity, DeleteConflict],
  async handle({ UserName }, { caller: { accountId } }, { users }: Pick<IamDeps, "users">) {
    switch (await users.delete({ accountId, UserName })) {
      case "missing":
        throw userNotFound(UserName);
      case "hasAttached":
        throw new DeleteConflict("Cannot delete entity, must detach all policies first.");
      case "hasInline":
        throw new DeleteConflict("Cannot delete entity, must delete policies first.");
      case "hasKeys":
        throw new DeleteConflict("Cannot delete entity, must delete access keys first.");
      case "deleted":
        return undefined;
    }
  },
});

const tagUser = operation({
  name: "TagUser",
  input: structure({ UserName: words.UserName, Tags: words.Tags }),
  errors: [NoSuchEntity, LimitExceeded],
  async handle({ UserName, Tags }, { caller: { accountId } }, { users }: Pick<IamDeps, "users">) {
    const outcome = await users.tag({ accountId, UserName }, words.tagMap(Tags));
    if (outcome === "missing") throw userNotFound(UserName);
    if (outcome === "tooMany") throw new LimitExceeded("Cannot exceed quota for TagsPerUser: 50");
    return undefined;
  },
});

const untagUser = operation({
  name: "UntagUser",
  input: structure({ UserName: words.UserName, TagKeys: z.array(words.TagKey) }),
  errors: [NoSuchEntity],
  async handle({ UserName, TagKeys }, { caller: { accountId } }, { users }: Pick<IamDeps, "users">) {
    if (!(await users.untag({ accountId, UserName }, TagKeys))) throw userNotFound(UserName);
    return undefined;
  },
});

const listUserTags = operation({
  name: "ListUserTags",
  input: structure({ UserName: words.UserName }),
  errors: [NoSuchEntity],
  async handle({ UserName }, { caller: { accountId } }, { users }: Pick<IamDeps, "users">) {
    const user = await users.find({ accountId, UserName });
    if (!user) throw userNotFound(UserName);
    return { Tags: words.tagList(user.Tags), IsTruncated: false };
  },
});

export const userOperations = [
  createUser,
  getUser,
  listUsers,
  updateUser,
  deleteUser,
  tagUser,
  untagUser,
  listUserTags,
];
