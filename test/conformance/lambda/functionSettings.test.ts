import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { skipReason, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";

/** AWS checks that the queue, subnet and key exist and that the role may use them. */
const needsResources = process.env["TARGET"] === "aws" ? "AWS asks for resources that are there" : undefined;

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

async function update(FunctionName: string, input: object) {
  await target.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...input }));
  await target.updated(FunctionName);
  return await target.client.send(new GetFunctionConfigurationCommand({ FunctionName }));
}

test("a dead letter target is kept until an empty one removes it", skipReason(needsResources), async () => {
  const TargetArn = `arn:aws:sqs:${target.region}:${target.accountId}:dead`;
  const Role = await target.newRole(["sqs:SendMessage", "sns:Publish"]);
  const { FunctionName, DeadLetterConfig } = await target.newFunction({ Role, DeadLetterConfig: { TargetArn } });
  expect(DeadLetterConfig).toEqual({ TargetArn });
  expect((await update(FunctionName, { Timeout: 4 })).DeadLetterConfig).toEqual({ TargetArn });
  const topic = `arn:aws:sns:${target.region}:${target.accountId}:dead`;
  expect((await update(FunctionName, { DeadLetterConfig: { TargetArn: topic } })).DeadLetterConfig).toEqual({
    TargetArn: topic,
  });
  expect((await update(FunctionName, { DeadLetterConfig: { TargetArn: "" } })).DeadLetterConfig).toBeUndefined();
});

test("a dead letter target that the role may not send to is refused, at creation and at updates", async () => {
  const queue = `arn:aws:sqs:${target.region}:${target.accountId}:dead`;
  const topic = `arn:aws:sns:${target.region}:${target.accountId}:dead`;
  const refused = (call: string) => ({
    name: "InvalidParameterValueException",
    status: 400,
    message: `The provided execution role does not have permissions to call ${call}`,
  });
  const Role = await target.newRole(["sqs:SendMessage"]);
  const powerless = await target.newRole(["logs:PutLogEvents"]);
  const DeadLetterConfig = { TargetArn: queue };
  expect(await refusal(target.newFunction({ Role: powerless, DeadLetterConfig }))).toEqual(
    refused("SendMessage on SQS"),
  );
  const { FunctionName } = await target.newFunction({ Role, DeadLetterConfig });
  const updating = (input: object) =>
    refusal(target.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, ...input })));
  expect(await updating({ DeadLetterConfig: { TargetArn: topic } })).toEqual(refused("Publish on SNS"));
  expect(await updating({ Role: powerless })).toEqual(refused("SendMessage on SQS"));
});

test("a dead letter target that is neither a standard queue nor a standard topic is refused", async () => {
  for (const TargetArn of [
    `arn:aws:kinesis:${target.region}:${target.accountId}:stream/dead`,
    `arn:aws:sqs:${target.region}:${target.accountId}:dead.fifo`,
  ]) {
    const create = new CreateFunctionCommand({
      FunctionName: target.newName(),
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Role: target.Role,
      Code: { ZipFile: await zipOf({ "index.mjs": "" }) },
      DeadLetterConfig: { TargetArn },
    });
    expect(await refusal(target.client.send(create))).toMatchObject({
      name: "InvalidParameterValueException",
      status: 400,
    });
  }
});

test("network, key, tracing and snapshot settings are shown as they were set", skipReason(needsResources), async () => {
  const KMSKeyArn = `arn:aws:kms:${target.region}:${target.accountId}:key/00000000-0000-4000-8000-000000000000`;
  const { FunctionName } = await target.newFunction({ Runtime: "python3.13" });
  const shown = await update(FunctionName, {
    VpcConfig: { SubnetIds: ["subnet-1"], SecurityGroupIds: ["sg-1"] },
    KMSKeyArn,
    TracingConfig: { Mode: "Active" },
    SnapStart: { ApplyOn: "PublishedVersions" },
  });
  expect(shown).toMatchObject({
    VpcConfig: {
      SubnetIds: ["subnet-1"],
      SecurityGroupIds: ["sg-1"],
      VpcId: expect.stringMatching(/^vpc-[0-9a-f]{17}$/) as unknown,
      Ipv6AllowedForDualStack: false,
    },
    KMSKeyArn,
    TracingConfig: { Mode: "Active" },
    SnapStart: { ApplyOn: "PublishedVersions", OptimizationStatus: "Off" },
  });
  const without = await update(FunctionName, {
    VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
    KMSKeyArn: "",
  });
  expect(without.VpcConfig).toEqual({ SubnetIds: [], SecurityGroupIds: [], VpcId: "", Ipv6AllowedForDualStack: false });
  expect(without.KMSKeyArn).toBeUndefined();
});

test("SnapStart is on for a published version once it is active, and never for $LATEST", async () => {
  const { FunctionName } = await target.newFunction({
    Runtime: "python3.13",
    SnapStart: { ApplyOn: "PublishedVersions" },
    Publish: true,
  });
  const shown = async (Qualifier?: string) =>
    (await target.client.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier }))).SnapStart;
  await expect
    .poll(() => shown("1"), { timeout: 240_000 })
    .toEqual({ ApplyOn: "PublishedVersions", OptimizationStatus: "On" });
  expect(await shown()).toEqual({ ApplyOn: "PublishedVersions", OptimizationStatus: "Off" });
  const larger = new UpdateFunctionConfigurationCommand({ FunctionName, EphemeralStorage: { Size: 513 } });
  expect(await refusal(target.client.send(larger))).toMatchObject({
    name: "InvalidParameterValueException",
    message: expect.stringMatching(/not supported for SnapStart enabled functions/) as string,
  });
  await update(FunctionName, { SnapStart: { ApplyOn: "None" } });
  expect((await update(FunctionName, { EphemeralStorage: { Size: 513 } })).EphemeralStorage).toEqual({ Size: 513 });
});

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
const RESERVED = [
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_LAMBDA_RUNTIME_API",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
];

test("variables that AWS reserves are refused by name; variables that it only presets can be set", async () => {
  const { FunctionName } = await target.newFunction();
  const set = (Variables: Record<string, string>) =>
    target.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  for (const names of [...RESERVED.map((name) => [name]), RESERVED.slice(0, 2)]) {
    expect(await refusal(set(Object.fromEntries(names.map((name) => [name, "x"]))))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${names.join(", ")}`,
    });
  }
  expect(await refusal(set({ _HANDLER: "x" }))).toMatchObject({ name: "ValidationException", status: 400 });
  const Variables = {
    TZ: "Asia/Tokyo",
    PATH: "/opt/bin",
    NODE_OPTIONS: "--no-warnings",
    AWS_XRAY_CONTEXT_MISSING: "x",
  };
  expect((await set(Variables)).Environment).toEqual({ Variables });
});
