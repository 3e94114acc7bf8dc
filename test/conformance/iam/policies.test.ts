import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  type CreatePolicyCommandInput,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteUserCommand,
  DeleteUserPermissionsBoundaryCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  PutRolePermissionsBoundaryCommand,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
} from "@aws-sdk/client-iam";
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

const document = (action: string) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, Resource: "*" }] });
const BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

async function newPolicy(input: Partial<CreatePolicyCommandInput> = {}): Promise<string> {
  const PolicyName = target.newName();
  const PolicyDocument = document("logs:PutLogEvents");
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument, ...input }));
  return Policy?.Arn ?? "";
}

async function newRole(): Promise<string> {
  const RoleName = target.newName();
  const AssumeRolePolicyDocument = JSON.stringify({
    Statement: { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
  });
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  return RoleName;
}

test("a permissions boundary can be put on roles and users, is counted, and must be removed before its policy", async () => {
  const PermissionsBoundary = await newPolicy({ Path: "/limits/" });
  const RoleName = await newRole();
  const UserName = target.newName();
  const missing = `${PermissionsBoundary}-no`;
  const refused = {
    name: "NoSuchEntityException",
    status: 404,
    message: `Scope ARN: ${missing} does not exist or is not attachable.`,
  };
  const create = (boundary: string) => iam.send(new CreateUserCommand({ UserName, PermissionsBoundary: boundary }));
  expect(await refusal(create(missing))).toEqual(refused);
  await create(PermissionsBoundary);
  const put = (boundary: string) =>
    iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: boundary }));
  expect(await refusal(put(missing))).toEqual(refused);
  await put(PermissionsBoundary);
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  expect(Role?.PermissionsBoundary).toEqual({
    PermissionsBoundaryType: "Policy",
    PermissionsBoundaryArn: PermissionsBoundary,
  });
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: PermissionsBoundary }));
  expect([Policy?.AttachmentCount, Policy?.PermissionsBoundaryUsageCount]).toEqual([0, 2]);
  const remove = () => iam.send(new DeletePolicyCommand({ PolicyArn: PermissionsBoundary }));
  expect(await refusal(remove())).toMatchObject({ name: "DeleteConflictException", status: 409 });
  await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
  expect((await iam.send(new GetRoleCommand({ RoleName }))).Role?.PermissionsBoundary).toBeUndefined();
  await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName }));
  await remove();
  expect(await refusal(iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: "none" })))).toMatchObject({
    name: "NoSuchEntityException",
  });
  await iam.send(new DeleteUserCommand({ UserName }));
});

test("an AWS managed policy that is not known is refused wherever it would be without effect", async () => {
  const PolicyArn = "arn:aws:iam::aws:policy/AWSDenyNothingThatExists";
  const why =
    "Hearth does not know this AWS managed policy: create a customer managed policy with its statements and use that instead.";
  const missing = {
    name: "NoSuchEntityException",
    status: 404,
    ...(!target.isAws && { message: `Policy ${PolicyArn} was not found. ${why}` }),
  };
  const RoleName = await newRole();
  const UserName = target.newName();
  await iam.send(new CreateUserCommand({ UserName }));
  expect(await refusal(iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn })))).toMatchObject(missing);
  expect(await refusal(iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn })))).toMatchObject(missing);
  expect(await refusal(iam.send(new GetPolicyCommand({ PolicyArn })))).toMatchObject(missing);
  const boundary = {
    ...missing,
    ...(!target.isAws && { message: `Scope ARN: ${PolicyArn} does not exist or is not attachable. ${why}` }),
  };
  const put = new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: PolicyArn });
  expect(await refusal(iam.send(put))).toMatchObject(boundary);
  const create = new CreateUserCommand({ UserName: target.newName(), PermissionsBoundary: PolicyArn });
  expect(await refusal(iam.send(create))).toMatchObject(boundary);
  expect((await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies).toEqual([]);
  await iam.send(new DeleteUserCommand({ UserName }));
});

