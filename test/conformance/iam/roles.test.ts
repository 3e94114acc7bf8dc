import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  type CreateRoleCommandInput,
  CreateGroupCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from "@aws-sdk/client-iam";
import { skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ServiceTarget, serviceTarget } from "../serviceTarget.ts";
import { refusal } from "../refusal.ts";

let target: ServiceTarget;
let iam: IAMClient;
beforeAll(async () => {
  target = await serviceTarget();
  iam = new IAMClient({ ...target.config, maxAttempts: 1 });
});
afterAll(async () => await target[Symbol.asyncDispose]());
const onAws = process.env["TARGET"] === "aws" ? "AWS has built it" : undefined;

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const INLINE = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:*","Resource":"*"}]}';
const BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

async function newRole(input: Partial<CreateRoleCommandInput> = {}): Promise<string> {
  const RoleName = target.newName();
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST, ...input }));
  return RoleName;
}

describe("a role", () => {
  test("is created, read, updated and deleted", async () => {
    const RoleName = target.newName();
    const Tags = [{ Key: "team", Value: "fire" }];
    const created = await iam.send(
      new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST, Path: "/a/b/", Description: "d & <e>", Tags }),
    );
    expect(created.Role).toMatchObject({
      RoleName,
      Path: "/a/b/",
      Arn: `arn:aws:iam::${target.accountId}:role/a/b/${RoleName}`,
      RoleId: expect.stringMatching(/^AROA[A-Z0-9]{17}$/),
      Description: "d & <e>",
      Tags,
      MaxSessionDuration: 3600,
    });
    expect(created.Role?.CreateDate).toBeInstanceOf(Date);
    expect(decodeURIComponent(created.Role?.AssumeRolePolicyDocument ?? "")).toBe(TRUST);
    await iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200 }));
    await iam.send(new UpdateRoleDescriptionCommand({ RoleName, Description: "other" }));
    const trust = TRUST.replace("lambda.", "events.");
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust }));
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    expect(Role).toMatchObject({
      MaxSessionDuration: 7200,
      Description: "other",
      CreateDate: created.Role?.CreateDate,
    });
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(trust);
    await iam.send(new DeleteRoleCommand({ RoleName }));
    expect(await refusal(iam.send(new GetRoleCommand({ RoleName })))).toEqual({
      name: "NoSuchEntityException",
      status: 404,
      message: `The role with name ${RoleName} cannot be found.`,
    });
  });

  test("with an existing name is refused, ignoring case", async () => {
    const RoleName = await newRole();
    for (const name of [RoleName, RoleName.toUpperCase()]) {
      const again = iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: TRUST }));
      expect(await refusal(again)).toEqual({
        name: "EntityAlreadyExistsException",
        status: 409,
        message: `Role with name ${name} already exists.`,
      });
    }
  });

  test("needs a valid trust policy", async () => {
    for (const document of [
      "{",
      "[]",
      "{}",
      INLINE,
      TRUST.replace("Allow", "Perhaps"),
      TRUST.replace("sts:AssumeRole", "s3:GetObject"),
      TRUST.replace("2012", "2013"),
    ]) {
      const refused = await refusal(newRole({ AssumeRolePolicyDocument: document }));
      expect(refused).toMatchObject({ name: "MalformedPolicyDocumentException", status: 400 });
    }
  });

  test("with invalid characters in its name fails validation", async () => {
    const request = iam.send(new GetRoleCommand({ RoleName: "a b" }));
    expect(await refusal(request)).toMatchObject({
      name: "ValidationError",
      status: 400,
      message:
        "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
    });
    expect(await refusal(iam.send(new GetRoleCommand({ RoleName: "a b".repeat(30) })))).toMatchObject({
      name: "ValidationError",
      message: expect.stringMatching(
        /^1 validation error detected: Value .*at 'roleName' failed to satisfy constraint: Member must have length less/,
      ),
    });
  });

  test("is listed by path, page by page", async () => {
    const Path = `/${target.newName()}/`;
    const names = [];
    for (let i = 0; i < 3; i++) names.push(await newRole({ Path }));
    const first = await iam.send(new ListRolesCommand({ PathPrefix: Path, MaxItems: 2 }));
    expect([first.Roles?.length, first.IsTruncated]).toEqual([2, true]);
    const second = await iam.send(new ListRolesCommand({ PathPrefix: Path, MaxItems: 2, Marker: first.Marker }));
    expect([second.Roles?.length, second.IsTruncated]).toEqual([1, false]);
    expect(await refusal(iam.send(new ListRolesCommand({ Marker: "garbage" })))).toMatchObject({
      name: "ValidationError",
      message: "Invalid Marker.",
    });
    const listed = [...(first.Roles ?? []), ...(second.Roles ?? [])].map(({ RoleName }) => RoleName);
    expect(new Set(listed)).toEqual(new Set(names));
  });

  test("is tagged and untagged", async () => {
    const RoleName = await newRole({ Tags: [{ Key: "a", Value: "1" }] });
    await iam.send(
      new TagRoleCommand({
        RoleName,
        Tags: [
          { Key: "b", Value: "" },
          { Key: "a", Value: "2" },
        ],
      }),
    );
    const { Tags } = await iam.send(new ListRoleTagsCommand({ RoleName }));
    expect(Tags).toEqual([
      { Key: "a", Value: "2" },
      { Key: "b", Value: "" },
    ]);
    await iam.send(new UntagRoleCommand({ RoleName, TagKeys: ["a", "b", "c"] }));
    expect((await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags).toEqual([]);
    const twice = [
      { Key: "x", Value: "1" },
      { Key: "X", Value: "2" },
    ];
    expect(await refusal(iam.send(new TagRoleCommand({ RoleName, Tags: twice })))).toMatchObject({
      name: "InvalidInputException",
    });
  });

  test("is in no instance profile", async () => {
    const RoleName = await newRole();
    const { InstanceProfiles, IsTruncated } = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }));
    expect([InstanceProfiles, IsTruncated]).toEqual([[], false]);
  });
});

