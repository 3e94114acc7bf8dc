import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  CreateFunctionUrlConfigCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  ListAliasesCommand,
  ListFunctionsCommand,
  ListProvisionedConcurrencyConfigsCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  PutProvisionedConcurrencyConfigCommand,
  RemovePermissionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaTarget, type LambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";

/** Input that violates constraints is refused before any look-up: none of these functions exists. */

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target?.[Symbol.asyncDispose]());

type Send = () => Promise<unknown>;
const create = (input: object): Send => {
  const whole = {
    FunctionName: "none",
    Runtime: "nodejs22.x",
    Role: target.Role,
    Handler: "index.handler",
    Code: { ZipFile: Buffer.from("x") },
    ...input,
  };
  return () => target.client.send(new CreateFunctionCommand(whole as CreateFunctionCommandInput));
};
/** Input that the SDK's types forbid. */
const wrong = <Input>(input: object): Input => input as Input;
const FunctionName = "none";
const NAME_PATTERN =
  "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?";

const cases: readonly (readonly [rule: string, send: () => Send, value: string, path: string, constraint: string])[] = [
  [
    "a pattern of a path member",
    () => () => target.client.send(new ListAliasesCommand({ FunctionName: "a b" })),
    "Value 'a b'",
    "functionName",
    `Member must satisfy regular expression pattern: ${NAME_PATTERN}`,
  ],
  [
    "a pattern of a query member",
    () => () => target.client.send(new GetFunctionCommand({ FunctionName, Qualifier: "a b" })),
    "Value 'a b'",
    "qualifier",
    "Member must satisfy regular expression pattern: \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
  ],
  [
    "the length of a query member",
    () => () => target.client.send(new DeleteFunctionCommand({ FunctionName, Qualifier: "q".repeat(129) })),
    `Value '${"q".repeat(129)}'`,
    "qualifier",
    "Member must have length less than or equal to 128",
  ],
  [
    "the least value of a query member",
    () => () => target.client.send(new ListFunctionsCommand({ MaxItems: 0 })),
    "Value '0'",
    "maxItems",
    "Member must have value greater than or equal to 1",
  ],
  [
    "the greatest value of a query member",
    () => () => target.client.send(new ListFunctionsCommand({ MaxItems: 10_001 })),
    "Value '10001'",
    "maxItems",
    "Member must have value less than or equal to 10000",
  ],
  [
    "a listing's own page size",
    () => () => target.client.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName, MaxItems: 51 })),
    "Value '51'",
    "maxItems",
    "Member must have value less than or equal to 50",
  ],
  [
    "an enum of a query member",
    () => () => target.client.send(new ListFunctionsCommand(wrong({ FunctionVersion: "SOME" }))),
    "Value 'SOME'",
    "functionVersion",
    "Member must satisfy enum value set: [ALL]",
  ],
  [
    "an enum of a header",
    () => () => target.client.send(new InvokeCommand(wrong({ FunctionName, InvocationType: "Later" }))),
    "Value 'Later'",
    "invocationType",
    "Member must satisfy enum value set: [Event, RequestResponse, DryRun]",
  ],
  [
    "the pattern of a role",
    () => create({ Role: "role" }),
    "Value 'role'",
    "role",
    "Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
  ],
  [
    "a handler with blanks",
    () => create({ Handler: "a b" }),
    "Value 'a b'",
    "handler",
    "Member must satisfy regular expression pattern: [^\\s]+",
  ],
  [
    "the least timeout",
    () => create({ Timeout: 0 }),
    "Value '0'",
    "timeout",
    "Member must have value greater than or equal to 1",
  ],
  [
    "the greatest timeout",
    () => create({ Timeout: 901 }),
    "Value '901'",
    "timeout",
    "Member must have value less than or equal to 900",
  ],
  [
    "the least memory",
    () => create({ MemorySize: 1 }),
    "Value '1'",
    "memorySize",
    "Member must have value greater than or equal to 128",
  ],
  [
    "the length of a description",
    () => create({ Description: "d".repeat(257) }),
    `Value '${"d".repeat(257)}'`,
    "description",
    "Member must have length less than or equal to 256",
  ],
  [
    "an enum",
    () => create({ PackageType: "Rpm" }),
    "Value 'Rpm'",
    "packageType",
    "Member must satisfy enum value set: [Zip, Image]",
  ],
  [
    "an enum in a list",
    () => create({ Architectures: ["mips"] }),
    "Value '[mips]'",
    "architectures",
    "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
  ],
  [
    "an upper-case enum in a list",
    () => create({ Architectures: ["X86_64"] }),
    "Value '[X86_64]'",
    "architectures",
    "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
  ],
  [
    "security groups in a list, whose elements may be null",
    () => create({ VpcConfig: { SubnetIds: ["subnet-1"], SecurityGroupIds: ["group"] } }),
    "Value '[group]'",
    "vpcConfig.securityGroupIds",
    "Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: sg-[0-9a-zA-Z]*]",
  ],
  [
    "subnets in a list, whose elements may be null",
    () => create({ VpcConfig: { SubnetIds: ["net"], SecurityGroupIds: ["sg-1"] } }),
    "Value '[net]'",
    "vpcConfig.subnetIds",
    "Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: subnet-[0-9a-z]*]",
  ],
  [
    "a nested number",
    () => create({ EphemeralStorage: { Size: 1 } }),
    "Value '1'",
    "ephemeralStorage.size",
    "Member must have value greater than or equal to 512",
  ],
  [
    "a nested enum",
    () => create({ TracingConfig: { Mode: "Off" } }),
    "Value 'Off'",
    "tracingConfig.mode",
    "Member must satisfy enum value set: [Active, PassThrough]",
  ],
  [
    "a nested pattern",
    () => create({ LoggingConfig: { LogGroup: "a b" } }),
    "Value 'a b'",
    "loggingConfig.logGroup",
    "Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
  ],
  [
    "a nested ARN",
    () => create({ DeadLetterConfig: { TargetArn: "queue" } }),
    "Value 'queue'",
    "deadLetterConfig.targetArn",
    "Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()",
  ],
  [
    "names of variables, without saying them",
    () => create({ Environment: { Variables: { "1x": "y" } } }),
    "Value",
    "environment.variables",
    "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
  ],
  [
    "an alias that looks like a version",
    () => () => target.client.send(new CreateAliasCommand({ FunctionName, Name: "12", FunctionVersion: "1" })),
    "Value '12'",
    "name",
    "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
  ],
  [
    "an alias of no version",
    () => () => target.client.send(new CreateAliasCommand({ FunctionName, Name: "a", FunctionVersion: "one" })),
    "Value 'one'",
    "functionVersion",
    "Member must satisfy regular expression pattern: (\\$LATEST(\\.PUBLISHED)?|[0-9]+)",
  ],
  [
    "a weight",
    () => () =>
      target.client.send(
        new UpdateAliasCommand({ FunctionName, Name: "a", RoutingConfig: { AdditionalVersionWeights: { 1: 2 } } }),
      ),
    "Value '{1=2.0}'",
    "routingConfig.additionalVersionWeights",
    "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]",
  ],
  [
    "a negative weight",
    () => () =>
      target.client.send(
        new CreateAliasCommand({
          FunctionName,
          Name: "a",
          FunctionVersion: "1",
          RoutingConfig: { AdditionalVersionWeights: { 2: -1 } },
        }),
      ),
    "Value '{2=-1.0}'",
    "routingConfig.additionalVersionWeights",
    "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]",
  ],
  [
    "a weight of no version number",
    () => () =>
      target.client.send(
        new CreateAliasCommand({
          FunctionName,
          Name: "a",
          FunctionVersion: "1",
          RoutingConfig: { AdditionalVersionWeights: { $LATEST: 0.5 } },
        }),
      ),
    "Value '{$LATEST=0.5}'",
    "routingConfig.additionalVersionWeights",
    "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]",
  ],
  [
    "a statement id",
    () => () => target.client.send(new RemovePermissionCommand({ FunctionName, StatementId: "a b" })),
    "Value 'a b'",
    "statementId",
    "Member must satisfy regular expression pattern: ([a-zA-Z0-9-_.]+)",
  ],
  [
    "an action",
    () => () =>
      target.client.send(
        new AddPermissionCommand({ FunctionName, StatementId: "s", Action: "s3:Get", Principal: "*" }),
      ),
    "Value 's3:Get'",
    "action",
    "Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])",
  ],
  [
    "the length of a published description",
    () => () => target.client.send(new PublishVersionCommand({ FunctionName, Description: "d".repeat(257) })),
    `Value '${"d".repeat(257)}'`,
    "description",
    "Member must have length less than or equal to 256",
  ],
  [
    "reserved concurrency below zero",
    () => () =>
      target.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: -1 })),
    "Value '-1'",
    "reservedConcurrentExecutions",
    "Member must have value greater than or equal to 0",
  ],
  [
    "provisioned concurrency of nothing",
    () => () =>
      target.client.send(
        new PutProvisionedConcurrencyConfigCommand({
          FunctionName,
          Qualifier: "1",
          ProvisionedConcurrentExecutions: 0,
        }),
      ),
    "Value '0'",
    "provisionedConcurrentExecutions",
    "Member must have value greater than or equal to 1",
  ],
  [
    "more retries than two",
    () => () => target.client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 3 })),
    "Value '3'",
    "maximumRetryAttempts",
    "Member must have value less than or equal to 2",
  ],
  [
    "an event that may not even be a minute old",
    () => () =>
      target.client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumEventAgeInSeconds: 59 })),
    "Value '59'",
    "maximumEventAgeInSeconds",
    "Member must have value greater than or equal to 60",
  ],
  [
    "who may call a URL",
    () => () => target.client.send(new CreateFunctionUrlConfigCommand(wrong({ FunctionName, AuthType: "ALL" }))),
    "Value 'ALL'",
    "authType",
    "Member must satisfy enum value set: [NONE, AWS_IAM]",
  ],
  [
    "a batch of no records",
    () => () => target.client.send(new CreateEventSourceMappingCommand({ FunctionName, BatchSize: 0 })),
    "Value '0'",
    "batchSize",
    "Member must have value greater than or equal to 1",
  ],
  [
    "the licence of a layer",
    () => () =>
      target.client.send(
        new PublishLayerVersionCommand({ LayerName: "l", LicenseInfo: "l".repeat(513), Content: { S3Key: "k" } }),
      ),
    `Value '${"l".repeat(513)}'`,
    "licenseInfo",
    "Member must have length less than or equal to 512",
  ],
];

describe("a violated constraint is a ValidationException that names the member and the constraint", () => {
  test.each(cases)("%s", async (_rule, send, value, path, constraint) => {
    expect(await refusal(send()())).toEqual({
      name: "ValidationException",
      status: 400,
      message: `1 validation error detected: ${value} at '${path}' failed to satisfy constraint: ${constraint}`,
    });
  });

  test("a missing member", async () => {
    const missing = wrong<ConstructorParameters<typeof CreateAliasCommand>[0]>({ FunctionName, FunctionVersion: "1" });
    expect(await refusal(target.client.send(new CreateAliasCommand(missing)))).toEqual({
      name: "ValidationException",
      status: 400,
      message:
        "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
    });
  });

  test("several violations are counted and joined", async () => {
    const { name, message } = await refusal(
      target.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 0, MemorySize: 1 })),
    );
    expect(name).toBe("ValidationException");
    expect(message).toMatch(/^2 validation errors detected: /);
    const each = message.replace("2 validation errors detected: ", "").split("; ").toSorted();
    expect(each).toEqual([
      "Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1",
      "Value '1' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128",
    ]);
  });
});
