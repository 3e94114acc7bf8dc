import {
  CreateCodeSigningConfigCommand,
  type CreateCodeSigningConfigCommandInput,
  DeleteCodeSigningConfigCommand,
  DeleteFunctionCodeSigningConfigCommand,
  DeleteFunctionCommand,
  GetCodeSigningConfigCommand,
  GetFunctionCodeSigningConfigCommand,
  ListCodeSigningConfigsCommand,
  ListFunctionsByCodeSigningConfigCommand,
  ListTagsCommand,
  PutFunctionCodeSigningConfigCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateCodeSigningConfigCommand,
  type UpdateCodeSigningConfigCommandInput,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { sampleFunctions, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal, typedRefusal } from "../refusal.ts";

let target: LambdaTarget;
const made: string[] = [];
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => {
  for (const arn of made) await remove(arn).catch(() => undefined);
  await target[Symbol.asyncDispose]();
});

/** With TARGET=aws, HEARTH_TEST_SIGNING_PROFILE is the version ARN of a profile there. */
const profile = () =>
  process.env["HEARTH_TEST_SIGNING_PROFILE"] ??
  `arn:aws:signer:${target.region}:${target.accountId}:/signing-profiles/p/abcdefghij`;

async function create(wish: Partial<CreateCodeSigningConfigCommandInput> = {}) {
  const { CodeSigningConfig, $metadata } = await target.client.send(
    new CreateCodeSigningConfigCommand({ AllowedPublishers: { SigningProfileVersionArns: [profile()] }, ...wish }),
  );
  const arn = CodeSigningConfig?.CodeSigningConfigArn ?? "";
  made.push(arn);
  return { arn, config: CodeSigningConfig, status: $metadata.httpStatusCode };
}
const get = async (CodeSigningConfigArn: string) =>
  (await target.client.send(new GetCodeSigningConfigCommand({ CodeSigningConfigArn }))).CodeSigningConfig;
const update = async (
  CodeSigningConfigArn: string,
  wish: Omit<UpdateCodeSigningConfigCommandInput, "CodeSigningConfigArn">,
) =>
  (await target.client.send(new UpdateCodeSigningConfigCommand({ CodeSigningConfigArn, ...wish }))).CodeSigningConfig;
const remove = (CodeSigningConfigArn: string) =>
  target.client.send(new DeleteCodeSigningConfigCommand({ CodeSigningConfigArn }));
const attach = (FunctionName: string, CodeSigningConfigArn: string) =>
  target.client.send(new PutFunctionCodeSigningConfigCommand({ FunctionName, CodeSigningConfigArn }));
const detach = (FunctionName: string) =>
  target.client.send(new DeleteFunctionCodeSigningConfigCommand({ FunctionName }));
const attached = async (FunctionName: string) =>
  (await target.client.send(new GetFunctionCodeSigningConfigCommand({ FunctionName }))).CodeSigningConfigArn;

const unknown = () => `arn:aws:lambda:${target.region}:${target.accountId}:code-signing-config:csc-00000000000000000`;
const missing = () => ({
  name: "ResourceNotFoundException",
  status: 404,
  Type: undefined,
  message: `The Lambda code signing configuration ${unknown()} can not be found.`,
});
const missingForFunction = () => ({
  name: "CodeSigningConfigNotFoundException",
  status: 404,
  Type: "User",
  message: `The code signing configuration cannot be found. Check that the provided configuration is not deleted: ${unknown()}.`,
});

