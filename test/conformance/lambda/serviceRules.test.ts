import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionCommand,
  InvokeCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaTarget, type LambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";

/** What the service's own rules refuse, and how it says that something is not there. */

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target?.[Symbol.asyncDispose]());

const FunctionName = "none";
const create = (input: Partial<CreateFunctionCommandInput>) =>
  target.client.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs22.x",
      Role: target.Role,
      Handler: "index.handler",
      Code: { ZipFile: Buffer.from("x") },
      ...input,
    }),
  );

describe("a rule of the service is an InvalidParameterValueException", () => {
  test.each([
    [
      "memory beyond what functions can have",
      { MemorySize: 10_241 },
      /^'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240$/,
    ],
    [
      "reserved variables",
      { Environment: { Variables: { AWS_REGION: "x" } } },
      /Reserved keys used in this request: AWS_REGION$/,
    ],
    [
      "variables beyond 4 KB",
      { Environment: { Variables: { LONG: "x".repeat(5000) } } },
      /exceeded the 4KB limit\. String measured: \{"LONG":"x{5000}"\}$/,
    ],
    [
      "subnets without security groups",
      { VpcConfig: { SubnetIds: ["subnet-1"] } },
      /^SubnetIds and SecurityIds must coexist or be both empty list\.$/,
    ],
    [
      "security groups without subnets",
      { VpcConfig: { SecurityGroupIds: ["sg-1"], SubnetIds: [] } },
      /^SubnetIds and SecurityIds must coexist or be both empty list\.$/,
    ],
    [
      "a level of logs that are text",
      { LoggingConfig: { ApplicationLogLevel: "DEBUG" } },
      /^To use a log level filter, you must first configure log format as JSON\.$/,
    ],
    [
      "snapshots of a runtime that AWS takes none of",
      { SnapStart: { ApplyOn: "PublishedVersions" } },
      /^nodejs22\.x is not supported for SnapStart enabled functions\.$/,
    ],
    [
      "an archive that is none",
      {},
      /^Could not unzip uploaded file\. Please check your file, then try to upload again\.$/,
    ],
    [
      "a runtime that there is not",
      { Runtime: "cobol1" },
      /^Value cobol1 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: /,
    ],
  ] as const)("%s", async (_rule, input, message) => {
    const refused = await refusal(create(input as Partial<CreateFunctionCommandInput>));
    expect(refused).toMatchObject({ name: "InvalidParameterValueException", status: 400 });
    expect(refused.message).toMatch(message);
  });

  test("the same rules hold for updates, which look at what the function is already", async () => {
    const { FunctionName: name } = await target.newFunction({ LoggingConfig: { LogFormat: "JSON" } });
    const update = (input: object) =>
      target.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, ...input }));
    const rules: readonly (readonly [object, string])[] = [
      [
        { VpcConfig: { SubnetIds: ["subnet-1"], SecurityGroupIds: [] } },
        "SubnetIds and SecurityIds must coexist or be both empty list.",
      ],
      [{ SnapStart: { ApplyOn: "PublishedVersions" } }, "nodejs22.x is not supported for SnapStart enabled functions."],
      [
        { Runtime: "go1.x" },
        "The runtime parameter of go1.x is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.",
      ],
      [
        { LoggingConfig: { LogFormat: "Text", SystemLogLevel: "WARN" } },
        "To use a log level filter, you must first configure log format as JSON.",
      ],
    ];
    for (const [input, message] of rules) {
      expect(await refusal(update(input))).toEqual({ name: "InvalidParameterValueException", status: 400, message });
    }
    expect((await refusal(update({ Runtime: "Python3.12" }))).message).toMatch(
      /^Value Python3\.12 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[[a-z0-9., ]*nodejs24\.x[a-z0-9., ]*\] or be a valid ARN$/,
    );
    const { LoggingConfig } = await update({ LoggingConfig: { SystemLogLevel: "WARN" } });
    expect(LoggingConfig).toMatchObject({ LogFormat: "JSON", ApplicationLogLevel: "INFO", SystemLogLevel: "WARN" });
  });

  test("a whole update of the configuration beyond 5,120 bytes", async () => {
    const input = {
      FunctionName,
      Description: "d".repeat(256),
      Environment: { Variables: { LONG: "x".repeat(4900) } },
    };
    expect(await refusal(target.client.send(new UpdateFunctionConfigurationCommand(input)))).toEqual({
      name: "RequestEntityTooLargeException",
      status: 413,
      message: "Request must be smaller than 5120 bytes for the UpdateFunctionConfiguration operation",
    });
  });

  test("two qualifiers that differ", async () => {
    const both = { FunctionName: `${FunctionName}:1`, Qualifier: "2" };
    expect(await refusal(target.client.send(new GetFunctionCommand(both)))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: "The derived qualifier from the function name does not match the specified qualifier.",
    });
  });
});

describe("what is not there is a ResourceNotFoundException", () => {
  test("a function", async () => {
    const message = `Function not found: ${target.arn(FunctionName)}`;
    const gone = { name: "ResourceNotFoundException", status: 404, message };
    expect(await refusal(target.client.send(new GetFunctionCommand({ FunctionName })))).toEqual(gone);
    expect(await refusal(target.client.send(new DeleteFunctionCommand({ FunctionName })))).toEqual(gone);
    expect(await refusal(target.client.send(new GetFunctionConfigurationCommand({ FunctionName })))).toEqual(gone);
    expect(await refusal(target.client.send(new GetFunctionConcurrencyCommand({ FunctionName })))).toEqual(gone);
    expect(await refusal(target.client.send(new GetFunctionCodeSigningConfigCommand({ FunctionName })))).toEqual(gone);
    expect(await refusal(target.client.send(new PublishVersionCommand({ FunctionName })))).toEqual(gone);
  });

  test("$LATEST of a function that is invoked without a qualifier", async () => {
    const arn = `arn:aws:lambda:${target.region}:${target.accountId}:function`;
    for (const [name, shown] of [
      [FunctionName, FunctionName],
      ["f".repeat(65), "f".repeat(65)],
      [arn, "function"],
    ] as const) {
      const message = `Function not found: ${target.arn(shown, "$LATEST")}`;
      expect(await refusal(target.client.send(new InvokeCommand({ FunctionName: name })))).toEqual({
        name: "ResourceNotFoundException",
        status: 404,
        message,
      });
    }
  });

  test("a function with a name of 65 characters, which no function can have", async () => {
    const name = "f".repeat(65);
    const message = `Function not found: ${target.arn(name)}`;
    const gone = { name: "ResourceNotFoundException", status: 404, message };
    expect(await refusal(target.client.send(new GetFunctionCommand({ FunctionName: name })))).toEqual(gone);
    expect(await refusal(target.client.send(new DeleteFunctionCommand({ FunctionName: name })))).toEqual(gone);
  });

  test("a function whose alias is to be deleted by DeleteFunction", async () => {
    const deletion = new DeleteFunctionCommand({ FunctionName, Qualifier: "$latest" });
    expect(await refusal(target.client.send(deletion))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: `Function not found: ${target.arn(FunctionName)}`,
    });
  });

  test("a layer version", async () => {
    expect(
      await refusal(target.client.send(new GetLayerVersionCommand({ LayerName: "none", VersionNumber: 1 }))),
    ).toMatchObject({ name: "ResourceNotFoundException", status: 404 });
  });
});
