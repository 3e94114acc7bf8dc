import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { skipReason, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget, refusal } from "./lambdaTarget.ts";

/** AWS looks for the queue, the subnet and the key, and whether the role may use them. */
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

test("a dead letter target is kept until it is taken away by an empty one", skipReason(needsResources), async () => {
  const TargetArn = `arn:aws:sqs:${target.region}:${target.accountId}:dead`;
  const { FunctionName, DeadLetterConfig } = await target.newFunction({ DeadLetterConfig: { TargetArn } });
  expect(DeadLetterConfig).toEqual({ TargetArn });
  expect((await update(FunctionName, { Timeout: 4 })).DeadLetterConfig).toEqual({ TargetArn });
  const topic = `arn:aws:sns:${target.region}:${target.accountId}:dead`;
  expect((await update(FunctionName, { DeadLetterConfig: { TargetArn: topic } })).DeadLetterConfig).toEqual({
    TargetArn: topic,
  });
  expect((await update(FunctionName, { DeadLetterConfig: { TargetArn: "" } })).DeadLetterConfig).toBeUndefined();
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
    VpcConfig: { SubnetIds: ["subnet-1"], SecurityGroupIds: ["sg-1"], Ipv6AllowedForDualStack: false },
    KMSKeyArn,
    TracingConfig: { Mode: "Active" },
    SnapStart: { ApplyOn: "PublishedVersions", OptimizationStatus: "Off" },
  });
  const without = await update(FunctionName, {
    VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
    KMSKeyArn: "",
  });
  expect(without.VpcConfig).toBeUndefined();
  expect(without.KMSKeyArn).toBeUndefined();
});
