import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaTarget, type LambdaTarget } from "./lambdaTarget.ts";
import { refusal, typedRefusal } from "../refusal.ts";

let target: LambdaTarget;
let ZipFile: Uint8Array;
beforeAll(async () => {
  target = await lambdaTarget();
  ZipFile = await zipOf({
    "index.mjs":
      "export const handler = async () => [process.env.AWS_LAMBDA_INITIALIZATION_TYPE, process.env.AWS_LAMBDA_FUNCTION_VERSION];\n",
  });
});
afterAll(async () => await target?.[Symbol.asyncDispose]());

async function published(): Promise<string> {
  const { FunctionName } = await target.newFunction({ Code: { ZipFile } });
  await target.client.send(new PublishVersionCommand({ FunctionName }));
  return FunctionName;
}
const put = (FunctionName: string, Qualifier: string, ProvisionedConcurrentExecutions: number) =>
  target.client.send(
    new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions }),
  );
const get = (FunctionName: string, Qualifier: string) =>
  target.client.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));
const alias = (FunctionName: string, Name: string, FunctionVersion = "1") =>
  target.client.send(new CreateAliasCommand({ FunctionName, Name, FunctionVersion }));

async function ready(FunctionName: string, Qualifier: string) {
  for (;;) {
    const config = await get(FunctionName, Qualifier);
    if (config.Status !== "IN_PROGRESS") return config;
    await new Promise((resolve) => setTimeout(resolve, target.isAws ? 5000 : 50));
  }
}

