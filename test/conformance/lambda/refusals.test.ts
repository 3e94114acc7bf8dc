import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  InvokeCommand,
  type InvokeCommandInput,
  ListAliasesCommand,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  TagResourceCommand,
  type TooManyRequestsException,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { sampleFunctions, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaTarget, type LambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";

/** What is refused of functions that are there, and in which words. */

let target: LambdaTarget;
let FunctionName: string;
let ZipFile: Buffer;
beforeAll(async () => {
  target = await lambdaTarget();
  ({ FunctionName } = await target.newFunction());
  ZipFile = await zipOf(sampleFunctions.nodeEcho);
});
afterAll(async () => await target?.[Symbol.asyncDispose]());

const invalid = (message: string) => ({ name: "InvalidParameterValueException", status: 400, message });

describe("code", () => {
  const create = (Code: object) =>
    target.client.send(
      new CreateFunctionCommand({
        FunctionName: target.newName(),
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: target.Role,
        Code,
      }),
    );

  test("has to come from somewhere, from one place, and from an object by its whole name", async () => {
    const bucket = { S3Bucket: "bucket", S3Key: "key" };
    const both = invalid("Please do not provide other FunctionCode parameters when providing a ZipFile.");
    expect(await refusal(create({}))).toEqual(invalid("Please provide a source for function code."));
    expect(await refusal(create({ ZipFile, ...bucket }))).toEqual(both);
    const update = new UpdateFunctionCodeCommand({ FunctionName, ZipFile, ...bucket });
    expect(await refusal(target.client.send(update))).toEqual(both);
    expect(await refusal(create({ S3Bucket: "bucket" }))).toMatchObject({
      name: "InvalidParameterValueException",
      status: 400,
    });
  });

  test("that is changed while a change is on its way is a conflict, and so is a version of it", async () => {
    const { FunctionName: name } = await target.newFunction();
    const busy = {
      name: "ResourceConflictException",
      status: 409,
      message: `The operation cannot be performed at this time. An update is in progress for resource: ${target.arn(name)}`,
    };
    const update = (Timeout: number) =>
      refusal(target.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Timeout })));
    const updates = await Promise.all([update(4), update(5), update(6), update(7)]);
    const refused = updates.filter(({ message }) => message !== "it succeeded");
    expect(refused.length).toBeGreaterThan(0);
    for (const one of refused) expect(one).toEqual(busy);
    await target.updated(name);
    const [, published] = await Promise.all([
      update(8),
      refusal(target.client.send(new PublishVersionCommand({ FunctionName: name }))),
    ]);
    if (published.message !== "it succeeded") expect(published).toEqual(busy);
  });
});