describe("policies on a role", () => {
  test("inline ones are put, read, listed and deleted, and prevent deletion of the role", async () => {
    const RoleName = await newRole();
    const PolicyName = "inline";
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: "{}" })).catch(() => undefined);
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: INLINE }));
    const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    expect(decodeURIComponent(PolicyDocument ?? "")).toBe(INLINE);
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames).toEqual([PolicyName]);
    expect(await refusal(iam.send(new DeleteRoleCommand({ RoleName })))).toEqual({
      name: "DeleteConflictException",
      status: 409,
      message: "Cannot delete entity, must delete policies first.",
    });
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    expect(await refusal(iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })))).toMatchObject({
      name: "NoSuchEntityException",
      message: `The role policy with name ${PolicyName} cannot be found.`,
    });
    await iam.send(new DeleteRoleCommand({ RoleName }));
  });

  test("inline ones may have 10,240 characters in total", async () => {
    const RoleName = await newRole();
    const PolicyDocument = INLINE.replace(
      '"*"}',
      JSON.stringify(Array.from({ length: 200 }, (_, i) => `arn:aws:s3:::bucket-${i}/some/prefix`)) + "}",
    );
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "one", PolicyDocument }));
    const second = iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "two", PolicyDocument }));
    expect(await refusal(second)).toEqual({
      name: "LimitExceededException",
      status: 409,
      message: `Maximum policy size of 10240 bytes exceeded for role ${RoleName}`,
    });
  });

  test("AWS's managed policies can be attached without creating them, and prevent deletion of the role", async () => {
    const RoleName = await newRole();
    for (let i = 0; i < 2; i++) await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: BASIC }));
    expect((await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies).toEqual([
      { PolicyArn: BASIC, PolicyName: "AWSLambdaBasicExecutionRole" },
    ]);
    expect(await refusal(iam.send(new DeleteRoleCommand({ RoleName })))).toMatchObject({
      name: "DeleteConflictException",
      message: "Cannot delete entity, must detach all policies first.",
    });
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: BASIC }));
    expect(await refusal(iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: BASIC })))).toEqual({
      name: "NoSuchEntityException",
      status: 404,
      message: `Policy ${BASIC} was not found.`,
    });
    await iam.send(new DeleteRoleCommand({ RoleName }));
  });

  test("of a missing role or a missing policy are refused", async () => {
    const nobody = target.newName();
    const commands = [
      new PutRolePolicyCommand({ RoleName: nobody, PolicyName: "p", PolicyDocument: INLINE }),
      new AttachRolePolicyCommand({ RoleName: nobody, PolicyArn: BASIC }),
    ];
    for (const command of commands) {
      const refused = await refusal(iam.send(command as PutRolePolicyCommand));
      expect(refused.message).toBe(`The role with name ${nobody} cannot be found.`);
    }
    const RoleName = await newRole();
    const PolicyArn = `arn:aws:iam::${target.accountId}:policy/${nobody}`;
    const attached = iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    expect(await refusal(attached)).toMatchObject({ name: "NoSuchEntityException", status: 404 });
  });
});

test("an operation that is not built answers NotImplementedException", skipReason(onAws), async () => {
  expect(await refusal(iam.send(new CreateGroupCommand({ GroupName: "u" })))).toMatchObject({
    name: "NotImplementedException",
    status: 400,
    message: "The operation CreateGroup is not implemented by Hearth.",
  });
});
