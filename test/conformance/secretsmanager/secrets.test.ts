import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
  ValidateResourcePolicyCommand,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type SecretsTarget, secretsTarget } from "./secretsTarget.ts";

let target: SecretsTarget;
let client: SecretsManagerClient;
beforeAll(async () => {
  target = await secretsTarget();
  client = target.secrets;
});
afterAll(async () => await target[Symbol.asyncDispose]());

const token = (letter: string): string => letter.repeat(32);
const value = async (SecretId: string, more: Partial<GetSecretValueCommandInput> = {}) =>
  await client.send(new GetSecretValueCommand({ SecretId, ...more }));
const put = async (SecretId: string, SecretString: string, ClientRequestToken: string, VersionStages?: string[]) =>
  await client.send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken, VersionStages }));
const stages = async (SecretId: string) =>
  (await client.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {};

test("a secret is created, read by name, ARN and partial ARN, and described", async () => {
  const Tags = [{ Key: "team", Value: "a" }];
  const { Name, ARN, VersionId } = await target.newSecret({ Description: "of a test", Tags, SecretString: "s3cret" });
  expect(ARN).toMatch(
    new RegExp(`^arn:aws:secretsmanager:${target.region}:${target.accountId}:secret:${Name}-[A-Za-z0-9]{6}$`),
  );
  const { $metadata: _, ...read } = await value(Name);
  expect(read).toEqual({
    ...{ ARN, Name, VersionId, SecretString: "s3cret" },
    VersionStages: ["AWSCURRENT"],
    CreatedDate: expect.any(Date),
  });
  expect((await value(ARN)).SecretString).toBe("s3cret");
  expect((await value(ARN.slice(0, -7))).SecretString).toBe("s3cret");
  const described = await client.send(new DescribeSecretCommand({ SecretId: Name }));
  expect(described).toMatchObject({ ARN, Name, Description: "of a test", Tags, CreatedDate: expect.any(Date) });
  expect(described.VersionIdsToStages).toEqual({ [VersionId]: ["AWSCURRENT"] });
  expect(described.LastAccessedDate).toBeInstanceOf(Date);
  expect(await refusal(value("none"))).toEqual({
    ...{ name: "ResourceNotFoundException", status: 400 },
    message: "Secrets Manager can't find the specified secret.",
  });
});

test("bytes are kept as bytes", async () => {
  const SecretBinary = new Uint8Array([0, 255, 1]);
  const { Name } = await target.newSecret({ SecretString: undefined, SecretBinary });
  const read = await value(Name);
  expect([read.SecretBinary, read.SecretString]).toEqual([SecretBinary, undefined]);
  const both = target.newSecret({ SecretString: "x", SecretBinary });
  expect((await refusal(both)).name).toBe("InvalidParameterException");
});

test("new values become current, and the one before the previous one", async () => {
  const { Name, VersionId: first } = await target.newSecret();
  expect(await put(Name, "second", token("b"))).toMatchObject({ VersionId: token("b"), VersionStages: ["AWSCURRENT"] });
  expect(await stages(Name)).toEqual({ [first]: ["AWSPREVIOUS"], [token("b")]: ["AWSCURRENT"] });
  expect((await value(Name, { VersionStage: "AWSPREVIOUS" })).SecretString).toBe("first");
  await put(Name, "third", token("c"));
  expect(await stages(Name)).toEqual({ [token("b")]: ["AWSPREVIOUS"], [token("c")]: ["AWSCURRENT"] });
  expect((await value(Name, { VersionId: first })).SecretString).toBe("first");
  await put(Name, "pending", token("d"), ["AWSPENDING", "mine"]);
  expect((await value(Name, { VersionStage: "mine" })).SecretString).toBe("pending");
  expect((await value(Name)).SecretString).toBe("third");
  const listed = async (IncludeDeprecated: boolean) =>
    (await client.send(new ListSecretVersionIdsCommand({ SecretId: Name, IncludeDeprecated }))).Versions?.length;
  expect([await listed(false), await listed(true)]).toEqual([3, 4]);
  expect((await refusal(value(Name, { VersionStage: "none" }))).message).toBe(
    "Secrets Manager can't find the specified secret value for staging label: none",
  );
});

test("a repeated request is answered as the first one; another value under its token is refused", async () => {
  const Name = target.newName();
  const first = { Name, SecretString: "one", ClientRequestToken: token("a") };
  await target.newSecret(first);
  expect((await client.send(new CreateSecretCommand(first))).VersionId).toBe(token("a"));
  const other = client.send(new CreateSecretCommand({ ...first, ClientRequestToken: token("z") }));
  expect(await refusal(other)).toEqual({
    ...{ name: "ResourceExistsException", status: 400 },
    message: `The operation failed because the secret ${Name} already exists.`,
  });
  await put(Name, "two", token("b"));
  await put(Name, "two", token("b"));
  expect((await refusal(put(Name, "three", token("b")))).name).toBe("ResourceExistsException");
});

test("stages move between versions, as a roll-back does", async () => {
  const { Name, VersionId: first } = await target.newSecret();
  await put(Name, "second", token("b"));
  const move = async (more: object, VersionStage = "AWSCURRENT") =>
    await client.send(new UpdateSecretVersionStageCommand({ SecretId: Name, VersionStage, ...more }));
  expect((await refusal(move({ MoveToVersionId: first }))).name).toBe("InvalidParameterException");
  await move({ MoveToVersionId: first, RemoveFromVersionId: token("b") });
  expect(await stages(Name)).toEqual({ [first]: ["AWSCURRENT"], [token("b")]: ["AWSPREVIOUS"] });
  expect((await refusal(move({ RemoveFromVersionId: first }))).name).toBe("InvalidParameterException");
  await move({ RemoveFromVersionId: token("b") }, "AWSPREVIOUS");
  expect(await stages(Name)).toEqual({ [first]: ["AWSCURRENT"] });
});

test("UpdateSecret changes the description, the key and the value", async () => {
  const { Name } = await target.newSecret({ Description: "old" });
  const KmsKeyId = "alias/mine";
  const changed = await client.send(
    new UpdateSecretCommand({ SecretId: Name, Description: "new", KmsKeyId, SecretString: "changed" }),
  );
  expect(changed.VersionId).toMatch(/^[0-9a-f-]{36}$/);
  const described = await client.send(new DescribeSecretCommand({ SecretId: Name }));
  expect(described).toMatchObject({ Description: "new", KmsKeyId });
  expect((await value(Name)).SecretString).toBe("changed");
});

test("a deleted secret can be restored while its recovery window lasts", async () => {
  const { Name } = await target.newSecret();
  const remove = async (more: object) => await client.send(new DeleteSecretCommand({ SecretId: Name, ...more }));
  expect((await refusal(remove({ RecoveryWindowInDays: 5 }))).message).toBe(
    "RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
  );
  const { DeletionDate } = await remove({ RecoveryWindowInDays: 7 });
  expect((DeletionDate?.getTime() ?? 0) - Date.now()).toBeGreaterThan(6 * 86_400_000);
  expect((await refusal(value(Name))).message).toBe(
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
  const again = client.send(new CreateSecretCommand({ Name }));
  expect((await refusal(again)).message).toContain("already scheduled for deletion");
  const names = async (IncludePlannedDeletion: boolean) => {
    const Filters = [{ Key: "name" as const, Values: [Name] }];
    return (await client.send(new ListSecretsCommand({ Filters, IncludePlannedDeletion }))).SecretList?.length;
  };
  expect([await names(false), await names(true)]).toEqual([0, 1]);
  await client.send(new RestoreSecretCommand({ SecretId: Name }));
  expect((await value(Name)).SecretString).toBe("first");
  await remove({ ForceDeleteWithoutRecovery: true });
  expect((await refusal(value(Name))).name).toBe("ResourceNotFoundException");
  expect((await remove({ ForceDeleteWithoutRecovery: true })).Name).toBe(Name);
  expect((await refusal(remove({}))).name).toBe("ResourceNotFoundException");
});

test("secrets are listed page by page, filtered and sorted, and read in batches", async () => {
  const prefix = target.newName();
  const made = [];
  for (const letter of ["a", "b", "c"]) {
    const Tags = [{ Key: `${prefix}-key`, Value: letter }];
    made.push(await target.newSecret({ Name: `${prefix}/${letter}`, SecretString: letter, Tags }));
  }
  const Filters = [{ Key: "name" as const, Values: [prefix] }];
  const list = async (more: object) => await client.send(new ListSecretsCommand({ Filters, ...more }));
  const names = ({ SecretList = [] }: Awaited<ReturnType<typeof list>>) => SecretList.map(({ Name }) => Name?.at(-1));
  const first = await list({ MaxResults: 2 });
  expect(names(first)).toEqual(["a", "b"]);
  expect(names(await list({ MaxResults: 2, NextToken: first.NextToken }))).toEqual(["c"]);
  expect(names(await list({ SortBy: "name", SortOrder: "desc" }))).toEqual(["c", "b", "a"]);
  const tagged = [
    { Key: "tag-key" as const, Values: [`${prefix}-key`] },
    { Key: "tag-value" as const, Values: ["!b"] },
  ];
  expect(names(await list({ Filters: tagged }))).toEqual(["a", "c"]);
  const SecretIdList = [made[0]?.ARN ?? "", made[2]?.Name ?? "", `${prefix}/none`];
  const batch = await client.send(new BatchGetSecretValueCommand({ SecretIdList }));
  expect(batch.SecretValues?.map(({ SecretString }) => SecretString)).toEqual(["a", "c"]);
  expect(batch.Errors?.map(({ ErrorCode }) => ErrorCode)).toEqual(["ResourceNotFoundException"]);
  const filtered = await client.send(new BatchGetSecretValueCommand({ Filters, MaxResults: 2 }));
  expect(filtered.SecretValues?.map(({ SecretString }) => SecretString)).toEqual(["a", "b"]);
  const rest = { Filters, MaxResults: 2, NextToken: filtered.NextToken };
  expect((await client.send(new BatchGetSecretValueCommand(rest))).SecretValues?.length).toBe(1);
});

test("tags are added and removed", async () => {
  const { Name: SecretId } = await target.newSecret({ Tags: [{ Key: "a", Value: "1" }] });
  await client.send(new TagResourceCommand({ SecretId, Tags: [{ Key: "b", Value: "2" }] }));
  await client.send(new UntagResourceCommand({ SecretId, TagKeys: ["a"] }));
  expect((await client.send(new DescribeSecretCommand({ SecretId }))).Tags).toEqual([{ Key: "b", Value: "2" }]);
});

test("a resource policy lets a user read the secret who could not otherwise, and denies", async () => {
  const { Name: SecretId, ARN } = await target.newSecret();
  const UserName = target.newName();
  const iam = new IAMClient(target.config);
  const { User } = await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  };
  const user = new SecretsManagerClient({ ...target.config, credentials, maxAttempts: 1 });
  const read = async () => (await user.send(new GetSecretValueCommand({ SecretId: ARN }))).SecretString;
  expect((await refusal(read())).name).toBe("AccessDeniedException");
  // Nor does a batch tell whether a secret exists.
  const batch = { Effect: "Allow", Action: "secretsmanager:BatchGetSecretValue", Resource: "*" };
  const onlyBatch = JSON.stringify({ Version: "2012-10-17", Statement: [batch] });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "batch", PolicyDocument: onlyBatch }));
  const codes = async () => {
    const { Errors } = await user.send(new BatchGetSecretValueCommand({ SecretIdList: [SecretId, target.newName()] }));
    return Errors?.map(({ ErrorCode }) => ErrorCode);
  };
  await expect
    .poll(async () => await codes().catch(() => "denied"))
    .toEqual(["AccessDeniedException", "AccessDeniedException"]);
  const listing = user.send(new BatchGetSecretValueCommand({ Filters: [{ Key: "name", Values: [SecretId] }] }));
  expect(await refusal(listing)).toMatchObject({ name: "AccessDeniedException", message: /ListSecrets/ });
  const policy = (Effect: string, Principal: unknown = { AWS: User?.Arn }) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect, Principal, Action: "secretsmanager:GetSecretValue", Resource: "*" }],
    });
  const allow = policy("Allow");
  await client.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy: allow }));
  expect((await client.send(new GetResourcePolicyCommand({ SecretId }))).ResourcePolicy).toBe(allow);
  await expect.poll(read).toBe("first");
  const statement = { Effect: "Allow", Action: "secretsmanager:*", Resource: "*" };
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "all", PolicyDocument }));
  await client.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy: policy("Deny") }));
  await expect.poll(async () => (await refusal(read())).name).toBe("AccessDeniedException");
  await client.send(new DeleteResourcePolicyCommand({ SecretId }));
  await expect.poll(async () => await read().catch(() => "denied")).toBe("first");
  const everyone = { SecretId, ResourcePolicy: policy("Allow", "*"), BlockPublicPolicy: true };
  expect((await refusal(client.send(new PutResourcePolicyCommand(everyone)))).name).toBe("PublicPolicyException");
  const broken = { SecretId, ResourcePolicy: '{"Statement":[{"Effect":"Sometimes"}]}' };
  expect((await refusal(client.send(new PutResourcePolicyCommand(broken)))).name).toBe(
    "MalformedPolicyDocumentException",
  );
  const checked = await client.send(new ValidateResourcePolicyCommand({ ResourcePolicy: policy("Allow", "*") }));
  expect(checked.PolicyValidationPassed).toBe(false);
  user.destroy();
  iam.destroy();
});

test("passwords have the wanted length and characters", async () => {
  const password = async (rules: object) =>
    (await client.send(new GetRandomPasswordCommand(rules))).RandomPassword ?? "";
  expect(await password({})).toHaveLength(32);
  expect(await password({ PasswordLength: 20, ExcludePunctuation: true, ExcludeUppercase: true })).toMatch(
    /^[a-z0-9]{20}$/,
  );
  expect(await password({ PasswordLength: 100, ExcludeCharacters: "abc" })).not.toMatch(/[abc]/);
  expect(await password({ PasswordLength: 4 })).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[^a-zA-Z0-9]).{4}$/);
  const nothing = { ExcludeLowercase: true, ExcludeUppercase: true, ExcludeNumbers: true, ExcludePunctuation: true };
  expect((await refusal(password(nothing))).name).toBe("InvalidRequestException");
});