test("a change that expects another revision, and a version of other code, are refused", async () => {
  const stale = {
    name: "PreconditionFailedException",
    status: 412,
    message:
      "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
  };
  const RevisionId = "11111111-2222-3333-4444-555555555555";
  for (const command of [
    new UpdateFunctionConfigurationCommand({ FunctionName, RevisionId, Timeout: 4 }),
    new UpdateFunctionCodeCommand({ FunctionName, RevisionId, ZipFile }),
    new PublishVersionCommand({ FunctionName, RevisionId }),
  ]) {
    expect(await refusal(target.client.send(command as PublishVersionCommand))).toEqual(stale);
  }
  const read = await target.client.send(new GetFunctionCommand({ FunctionName }));
  const other = new PublishVersionCommand({ FunctionName, CodeSha256: "abc" });
  expect(await refusal(target.client.send(other))).toEqual(
    invalid(
      `CodeSHA256 (abc) is different from current CodeSHA256 in $LATEST (${read.Configuration?.CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
    ),
  );
});

describe("names", () => {
  test("of another region or account reach no function", async () => {
    const get = (name: string) => refusal(target.client.send(new GetFunctionCommand({ FunctionName: name })));
    const elsewhere = target.region === "eu-west-3" ? "eu-west-2" : "eu-west-3";
    expect(await get(`arn:aws:lambda:${elsewhere}:${target.accountId}:function:${FunctionName}`)).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: `Functions from '${elsewhere}' are not reachable in this region ('${target.region}')`,
    });
    const foreign = await get(`123456789012:function:${FunctionName}`);
    expect(foreign).toMatchObject({ name: "AccessDeniedException", status: 403 });
    const arn = `arn:aws:lambda:${target.region}:123456789012:function:${FunctionName}`;
    expect(foreign.message).toContain(
      ` is not authorized to perform: lambda:GetFunction on resource: ${arn} because no resource-based policy allows the lambda:GetFunction action`,
    );
  });

  test("with a qualifier are none of a function as a whole", async () => {
    const name = `${FunctionName}:1`;
    const whole = [
      new UpdateFunctionConfigurationCommand({ FunctionName: name, Timeout: 4 }),
      new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile }),
      new PublishVersionCommand({ FunctionName: name }),
      new CreateAliasCommand({ FunctionName: name, Name: "a", FunctionVersion: "1" }),
      new ListVersionsByFunctionCommand({ FunctionName: name }),
      new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 1 }),
      new GetFunctionConcurrencyCommand({ FunctionName: name }),
      new DeleteFunctionConcurrencyCommand({ FunctionName: name }),
    ];
    for (const command of whole) {
      expect(await refusal(target.client.send(command as GetFunctionCommand))).toMatchObject({
        name: "InvalidParameterValueException",
        status: 400,
      });
    }
  });

  test("of aliases are none that DeleteFunction takes", async () => {
    const { FunctionName: name } = await target.newFunction();
    await target.client.send(new CreateAliasCommand({ FunctionName: name, Name: "a", FunctionVersion: "$LATEST" }));
    const deletion = new DeleteFunctionCommand({ FunctionName: name, Qualifier: "a" });
    expect(await refusal(target.client.send(deletion))).toEqual(
      invalid("Deletion of aliases is not currently supported."),
    );
  });

  test("of pages that no listing has given are refused", async () => {
    const lists = [
      new ListFunctionsCommand({ Marker: "nonsense" }),
      new ListVersionsByFunctionCommand({ FunctionName, Marker: "nonsense" }),
      new ListAliasesCommand({ FunctionName, Marker: "nonsense" }),
    ];
    for (const command of lists) {
      expect(await refusal(target.client.send(command as ListFunctionsCommand))).toMatchObject({
        name: "InvalidParameterValueException",
        status: 400,
      });
    }
    expect(await refusal(target.client.send(new ListFunctionsCommand({ MaxItems: 10_001 })))).toEqual({
      name: "ValidationException",
      status: 400,
      message:
        "1 validation error detected: Value '10001' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 10000",
    });
  });
});

describe("an invocation", () => {
  const invoke = (input: Partial<InvokeCommandInput>) =>
    refusal(target.client.send(new InvokeCommand({ FunctionName, ...input })));
  const text = (bytes: number): Buffer =>
    Buffer.concat([Buffer.from('"'), Buffer.alloc(bytes - 2, "x"), Buffer.from('"')]);

  test("of more than 6 MB, or as an event of more than 1 MB, is too large", async () => {
    // Documented as RequestTooLargeException; AWS has been seen to call it RequestEntityTooLargeException.
    const name = expect.stringMatching(/^Request(Entity)?TooLargeException$/) as string;
    const tooLarge = { name, status: 413 };
    expect(await invoke({ Payload: text(6_291_457) })).toEqual({
      ...tooLarge,
      message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
    });
    expect(await invoke({ Payload: text(1_048_577), InvocationType: "Event" })).toEqual({
      ...tooLarge,
      message: "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
    });
  });

  test.each([
    ["that is no JSON", "{"],
    ["beyond 3,583 bytes", JSON.stringify({ custom: { long: "x".repeat(2700) } })],
  ])("with a client context %s is no request", async (_, context) => {
    expect(await invoke({ ClientContext: Buffer.from(context).toString("base64") })).toMatchObject({
      name: "InvalidRequestContentException",
      status: 400,
    });
  });

  test("that finds no place is told why, but not when to try again", async () => {
    const { FunctionName: name } = await target.newFunction();
    await target.client.send(
      new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 0 }),
    );
    const outcome: unknown = await target.client
      .send(new InvokeCommand({ FunctionName: name }))
      .catch((error: unknown) => error);
    const { Reason, Type, retryAfterSeconds, message } = outcome as TooManyRequestsException;
    expect([Reason, Type, message]).toEqual([
      "ReservedFunctionConcurrentInvocationLimitExceeded",
      "User",
      "Rate Exceeded.",
    ]);
    expect(retryAfterSeconds).toBeUndefined();
  });
});

test("tags are 50 at most, and aws: is not theirs", async () => {
  const Resource = target.arn(FunctionName);
  const Tags = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`key${i}`, ""]));
  expect(await refusal(target.client.send(new TagResourceCommand({ Resource, Tags })))).toMatchObject({
    name: "InvalidParameterValueException",
    status: 400,
  });
  expect(
    await refusal(target.client.send(new TagResourceCommand({ Resource, Tags: { "aws:mine": "" } }))),
  ).toMatchObject({
    name: "InvalidParameterValueException",
    status: 400,
  });
});