test("policies that roles of functions and people commonly have can be attached, counted and read", async () => {
  const common = [
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
    "service-role/AWSLambdaSQSQueueExecutionRole",
    "service-role/AWSLambdaMSKExecutionRole",
    "AWSLambdaExecute",
    "CloudWatchLambdaInsightsExecutionRolePolicy",
    "AWSXRayDaemonWriteAccess",
    "AmazonDynamoDBFullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonSSMReadOnlyAccess",
    "SecretsManagerReadWrite",
    "ReadOnlyAccess",
    "SecurityAudit",
    "job-function/ViewOnlyAccess",
    "PowerUserAccess",
    "AWSDenyAll",
  ].map((name) => `arn:aws:iam::aws:policy/${name}`);
  const RoleName = await newRole();
  for (const PolicyArn of common) {
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const { AttachedPolicies } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    expect(AttachedPolicies?.map((attached) => attached.PolicyArn)).toEqual([PolicyArn]);
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    expect(Policy?.AttachmentCount).toBeGreaterThan(0);
    const read = new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId });
    const document = decodeURIComponent((await iam.send(read)).PolicyVersion?.Document ?? "");
    expect(JSON.parse(document)).toMatchObject({ Version: "2012-10-17" });
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  }
});

test("an invalid document is refused with the reason, however deep it is nested", async () => {
  const PolicyName = target.newName();
  const create = async (more: object, text = (document: string) => document) => {
    const statement = { Effect: "Allow", Action: "logs:*", Resource: "*", ...more };
    const Statement = [statement, { ...statement, Sid: undefined }];
    const PolicyDocument = text(JSON.stringify({ Version: "2012-10-17", Statement }));
    return await refusal(iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument })));
  };
  const malformed = (message: unknown) => ({ name: "MalformedPolicyDocumentException", status: 400, message });
  const sid =
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*";
  expect(await create({ Sid: "with space" })).toEqual(malformed(sid));
  expect(
    await create({ Sid: "Twice" }, (document) =>
      document.replace("]}", ',{"Sid":"Twice","Effect":"Deny","Action":"logs:*","Resource":"*"}]}'),
    ),
  ).toEqual(malformed("Statement IDs (SID) in a single policy must be unique."));
  const deep = `${"[".repeat(60_000)}${"]".repeat(60_000)}`;
  for (const member of ["Effect", "Action", "Resource", "Condition", "Sid"]) {
    const refused = await create({ [member]: "deep" }, (document) =>
      document.replace('"deep"', deep).replace('"deep"', "{}"),
    );
    expect(refused).toEqual(malformed(expect.any(String)));
  }
});

