import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateFunctionCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { run } from "@hearth/cli";
import { type RunningHearth, startHearth, zipOf } from "@hearth/testkit";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { invoke, lambdaClient, ROLE } from "../support/lambda.ts";

const TENANT = "222222222222";

let s3: FauxqsServer;
let hearth: RunningHearth;
let client: LambdaClient;

const put = async (key: string, body: Uint8Array): Promise<void> => {
  const { status } = await fetch(`${s3.address}/code/${key}`, { method: "PUT", body: Buffer.from(body) });
  if (status !== 200) throw new Error(`the object was answered with ${status}`);
};
const create = (FunctionName: string, Code: object, by = client, Role = ROLE) =>
  by.send(new CreateFunctionCommand({ FunctionName, Runtime: "nodejs22.x", Handler: "index.handler", Role, Code }));
const answering = async (answer: string) =>
  await zipOf({ "index.mjs": `export const handler = async () => ${JSON.stringify(answer)};\n` });

beforeAll(async () => {
  s3 = await startFauxqs({ port: 0, logger: false });
  s3.createBucket("code");
  hearth = await startHearth({
    env: {
      HEARTH_S3_ENDPOINT: s3.address,
      HEARTH_S3_ACCESS_KEY_ID: "test",
      HEARTH_S3_SECRET_ACCESS_KEY: "test",
      HEARTH_S3_BUCKETS: `${TENANT}=code/tenant`,
    },
  });
  client = lambdaClient(hearth);
});
afterAll(async () => {
  await hearth?.[Symbol.asyncDispose]();
  await s3?.stop();
});

describe("code from an S3-compatible service", () => {
  test("creates a function and updates it", async () => {
    const [first, second] = [await answering("first"), await answering("second")];
    await put("one.zip", first);
    await put("folder/two two.zip", second);
    const created = await create("from-s3", { S3Bucket: "code", S3Key: "one.zip" });
    expect(created.CodeSize).toBe(first.byteLength);
    const wait = { client, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.3 };
    await waitUntilFunctionActiveV2(wait, { FunctionName: "from-s3" });
    expect((await invoke(client, "from-s3", {})).payload).toBe("first");
    await client.send(
      new UpdateFunctionCodeCommand({ FunctionName: "from-s3", S3Bucket: "code", S3Key: "folder/two two.zip" }),
    );
    await waitUntilFunctionUpdatedV2(wait, { FunctionName: "from-s3" });
    expect((await invoke(client, "from-s3", {})).payload).toBe("second");
  });

  test("publishes a layer", async () => {
    const layer = await zipOf({ "python/module.py": "VALUE = 1\n" });
    await put("layer.zip", layer);
    const published = await client.send(
      new PublishLayerVersionCommand({ LayerName: "from-s3", Content: { S3Bucket: "code", S3Key: "layer.zip" } }),
    );
    expect(published.Content?.CodeSize).toBe(layer.byteLength);
  });

  test("repeats S3's own message when there is no such object or bucket", async () => {
    await expect(create("missing", { S3Bucket: "code", S3Key: "none.zip" })).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message:
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
    });
    await expect(create("missing", { S3Bucket: "no-such-bucket", S3Key: "none.zip" })).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: expect.stringMatching(
        "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist",
      ),
    });
  });

  test("refuses an object that is no archive", async () => {
    await put("text.zip", Buffer.from("no archive"));
    await expect(create("text", { S3Bucket: "code", S3Key: "text.zip" })).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: "Could not unzip uploaded file. Please check your file, then try to upload again.",
    });
  });

  test("refuses half a source and two sources", async () => {
    await expect(create("half", { S3Bucket: "code" })).rejects.toMatchObject({
      name: "InvalidParameterValueException",
    });
    await expect(
      create("two", { S3Bucket: "code", S3Key: "one.zip", ZipFile: await answering("zip") }),
    ).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: "Please do not provide other FunctionCode parameters when providing a ZipFile.",
    });
  });
});

