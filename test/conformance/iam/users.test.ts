import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAttachedUserPoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListGroupsForUserCommand,
  ListUserPoliciesCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  PutUserPolicyCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
  UpdateUserCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServiceTarget, serviceTarget } from "../serviceTarget.ts";
import { refusal } from "../refusal.ts";

let target: ServiceTarget;
let iam: IAMClient;
beforeAll(async () => {
  target = await serviceTarget();
  iam = new IAMClient(target.config);
});
afterAll(async () => await target[Symbol.asyncDispose]());

const PolicyDocument = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "lambda:*", Resource: "*" }],
});
const READ_ONLY = "arn:aws:iam::aws:policy/AWSLambda_ReadOnlyAccess";

async function newUser(): Promise<string> {
  const UserName = target.newName();
  await iam.send(new CreateUserCommand({ UserName }));
  return UserName;
}

test("a user is created, read, listed and deleted", async () => {
  const UserName = target.newName();
  const { User } = await iam.send(
    new CreateUserCommand({ UserName, Path: "/team/", Tags: [{ Key: "a", Value: "1" }] }),
  );
  expect(User).toEqual({
    UserName,
    Path: "/team/",
    UserId: expect.stringMatching(/^AIDA[A-Z0-9]{17}$/),
    Arn: `arn:aws:iam::${target.accountId}:user/team/${UserName}`,
    CreateDate: expect.any(Date),
    Tags: [{ Key: "a", Value: "1" }],
  });
  expect((await iam.send(new GetUserCommand({ UserName }))).User).toEqual(User);
  const { Users } = await iam.send(new ListUsersCommand({ PathPrefix: "/team/" }));
  expect(Users?.find((user) => user.UserName === UserName)).toMatchObject({ UserId: User?.UserId });
  expect(await refusal(iam.send(new CreateUserCommand({ UserName: UserName.toUpperCase() })))).toMatchObject({
    name: "EntityAlreadyExistsException",
    status: 409,
  });
  await iam.send(new DeleteUserCommand({ UserName }));
  expect(await refusal(iam.send(new GetUserCommand({ UserName })))).toEqual({
    name: "NoSuchEntityException",
    status: 404,
    message: `The user with name ${UserName} cannot be found.`,
  });
});

test("a user is renamed with its keys and policies", async () => {
  const UserName = await newUser();
  const NewUserName = target.newName();
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "inline", PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  await iam.send(new UpdateUserCommand({ UserName, NewUserName, NewPath: "/new/" }));
  expect((await iam.send(new GetUserCommand({ UserName: NewUserName }))).User?.Path).toBe("/new/");
  expect((await iam.send(new ListUserPoliciesCommand({ UserName: NewUserName }))).PolicyNames).toEqual(["inline"]);
  const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: NewUserName }));
  expect(AccessKeyMetadata?.map(({ AccessKeyId }) => AccessKeyId)).toEqual([AccessKey?.AccessKeyId]);
  await iam.send(new DeleteUserPolicyCommand({ UserName: NewUserName, PolicyName: "inline" }));
  await iam.send(new DeleteAccessKeyCommand({ UserName: NewUserName, AccessKeyId: AccessKey?.AccessKeyId }));
  await iam.send(new DeleteUserCommand({ UserName: NewUserName }));
});

test("a user can have two keys, which can be disabled, enabled and deleted", async () => {
  const UserName = await newUser();
  const create = () => iam.send(new CreateAccessKeyCommand({ UserName }));
  const { AccessKey } = await create();
  expect(AccessKey).toEqual({
    UserName,
    AccessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/),
    SecretAccessKey: expect.stringMatching(/^.{40}$/),
    Status: "Active",
    CreateDate: expect.any(Date),
  });
  const second = (await create()).AccessKey;
  expect(await refusal(create())).toEqual({
    name: "LimitExceededException",
    status: 409,
    message: "Cannot exceed quota for AccessKeysPerUser: 2",
  });
  const AccessKeyId = AccessKey?.AccessKeyId;
  await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: "Inactive" }));
  const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName }));
  expect(AccessKeyMetadata?.find((key) => key.AccessKeyId === AccessKeyId)?.Status).toBe("Inactive");
  expect((await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))).UserName).toBe(UserName);
  expect(await refusal(iam.send(new DeleteUserCommand({ UserName })))).toMatchObject({
    name: "DeleteConflictException",
    status: 409,
  });
  for (const key of [AccessKey, second]) {
    await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: key?.AccessKeyId }));
  }
  const again = iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  expect(await refusal(again)).toMatchObject({ name: "NoSuchEntityException", status: 404 });
  await iam.send(new DeleteUserCommand({ UserName }));
});

test("inline and managed policies can be put on a user and removed", async () => {
  const UserName = await newUser();
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "inline", PolicyDocument }));
  const found = await iam.send(new GetUserPolicyCommand({ UserName, PolicyName: "inline" }));
  expect(decodeURIComponent(found.PolicyDocument ?? "")).toBe(PolicyDocument);
  await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: READ_ONLY }));
  const { AttachedPolicies } = await iam.send(new ListAttachedUserPoliciesCommand({ UserName }));
  expect(AttachedPolicies).toEqual([{ PolicyArn: READ_ONLY, PolicyName: "AWSLambda_ReadOnlyAccess" }]);
  const entities = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: READ_ONLY, EntityFilter: "User" }));
  expect(entities.PolicyUsers?.map((user) => user.UserName)).toContain(UserName);
  expect(await refusal(iam.send(new DeleteUserCommand({ UserName })))).toMatchObject({
    message: "Cannot delete entity, must detach all policies first.",
  });
  await iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn: READ_ONLY }));
  expect(await refusal(iam.send(new DeleteUserCommand({ UserName })))).toMatchObject({
    message: "Cannot delete entity, must delete policies first.",
  });
  await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: "inline" }));
  await iam.send(new DeleteUserCommand({ UserName }));
});

test("a policy with an unknown condition operator is malformed", async () => {
  const UserName = await newUser();
  const Statement = [
    { Effect: "Allow", Action: "*", Resource: "*", Condition: { StringSounds: { "aws:username": "x" } } },
  ];
  const document = JSON.stringify({ Version: "2012-10-17", Statement });
  const put = iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "odd", PolicyDocument: document }));
  expect(await refusal(put)).toMatchObject({ name: "MalformedPolicyDocumentException", status: 400 });
  await iam.send(new DeleteUserCommand({ UserName }));
});

test("a user is tagged and untagged, and is in no group", async () => {
  const UserName = await newUser();
  await iam.send(
    new TagUserCommand({
      UserName,
      Tags: [
        { Key: "a", Value: "1" },
        { Key: "b", Value: "2" },
      ],
    }),
  );
  await iam.send(new UntagUserCommand({ UserName, TagKeys: ["a"] }));
  expect((await iam.send(new ListUserTagsCommand({ UserName }))).Tags).toEqual([{ Key: "b", Value: "2" }]);
  expect((await iam.send(new ListGroupsForUserCommand({ UserName }))).Groups).toEqual([]);
  await iam.send(new DeleteUserCommand({ UserName }));
});