async function invoke(FunctionName: string, Qualifier: string): Promise<unknown> {
  const { Payload } = await target.client.send(new InvokeCommand({ FunctionName, Qualifier }));
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

describe("provisioned concurrency", () => {
  test("of a version is in progress, then ready, and its environments know that they are provisioned; on-demand environments do not change", async () => {
    const FunctionName = await published();
    const answer = await put(FunctionName, "1", 2);
    expect(answer).toMatchObject({
      $metadata: { httpStatusCode: 202 },
      RequestedProvisionedConcurrentExecutions: 2,
      AllocatedProvisionedConcurrentExecutions: 0,
      AvailableProvisionedConcurrentExecutions: 0,
      Status: "IN_PROGRESS",
      LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*\+0000$/),
    });
    expect(await ready(FunctionName, "1")).toMatchObject({
      RequestedProvisionedConcurrentExecutions: 2,
      AllocatedProvisionedConcurrentExecutions: 2,
      AvailableProvisionedConcurrentExecutions: 2,
      Status: "READY",
    });
    expect(await invoke(FunctionName, "1")).toEqual(["provisioned-concurrency", "1"]);
    expect(await invoke(FunctionName, "$LATEST")).toEqual(["on-demand", "$LATEST"]);
    await target.client.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: "1" }));
    expect(await refusal(get(FunctionName, "1"))).toEqual({
      name: "ProvisionedConcurrencyConfigNotFoundException",
      status: 404,
      message: "No Provisioned Concurrency Config found for this function",
    });
  });

  test("of an alias moves to the alias's new version", async () => {
    const FunctionName = await published();
    await target.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description: "second" }));
    await target.updated(FunctionName);
    await target.client.send(new PublishVersionCommand({ FunctionName }));
    await alias(FunctionName, "live");
    await put(FunctionName, "live", 1);
    await ready(FunctionName, "live");
    expect(await invoke(FunctionName, "live")).toEqual(["provisioned-concurrency", "1"]);
    await target.client.send(new UpdateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "2" }));
    expect(await get(FunctionName, "live")).toMatchObject({ Status: "IN_PROGRESS" });
    expect(await ready(FunctionName, "live")).toMatchObject({ Status: "READY" });
    expect(await invoke(FunctionName, "live")).toEqual(["provisioned-concurrency", "2"]);
    await target.client.send(new DeleteAliasCommand({ FunctionName, Name: "live" }));
    expect(await refusal(get(FunctionName, "live"))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: `Cannot find alias arn: ${target.arn(FunctionName, "live")}`,
    });
  });

  test("in full use leaves further invocations to on-demand environments", async () => {
    const { FunctionName } = await target.newFunction({
      Timeout: 20,
      Code: {
        ZipFile: await zipOf({
          "index.mjs":
            "export const handler = async () => { await new Promise((r) => setTimeout(r, 1500)); return [process.env.AWS_LAMBDA_INITIALIZATION_TYPE]; };\n",
        }),
      },
    });
    await target.client.send(new PublishVersionCommand({ FunctionName }));
    await put(FunctionName, "1", 1);
    expect(await ready(FunctionName, "1")).toMatchObject({ Status: "READY" });
    const types = await Promise.all([invoke(FunctionName, "1"), invoke(FunctionName, "1")]);
    expect(new Set(types.flat())).toEqual(new Set(["on-demand", "provisioned-concurrency"]));
    expect(await invoke(FunctionName, "1")).toEqual(["provisioned-concurrency"]);
  });

  test("of an alias that gets two versions is split like its invocations, and cannot be put while it has them", async () => {
    const FunctionName = await published();
    await target.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description: "second" }));
    await target.updated(FunctionName);
    await target.client.send(new PublishVersionCommand({ FunctionName }));
    await alias(FunctionName, "live");
    const RoutingConfig = { AdditionalVersionWeights: { "2": 0.5 } };
    await put(FunctionName, "live", 2);
    await target.client.send(new UpdateAliasCommand({ FunctionName, Name: "live", RoutingConfig }));
    expect(await refusal(put(FunctionName, "live", 3))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: "Alias with weights can not be used with Provisioned Concurrency",
    });
    expect(await ready(FunctionName, "live")).toMatchObject({
      Status: "READY",
      AvailableProvisionedConcurrentExecutions: 2,
    });
    const seen = new Set<string>();
    for (let n = 0; n < 50 && seen.size < 2; n++) seen.add(JSON.stringify(await invoke(FunctionName, "live")));
    expect(seen).toEqual(new Set(['["provisioned-concurrency","1"]', '["provisioned-concurrency","2"]']));
  });

  test("is listed with qualified ARNs, and reduces the account's unreserved concurrency", async () => {
    const FunctionName = await published();
    const unreserved = async () =>
      (await target.client.send(new GetAccountSettingsCommand({}))).AccountLimit?.UnreservedConcurrentExecutions ?? 0;
    const before = await unreserved();
    await put(FunctionName, "1", 1);
    if (!target.isAws) expect(await unreserved()).toBe(before - 1);
    const { ProvisionedConcurrencyConfigs } = await target.client.send(
      new ListProvisionedConcurrencyConfigsCommand({ FunctionName }),
    );
    expect(ProvisionedConcurrencyConfigs).toMatchObject([
      { FunctionArn: target.arn(FunctionName, "1"), RequestedProvisionedConcurrentExecutions: 1 },
    ]);
  });

  test("of a function whose init fails is FAILED", async () => {
    const { FunctionName } = await target.newFunction({
      Code: { ZipFile: await zipOf({ "index.mjs": "throw new Error('no');\n" }) },
    });
    await target.client.send(new PublishVersionCommand({ FunctionName }));
    await put(FunctionName, "1", 1);
    expect(await ready(FunctionName, "1")).toMatchObject({
      Status: "FAILED",
      StatusReason: expect.stringContaining("FUNCTION_ERROR_INIT_FAILURE"),
      AllocatedProvisionedConcurrentExecutions: 0,
      AvailableProvisionedConcurrentExecutions: 0,
    });
  });

  test("is refused for $LATEST, for a version that has it already, and beyond the limits", async () => {
    const FunctionName = await published();
    await alias(FunctionName, "latest", "$LATEST");
    await alias(FunctionName, "live");
    const unpublished = {
      name: "InvalidParameterValueException",
      status: 400,
      message: "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
    };
    expect(await refusal(put(FunctionName, "$LATEST", 1))).toEqual(unpublished);
    expect(await refusal(put(FunctionName, "latest", 1))).toEqual(unpublished);
    expect(await refusal(get(FunctionName, "$LATEST"))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: "The function resource provided must be an alias or a published version.",
    });
    expect(await refusal(put(FunctionName, "9", 1))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: `Function not found: ${target.arn(FunctionName, "9")}`,
    });
    const missing = target.newName();
    expect(await refusal(put(missing, "live", 1))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: `Cannot find alias arn: ${target.arn(missing, "live")}`,
    });
    expect(await refusal(put(missing, "1", 1))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: `Function not found: ${target.arn(missing, "1")}`,
    });
    expect(await refusal(put(FunctionName, "1", 0))).toEqual({
      name: "ValidationException",
      status: 400,
      message:
        "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1",
    });
    const { AccountLimit } = await target.client.send(new GetAccountSettingsCommand({}));
    const unreserved = AccountLimit?.UnreservedConcurrentExecutions ?? 0;
    expect(await typedRefusal(put(FunctionName, "1", unreserved + 1))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      Type: undefined,
      message: `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${unreserved}].`,
    });
    expect(await typedRefusal(put(FunctionName, "1", unreserved - 50))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      Type: undefined,
      message:
        "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    });
    const reserve = (ReservedConcurrentExecutions: number) =>
      target.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
    await reserve(1);
    expect(await refusal(put(FunctionName, "1", 2))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message:
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
    });
    await put(FunctionName, "1", 1);
    expect(await typedRefusal(reserve(0))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      Type: undefined,
      message:
        " ReservedConcurrentExecutions  0 should not be lower than function's total provisioned concurrency [1].",
    });
    await reserve(3);
    expect(await refusal(put(FunctionName, "live", 1))).toEqual({
      name: "ResourceConflictException",
      status: 409,
      message: "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
    });
    await target.client.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: "1" }));
    await put(FunctionName, "live", 1);
    expect(await refusal(put(FunctionName, "1", 1))).toEqual({
      name: "ResourceConflictException",
      status: 409,
      message: "Version is pointed by a Provisioned Concurrency alias",
    });
  });
});