describe("who may take code from which bucket", () => {
  async function cli(...args: string[]): Promise<string> {
    let said = "";
    const env = { AWS_ENDPOINT_URL: hearth.clientConfig.endpoint };
    await run(args, {
      env,
      out: (text) => void (said += text),
      complain: (text) => expect.fail(text),
      sleep: () => expect.fail("waits"),
    });
    return said;
  }

  test("an account other than the owner's can use the folders that it was given, and no others", async () => {
    await cli("accounts", "create", TENANT);
    const credentials = JSON.parse(await cli("keys", "create", "--account", TENANT, "--json")) as {
      accessKeyId: string;
      secretAccessKey: string;
    };
    const tenant = new LambdaClient({ ...hearth.clientConfig, credentials, maxAttempts: 1 });
    const role = `arn:aws:iam::${TENANT}:role/any`;
    const zip = await answering("tenant");
    for (const key of ["tenant/own.zip", "tenants/others.zip", "owners.zip"]) await put(key, zip);
    const created = await create("own", { S3Bucket: "code", S3Key: "tenant/own.zip" }, tenant, role);
    expect(created.CodeSize).toBe(zip.byteLength);
    for (const S3Key of ["owners.zip", "tenants/others.zip", "tenant/../owners.zip", "none.zip"]) {
      const refused = {
        name: "AccessDeniedException",
        message: expect.stringContaining(`permission to GetObject for code/${S3Key}.`),
      };
      const source = { S3Bucket: "code", S3Key };
      await expect(create("others", source, tenant, role)).rejects.toMatchObject(refused);
      const update = new UpdateFunctionCodeCommand({ FunctionName: "own", ...source, DryRun: true });
      await expect(tenant.send(update)).rejects.toMatchObject(refused);
      const layer = new PublishLayerVersionCommand({ LayerName: "others", Content: source });
      await expect(tenant.send(layer)).rejects.toMatchObject(refused);
    }
    const elsewhere = create("others", { S3Bucket: "no-such-bucket", S3Key: "x.zip" }, tenant, role);
    await expect(elsewhere).rejects.toMatchObject({ name: "AccessDeniedException" });
    expect((await create("whole", { S3Bucket: "code", S3Key: "tenant/own.zip" })).CodeSize).toBe(zip.byteLength);
    tenant.destroy();
  });

  test("a user needs s3:GetObject for the object, and s3:GetObjectVersion for one of its versions", async () => {
    const iam = new IAMClient({ ...hearth.clientConfig, maxAttempts: 1 });
    await iam.send(new CreateUserCommand({ UserName: "deployer" }));
    const may = async (...s3Actions: string[]) => {
      const Statement = [
        { Effect: "Allow", Action: ["lambda:*", "iam:PassRole"], Resource: "*" },
        ...s3Actions.map((Action) => ({ Effect: "Allow", Action, Resource: "arn:aws:s3:::code/tenant/*" })),
      ];
      const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
      await iam.send(new PutUserPolicyCommand({ UserName: "deployer", PolicyName: "p", PolicyDocument }));
    };
    await may();
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "deployer" }));
    const credentials = {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    };
    const deployer = new LambdaClient({ ...hearth.clientConfig, credentials, maxAttempts: 1 });
    await put("tenant/code.zip", await answering("by a user"));
    await put("code.zip", await answering("by a user"));
    const refusalOf = async (source: object): Promise<string> => {
      const layer = new PublishLayerVersionCommand({ LayerName: "by-a-user", Content: source });
      return await deployer.send(layer).then(
        () => "none",
        (error: Error) => error.message,
      );
    };
    const object = { S3Bucket: "code", S3Key: "tenant/code.zip" };
    expect(await refusalOf(object)).toBe(
      "User: arn:aws:iam::000000000000:user/deployer is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::code/tenant/code.zip because no identity-based policy allows the s3:GetObject action",
    );
    await expect(create("by-a-user", object, deployer)).rejects.toMatchObject({ name: "AccessDeniedException" });
    await may("s3:GetObject");
    await expect.poll(() => refusalOf(object)).toBe("none");
    expect(await refusalOf({ ...object, S3Key: "code.zip" })).toContain(
      "is not authorized to perform: s3:GetObject on",
    );
    expect(await refusalOf({ ...object, S3ObjectVersion: "1" })).toContain("perform: s3:GetObjectVersion on");
    deployer.destroy();
    iam.destroy();
  });
});
