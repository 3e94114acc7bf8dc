import {
  CreateFunctionCommand,
  type LambdaClient,
  PublishLayerVersionCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { type RunningHearth, startHearth, zipOf } from "@hearth/testkit";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { invoke, lambdaClient, ROLE } from "../support/lambda.ts";

let s3: FauxqsServer;
let hearth: RunningHearth;
let client: LambdaClient;

const put = async (key: string, body: Uint8Array): Promise<void> => {
  const { status } = await fetch(`${s3.address}/code/${key}`, { method: "PUT", body: Buffer.from(body) });
  if (status !== 200) throw new Error(`the object was answered with ${status}`);
};
const create = (FunctionName: string, Code: object) =>
  client.send(
    new CreateFunctionCommand({ FunctionName, Runtime: "nodejs22.x", Handler: "index.handler", Role: ROLE, Code }),
  );
const answering = async (answer: string) =>
  await zipOf({ "index.mjs": `export const handler = async () => ${JSON.stringify(answer)};\n` });

beforeAll(async () => {
  s3 = await startFauxqs({ port: 0, logger: false });
  s3.createBucket("code");
  hearth = await startHearth({
    env: { HEARTH_S3_ENDPOINT: s3.address, HEARTH_S3_ACCESS_KEY_ID: "test", HEARTH_S3_SECRET_ACCESS_KEY: "test" },
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

  test("tells S3's own words when there is no such object or bucket", async () => {
    await expect(create("missing", { S3Bucket: "code", S3Key: "none.zip" })).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message:
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
    });
    await expect(create("missing", { S3Bucket: "no-such-bucket", S3Key: "none.zip" })).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: expect.stringMatching(
        /^Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: /,
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
