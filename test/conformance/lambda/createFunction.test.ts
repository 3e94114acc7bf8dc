import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  paginateListFunctions,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { createHash } from "node:crypto";
import { sampleFunctions, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";
import { errorBody } from "./errorBody.ts";

let target: LambdaTarget;
let ZipFile: Buffer;
beforeAll(async () => {
  target = await lambdaTarget();
  ZipFile = await zipOf(sampleFunctions.nodeEcho);
});
afterAll(async () => await target[Symbol.asyncDispose]());

function create(input: Partial<CreateFunctionCommandInput>) {
  const { Role } = target;
  const complete = { FunctionName: target.newName(), Runtime: "nodejs22.x" as const, Handler: "index.handler", Role };
  return target.client.send(new CreateFunctionCommand({ ...complete, Code: { ZipFile }, ...input }));
}

describe("CreateFunction", () => {
  test("answers Pending with AWS's defaults; the function becomes Active", async () => {
    const FunctionName = target.newName();
    const created = await create({ FunctionName });
    expect(created.$metadata.httpStatusCode).toBe(201);
    expect(created).toMatchObject({
      FunctionName,
      FunctionArn: target.arn(FunctionName),
      Runtime: "nodejs22.x",
      Role: target.Role,
      Handler: "index.handler",
      CodeSize: ZipFile.length,
      CodeSha256: createHash("sha256").update(ZipFile).digest("base64"),
      Description: "",
      Timeout: 3,
      MemorySize: 128,
      Version: "$LATEST",
      TracingConfig: { Mode: "PassThrough" },
      PackageType: "Zip",
      Architectures: ["x86_64"],
      EphemeralStorage: { Size: 512 },
      SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
      LoggingConfig: { LogFormat: "Text", LogGroup: `/aws/lambda/${FunctionName}` },
      State: "Pending",
      StateReason: "The function is being created.",
      StateReasonCode: "Creating",
    });
    expect(created.LastModified).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
    expect(created.RevisionId).toMatch(/^[0-9a-f-]{36}$/);
    expect(created.LastUpdateStatus).toBeUndefined();
    await target.active(FunctionName);
    const read = await target.client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    expect(read).toMatchObject({ State: "Active", LastUpdateStatus: "Successful" });
    // Absent as on AWS, unless this machine runs the runtime on another version.
    expect(read.StateReason ?? "The runtime nodejs22.x runs on").toMatch(/^The runtime nodejs22\.x runs on/);
    expect(read.RuntimeVersionConfig?.RuntimeVersionArn).toMatch(/^arn:aws:lambda:/);
  });

  test("and every other answer about a Zip function name the version of its runtime, by an opaque id", async () => {
    const arn = (answer: { RuntimeVersionConfig?: { RuntimeVersionArn?: string | undefined } | undefined }) =>
      answer.RuntimeVersionConfig?.RuntimeVersionArn;
    const created = await create({});
    const FunctionName = created.FunctionName ?? "";
    expect(arn(created)).toMatch(new RegExp(`^arn:aws:lambda:${target.region}::runtime:[0-9a-f]{64}$`));
    const published = await create({ Publish: true });
    expect(arn(published)).toBe(arn(created));
    expect(arn(await create({ Runtime: "python3.13" }))).not.toBe(arn(created));
    await target.active(FunctionName);
    const read = await target.client.send(new GetFunctionCommand({ FunctionName }));
    expect(arn(read.Configuration ?? {})).toBe(arn(created));
    const updating = await target.client.send(
      new UpdateFunctionConfigurationCommand({ FunctionName, Runtime: "python3.13" }),
    );
    expect(updating.LastUpdateStatus).toBe("InProgress");
    expect(arn(updating)).toMatch(/:[0-9a-f]{64}$/);
    expect(arn(updating)).not.toBe(arn(created));
    await target.updated(FunctionName);
    const version = await target.client.send(new PublishVersionCommand({ FunctionName }));
    expect(arn(version)).toBe(arn(updating));
    const { Functions = [] } = await target.client.send(new ListFunctionsCommand({}));
    for (const listed of Functions) expect(arn(listed)).toBeUndefined();
    const { Versions = [] } = await target.client.send(new ListVersionsByFunctionCommand({ FunctionName }));
    for (const { State, LastUpdateStatus, ...listed } of Versions)
      expect([arn(listed), State, LastUpdateStatus]).toEqual([undefined, undefined, undefined]);
  });

  test("shows an empty set of variables that was given, and none that was not", async () => {
    const Environment = { Variables: {} };
    const created = await create({ Environment });
    const FunctionName = created.FunctionName ?? "";
    const without = await create({});
    expect([created.Environment, without.Environment]).toEqual([Environment, undefined]);
    await target.active(FunctionName);
    const shown = async (Qualifier?: string) =>
      (await target.client.send(new GetFunctionCommand({ FunctionName, Qualifier }))).Configuration?.Environment;
    expect(await shown()).toEqual(Environment);
    const configuration = await target.client.send(
      new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 }),
    );
    expect(configuration.Environment).toEqual(Environment);
    await target.updated(FunctionName);
    const code = await target.client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
    expect(code.Environment).toEqual(Environment);
    await target.updated(FunctionName);
    const { Environment: published, Version } = await target.client.send(new PublishVersionCommand({ FunctionName }));
    expect([published, await shown(Version)]).toEqual([Environment, Environment]);
    for (const FunctionVersion of [undefined, "ALL"] as const) {
      const listed: unknown[] = [];
      for await (const { Functions = [] } of paginateListFunctions({ client: target.client }, { FunctionVersion })) {
        for (const one of Functions) if (one.FunctionName === FunctionName) listed.push(one.Environment);
      }
      expect(listed).toEqual(FunctionVersion === "ALL" ? [Environment, Environment] : [Environment]);
    }
  });

  test("keeps every given setting", async () => {
    const settings = {
      Description: "all",
      Timeout: 30,
      MemorySize: 512,
      Environment: { Variables: { GREETING: "grüß dich", B2: "x=y" } },
      TracingConfig: { Mode: "Active" },
      EphemeralStorage: { Size: 1024 },
      Tags: { team: "a", "cost center": "b/c" },
      LoggingConfig: { LogFormat: "JSON", ApplicationLogLevel: "WARN", LogGroup: "/my/logs" },
    } as const;
    const { FunctionName } = await target.newFunction(settings);
    const { Tags, ...shown } = settings;
    const read = await target.client.send(new GetFunctionCommand({ FunctionName }));
    expect(read.Configuration).toMatchObject({
      ...shown,
      LoggingConfig: { ...shown.LoggingConfig, SystemLogLevel: "INFO" },
    });
    expect(read.Tags).toEqual(Tags);
  });

  test("with Publish answers version 1, which becomes active together with $LATEST", async () => {
    const FunctionName = target.newName();
    const created = await create({ FunctionName, Publish: true });
    expect(created).toMatchObject({ Version: "1", FunctionArn: target.arn(FunctionName), State: "Pending" });
    await target.active(FunctionName);
    const version = await target.client.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: "1" }));
    expect(version).toMatchObject({ Version: "1", State: "Active", LastUpdateStatus: "Successful" });
  });

  test("with an existing name is a conflict", async () => {
    const { FunctionName } = await target.newFunction();
    expect(await refusal(create({ FunctionName }))).toEqual({
      name: "ResourceConflictException",
      status: 409,
      message: `Function already exist: ${FunctionName}`,
    });
    await target.client.send(new DeleteFunctionCommand({ FunctionName }));
    await target.newFunction({ FunctionName });
  });

  test("accepts a partial or whole ARN as the name, of this account and region only", async () => {
    const name = target.newName();
    const created = await create({ FunctionName: `${target.accountId}:function:${name}` });
    expect(created.FunctionName).toBe(name);
    const elsewhere = await refusal(
      create({ FunctionName: `arn:aws:lambda:eu-central-2:${target.accountId}:function:${target.newName()}` }),
    );
    expect(elsewhere).toMatchObject({ name: "ResourceNotFoundException", status: 404 });
    const foreign = new CreateFunctionCommand({
      FunctionName: `999999999999:function:${target.newName()}`,
      Role: target.Role,
      Code: { ZipFile },
    });
    expect(await refusal(target.client.send(foreign))).toMatchObject({ name: "AccessDeniedException", status: 403 });
    expect(await errorBody(target.client, foreign)).toEqual({ Message: null });
  });

  test('of the ARN "…:function" makes a function that is called function', async () => {
    const FunctionName = `arn:aws:lambda:${target.region}:${target.accountId}:function`;
    try {
      expect(await create({ FunctionName })).toMatchObject({
        FunctionName: "function",
        FunctionArn: target.arn("function"),
      });
    } finally {
      await target.client.send(new DeleteFunctionCommand({ FunctionName }));
    }
  });

  test("with a role of another account is denied: a role cannot be passed between accounts", async () => {
    const Role = "arn:aws:iam::999999999999:role/theirs";
    const denied = {
      name: "AccessDeniedException",
      status: 403,
      message: "Cross-account pass role is not allowed.",
    };
    expect(await refusal(create({ Role }))).toEqual(denied);
    const { FunctionName } = await target.newFunction();
    const update = new UpdateFunctionConfigurationCommand({ FunctionName, Role });
    expect(await refusal(target.client.send(update))).toEqual(denied);
  });

  test.each<[string, Partial<CreateFunctionCommandInput>, string]>([
    [
      "a name with a space",
      { FunctionName: "a b" },
      "1 validation error detected: Value 'a b' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ",
    ],
    [
      "a malformed role",
      { Role: "role" },
      "1 validation error detected: Value 'role' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
    ],
    [
      "a timeout of 0",
      { Timeout: 0 },
      "1 validation error detected: Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      "a timeout above the limit",
      { Timeout: 901 },
      "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900",
    ],
    [
      "too little memory",
      { MemorySize: 127 },
      "1 validation error detected: Value '127' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128",
    ],
    [
      "too little storage",
      { EphemeralStorage: { Size: 511 } },
      "1 validation error detected: Value '511' at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value greater than or equal to 512",
    ],
    [
      "a variable of one letter",
      { Environment: { Variables: { A: "1" } } },
      "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
    ],
    [
      "an unknown tracing mode",
      { TracingConfig: { Mode: "Sometimes" as "Active" } },
      "1 validation error detected: Value 'Sometimes' at 'tracingConfig.mode' failed to satisfy constraint: Member must satisfy enum value set: [Active, PassThrough]",
    ],
    ["two failures at once", { Timeout: 0, Description: "x".repeat(257) }, "2 validation errors detected: "],
  ])("of %s is a ValidationException", async (_what, input, message) => {
    const refused = await refusal(create(input));
    expect(refused).toMatchObject({ name: "ValidationException", status: 400 });
    expect(refused.message.startsWith(message), refused.message).toBe(true);
  });

  test.each<[string, Partial<CreateFunctionCommandInput>, string | RegExp]>([
    ["a name of 65 letters", { FunctionName: "x".repeat(65) }, /Member must have length less than or equal to 64/],
    [
      "an unknown runtime",
      { Runtime: "cobol85" as "python3.12" },
      /^Value cobol85 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[[a-z0-9., ]*nodejs24\.x[a-z0-9., ]*\] or be a valid ARN$/,
    ],
    [
      "a runtime in capital letters",
      { Runtime: "PYTHON3.12" as "python3.12" },
      /^Value PYTHON3\.12 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[/,
    ],
    ...(
      [
        ...(["java8", "go1.x", "provided", "ruby2.7"] as const),
        ...(["nodejs14.x", "nodejs12.x", "python3.7", "dotnetcore3.1"] as const),
      ] as const
    ).map(
      (Runtime) =>
        [
          `the retired runtime ${Runtime}`,
          { Runtime },
          `The runtime parameter of ${Runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
        ] satisfies [string, Partial<CreateFunctionCommandInput>, string],
    ),
    [
      "no handler",
      { Handler: undefined },
      "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    ],
    [
      "memory above the limit",
      { MemorySize: 10_241 },
      "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240",
    ],
    [
      "a reserved variable",
      { Environment: { Variables: { AWS_REGION: "x" } } },
      /contains reserved keys that are currently not supported for modification\. Reserved keys used in this request: AWS_REGION$/,
    ],
    ["too many variables", { Environment: { Variables: { BIG: "x".repeat(4096) } } }, /exceeded the 4KB limit/],
    [
      "an invalid zip",
      { Code: { ZipFile: Buffer.from("not a zip") } },
      "Could not unzip uploaded file. Please check your file, then try to upload again.",
    ],
    ["an empty zip", { Code: { ZipFile: Buffer.alloc(0) } }, /non-empty zip|source for function code/],
  ])("of %s is an InvalidParameterValueException", async (_what, input, message) => {
    const refused = await refusal(create(input));
    expect(refused).toMatchObject({ name: "InvalidParameterValueException", status: 400 });
    if (typeof message === "string") expect(refused.message).toBe(message);
    else expect(refused.message).toMatch(message);
  });

  test("of a program for a processor that this machine has not is refused, and so is every update that would make one", async () => {
    // AWS has both processors.
    if (target.isAws) return;
    const other = process.arch === "arm64" ? "x86_64" : "arm64";
    const reason = {
      name: "InvalidParameterValueException",
      status: 400,
      message: expect.stringContaining(`Functions of the architecture ${other} cannot be run by this Hearth`) as string,
    };
    const Runtime = "provided.al2023";
    expect(await refusal(create({ Runtime, Architectures: [other] }))).toEqual(reason);
    // A script runs on any.
    const { FunctionName } = await create({ Architectures: [other] });
    await target.active(FunctionName ?? "");
    const program = target.newName();
    await create({ FunctionName: program, Runtime });
    const update = new UpdateFunctionCodeCommand({ FunctionName: program, ZipFile, Architectures: [other] });
    expect(await refusal(target.client.send(update))).toEqual(reason);
    if (other !== "arm64") return;
    const configure = new UpdateFunctionConfigurationCommand({ FunctionName, Runtime });
    expect(await refusal(target.client.send(configure))).toEqual(reason);
  });

  test("of an archive over the limit is refused", async () => {
    const large = await refusal(create({ Code: { ZipFile: Buffer.alloc(52_428_801) } }));
    expect(large).toMatchObject({ name: "RequestEntityTooLargeException", status: 413 });
  });
});