describe("a managed policy", () => {
  test("is created, read and deleted", async () => {
    const PolicyName = target.newName();
    const Tags = [{ Key: "k", Value: "v" }];
    const PolicyDocument = document("s3:GetObject");
    const created = await iam.send(
      new CreatePolicyCommand({ PolicyName, PolicyDocument, Path: "/p/", Description: "d", Tags }),
    );
    const PolicyArn = `arn:aws:iam::${target.accountId}:policy/p/${PolicyName}`;
    expect(created.Policy).toMatchObject({
      PolicyName,
      Arn: PolicyArn,
      PolicyId: expect.stringMatching(/^ANPA[A-Z0-9]{17}$/),
      DefaultVersionId: "v1",
      AttachmentCount: 0,
      IsAttachable: true,
    });
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
    expect(Policy).toMatchObject({ Arn: PolicyArn, Path: "/p/", Description: "d", Tags });
    const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
    expect(PolicyVersion).toMatchObject({ VersionId: "v1", IsDefaultVersion: true });
    expect(decodeURIComponent(PolicyVersion?.Document ?? "")).toBe(PolicyDocument);
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
    expect(await refusal(iam.send(new GetPolicyCommand({ PolicyArn })))).toEqual({
      name: "NoSuchEntityException",
      status: 404,
      message: `Policy ${PolicyArn} was not found.`,
    });
  });

  test("with an existing name or an invalid document is refused", async () => {
    const PolicyArn = await newPolicy();
    const PolicyName = PolicyArn.slice(PolicyArn.lastIndexOf("/") + 1);
    expect(await refusal(newPolicy({ PolicyName }))).toEqual({
      name: "EntityAlreadyExistsException",
      status: 409,
      message: `A policy called ${PolicyName} already exists. Duplicate names are not allowed.`,
    });
    const bad = ["{", "{}", document("GetObject"), document("s3:GetObject").replace('"*"', '"bucket"')];
    for (const PolicyDocument of bad) {
      expect(await refusal(newPolicy({ PolicyDocument }))).toMatchObject({
        name: "MalformedPolicyDocumentException",
        status: 400,
      });
    }
    const PolicyDocument = document(`s3:${"x".repeat(6200)}`);
    expect(await refusal(newPolicy({ PolicyDocument }))).toEqual({
      name: "LimitExceededException",
      status: 409,
      message: "Cannot exceed quota for PolicySize: 6144",
    });
  });

  test("that is attached shows its count and roles, and cannot be deleted", async () => {
    const PolicyArn = await newPolicy();
    const RoleName = await newRole();
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.AttachmentCount).toBe(1);
    const { PolicyRoles } = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }));
    expect(PolicyRoles).toMatchObject([{ RoleName }]);
    expect(await refusal(iam.send(new DeletePolicyCommand({ PolicyArn })))).toEqual({
      name: "DeleteConflictException",
      status: 409,
      message: "Cannot delete a policy attached to entities.",
    });
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
  });

  test("is listed among the account's, with its tags", async () => {
    const PathPrefix = `/${target.newName()}/`;
    const arns = [await newPolicy({ Path: PathPrefix }), await newPolicy({ Path: PathPrefix })];
    const listed = await iam.send(new ListPoliciesCommand({ Scope: "Local", PathPrefix, MaxItems: 1 }));
    expect([listed.Policies?.length, listed.IsTruncated]).toEqual([1, true]);
    const rest = await iam.send(new ListPoliciesCommand({ Scope: "Local", PathPrefix, Marker: listed.Marker }));
    const both = [...(listed.Policies ?? []), ...(rest.Policies ?? [])].map(({ Arn }) => Arn);
    expect(new Set(both)).toEqual(new Set(arns));
    const attached = await iam.send(new ListPoliciesCommand({ Scope: "Local", PathPrefix, OnlyAttached: true }));
    expect(attached.Policies).toEqual([]);
    const PolicyArn = arns[0];
    await iam.send(new TagPolicyCommand({ PolicyArn, Tags: [{ Key: "a", Value: "1" }] }));
    expect((await iam.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags).toEqual([{ Key: "a", Value: "1" }]);
    await iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: ["a"] }));
    expect((await iam.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags).toEqual([]);
  });
});

describe("versions of a policy", () => {
  test("are added, made the default, listed and deleted", async () => {
    const PolicyArn = await newPolicy();
    const PolicyDocument = document("s3:PutObject");
    const added = await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
    expect(added.PolicyVersion).toMatchObject({ VersionId: "v2", IsDefaultVersion: true });
    expect((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy?.DefaultVersionId).toBe("v2");
    await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
    const { Versions } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
    expect(Versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion])).toEqual([
      ["v2", false],
      ["v1", true],
    ]);
    expect(await refusal(iam.send(new DeletePolicyCommand({ PolicyArn })))).toMatchObject({
      name: "DeleteConflictException",
    });
    const both = ["v1", "v2"].map((VersionId) => iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId })));
    expect(await refusal(both[0]!)).toMatchObject({
      name: "DeleteConflictException",
      message: "Cannot delete the default version of a policy.",
    });
    await both[1];
    const again = await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument }));
    expect(again.PolicyVersion?.VersionId).toBe("v3");
  });

  test("are five at most", async () => {
    const PolicyArn = await newPolicy();
    const add = () => iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document("s3:PutObject") }));
    for (let i = 0; i < 4; i++) await add();
    expect(await refusal(add())).toMatchObject({ name: "LimitExceededException", status: 409 });
  });

  test("that do not exist are NoSuchEntity", async () => {
    const PolicyArn = await newPolicy();
    for (const VersionId of ["v2", "v99999999999"]) {
      expect(await refusal(iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId })))).toEqual({
        name: "NoSuchEntityException",
        status: 404,
        message: `Policy ${PolicyArn} version ${VersionId} does not exist or is not attachable.`,
      });
    }
  });
});

test("AWS's own policies can be read", async () => {
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: BASIC }));
  expect(Policy).toMatchObject({
    PolicyName: "AWSLambdaBasicExecutionRole",
    Path: "/service-role/",
    IsAttachable: true,
  });
  const VersionId = Policy?.DefaultVersionId;
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn: BASIC, VersionId }));
  expect(decodeURIComponent(PolicyVersion?.Document ?? "")).toContain("logs:PutLogEvents");
});