describe("a code signing configuration", () => {
  test("is created with a new id and the policy Warn by default, shown, updated and deleted", async () => {
    const { arn, config, status } = await create({ Description: "ours" });
    expect(status).toBe(201);
    expect(config).toMatchObject({
      CodeSigningConfigId: expect.stringMatching(/^csc-[a-z0-9]{17}$/),
      CodeSigningConfigArn: `arn:aws:lambda:${target.region}:${target.accountId}:code-signing-config:${config?.CodeSigningConfigId}`,
      Description: "ours",
      AllowedPublishers: { SigningProfileVersionArns: [profile()] },
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: "Warn" },
    });
    expect(config?.LastModified).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(await get(arn)).toEqual(config);
    const changed = await update(arn, { CodeSigningPolicies: { UntrustedArtifactOnDeployment: "Enforce" } });
    expect(changed).toMatchObject({
      Description: "ours",
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: "Enforce" },
    });
    expect(await update(arn, {})).toMatchObject({ Description: "ours" });
    expect((await update(arn, { Description: "" }))?.Description || undefined).toBeUndefined();
    expect((await remove(arn)).$metadata.httpStatusCode).toBe(204);
    expect(await refusal(get(arn))).toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("that does not exist is a ResourceNotFoundException", async () => {
    const changes = [{}, { Description: "x" }].map((change) => (arn: string) => update(arn, change));
    for (const send of [get, remove, ...changes]) {
      expect(await typedRefusal(send(unknown()))).toEqual(missing());
    }
    const list = target.client.send(new ListFunctionsByCodeSigningConfigCommand({ CodeSigningConfigArn: unknown() }));
    expect(await typedRefusal(list)).toEqual(missing());
  });

  test("must have publishers and a policy that AWS knows", async () => {
    for (const wish of [
      { AllowedPublishers: { SigningProfileVersionArns: [] } },
      { AllowedPublishers: { SigningProfileVersionArns: ["profile"] } },
      { CodeSigningPolicies: { UntrustedArtifactOnDeployment: "Ask" as "Warn" } },
      { Description: "x".repeat(257) },
    ]) {
      expect(await refusal(create(wish))).toMatchObject({ name: "ValidationException", status: 400 });
    }
    expect(await refusal(get("csc"))).toMatchObject({ name: "ValidationException" });
  });

  test("can have tags, by its ARN", async () => {
    const { arn: Resource } = await create({ Tags: { a: "1" } });
    await target.client.send(new TagResourceCommand({ Resource, Tags: { b: "2" } }));
    await target.client.send(new UntagResourceCommand({ Resource, TagKeys: ["a"] }));
    expect((await target.client.send(new ListTagsCommand({ Resource }))).Tags).toEqual({ b: "2" });
  });

  test("is listed in pages", async () => {
    const wanted = [(await create()).arn, (await create()).arn];
    const found: (string | undefined)[] = [];
    let Marker: string | undefined;
    do {
      const page = await target.client.send(new ListCodeSigningConfigsCommand({ MaxItems: 1, Marker }));
      expect(page.CodeSigningConfigs?.length).toBeLessThanOrEqual(1);
      found.push(...(page.CodeSigningConfigs ?? []).map((config) => config.CodeSigningConfigArn));
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    expect(found).toEqual(expect.arrayContaining(wanted));
    expect(new Set(found).size).toBe(found.length);
  });
});

describe("a function's code signing configuration", () => {
  test("is attached, shown, listed, and cannot be deleted while a function has it", async () => {
    const { FunctionName } = await target.newFunction();
    const { arn } = await create();
    expect(await attached(FunctionName)).toBeUndefined();
    expect(await attach(FunctionName, arn)).toMatchObject({ FunctionName, CodeSigningConfigArn: arn });
    expect(await attached(FunctionName)).toBe(arn);
    const list = await target.client.send(new ListFunctionsByCodeSigningConfigCommand({ CodeSigningConfigArn: arn }));
    expect(list.FunctionArns).toEqual([target.arn(FunctionName)]);
    expect(await refusal(remove(arn))).toMatchObject({ name: "ResourceConflictException", status: 409 });
    expect((await detach(FunctionName)).$metadata.httpStatusCode).toBe(204);
    expect((await detach(FunctionName)).$metadata.httpStatusCode).toBe(204);
    const unused = await target.client.send(new ListFunctionsByCodeSigningConfigCommand({ CodeSigningConfigArn: arn }));
    expect(unused.FunctionArns).toEqual([]);
    expect(await attached(FunctionName)).toBeUndefined();
    await remove(arn);
  });

  test("is detached when the function is deleted", async () => {
    const { arn } = await create();
    const { FunctionName } = await target.newFunction({ CodeSigningConfigArn: arn });
    expect(await attached(FunctionName)).toBe(arn);
    await target.client.send(new DeleteFunctionCommand({ FunctionName }));
    expect((await remove(arn)).$metadata.httpStatusCode).toBe(204);
  });

  test("must exist, and so must the function", async () => {
    const { FunctionName } = await target.newFunction();
    expect(await typedRefusal(attach(FunctionName, unknown()))).toEqual(missingForFunction());
    expect(await typedRefusal(attach(target.newName(), unknown()))).toEqual(missingForFunction());
    expect(await typedRefusal(target.newFunction({ CodeSigningConfigArn: unknown() }))).toEqual(missingForFunction());
    const { arn } = await create();
    for (const send of [(name: string) => attach(name, arn), detach]) {
      const gone = target.newName();
      expect(await typedRefusal(send(gone))).toEqual({
        name: "ResourceNotFoundException",
        status: 404,
        Type: "User",
        message: `Function not found: ${target.arn(gone)}`,
      });
    }
  });

  test("with Enforce refuses new code without a signature, with Warn accepts it", async () => {
    const { arn } = await create({ CodeSigningPolicies: { UntrustedArtifactOnDeployment: "Enforce" } });
    const refused = { name: "CodeVerificationFailedException", status: 400 };
    expect(await refusal(target.newFunction({ CodeSigningConfigArn: arn }))).toMatchObject(refused);
    const { FunctionName } = await target.newFunction();
    await attach(FunctionName, arn);
    const ZipFile = await zipOf(sampleFunctions.nodeEcho);
    const deploy = () => target.client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
    expect(await refusal(deploy())).toMatchObject(refused);
    await update(arn, { CodeSigningPolicies: { UntrustedArtifactOnDeployment: "Warn" } });
    expect((await deploy()).LastUpdateStatus).toBe("InProgress");
  });
});
