import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateAliasCommand,
  GetPolicyCommand,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";
import { errorBody } from "./errorBody.ts";

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

const add = (FunctionName: string, input: Partial<AddPermissionCommandInput> = {}) =>
  target.client.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: "s1",
      Action: "lambda:InvokeFunction",
      Principal: "s3.amazonaws.com",
      ...input,
    }),
  );

async function policy(FunctionName: string, Qualifier?: string) {
  const { Policy = "", RevisionId } = await target.client.send(new GetPolicyCommand({ FunctionName, Qualifier }));
  return { RevisionId, document: JSON.parse(Policy) as { Version: string; Id: string; Statement: unknown[] } };
}

const noAlias = (FunctionName: string, alias: string) => ({
  name: "ResourceNotFoundException",
  status: 404,
  message: `Cannot find alias arn: ${target.arn(FunctionName, alias)}`,
});

describe("AddPermission", () => {
  test("makes a policy statement with every condition", async () => {
    const { FunctionName } = await target.newFunction();
    const { Statement = "" } = await add(FunctionName, {
      SourceArn: "arn:aws:s3:::bucket",
      SourceAccount: target.accountId,
    });
    const expected = {
      Sid: "s1",
      Effect: "Allow",
      Principal: { Service: "s3.amazonaws.com" },
      Action: "lambda:InvokeFunction",
      Resource: target.arn(FunctionName),
      Condition: {
        StringEquals: { "AWS:SourceAccount": target.accountId },
        ArnLike: { "AWS:SourceArn": "arn:aws:s3:::bucket" },
      },
    };
    expect(JSON.parse(Statement)).toEqual(expected);
    await add(FunctionName, {
      StatementId: "url",
      Action: "lambda:InvokeFunctionUrl",
      Principal: "*",
      FunctionUrlAuthType: "NONE",
    });
    const { document } = await policy(FunctionName);
    expect(document).toMatchObject({ Version: "2012-10-17", Id: "default" });
    expect(document.Statement).toEqual([
      expected,
      {
        Sid: "url",
        Effect: "Allow",
        Principal: "*",
        Action: "lambda:InvokeFunctionUrl",
        Resource: target.arn(FunctionName),
        Condition: { StringEquals: { "lambda:FunctionUrlAuthType": "NONE" } },
      },
    ]);
  });

  test.each<[string, Partial<AddPermissionCommandInput>, object]>([
    [
      "SourceArn",
      { SourceArn: "arn:aws:sns:us-east-1:111122223333:t" },
      { ArnLike: { "AWS:SourceArn": "arn:aws:sns:us-east-1:111122223333:t" } },
    ],
    ["SourceAccount", { SourceAccount: "111122223333" }, { StringEquals: { "AWS:SourceAccount": "111122223333" } }],
    [
      "EventSourceToken",
      { Principal: "alexa-appkit.amazon.com", EventSourceToken: "amzn1.ask.skill.12345" },
      { StringEquals: { "lambda:EventSourceToken": "amzn1.ask.skill.12345" } },
    ],
    [
      "PrincipalOrgID",
      { Principal: "*", PrincipalOrgID: "o-a1b2c3d4e5f" },
      { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5f" } },
    ],
    [
      "FunctionUrlAuthType",
      { Principal: "*", Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "AWS_IAM" },
      { StringEquals: { "lambda:FunctionUrlAuthType": "AWS_IAM" } },
    ],
    [
      "InvokedViaFunctionUrl",
      { Principal: "*", InvokedViaFunctionUrl: true },
      { Bool: { "lambda:InvokedViaFunctionUrl": "true" } },
    ],
  ])("makes a condition of %s", async (_member, input, Condition) => {
    const { FunctionName } = await target.newFunction();
    const { Statement = "" } = await add(FunctionName, input);
    expect(JSON.parse(Statement)).toMatchObject({ Condition });
    expect((await policy(FunctionName)).document.Statement).toEqual([JSON.parse(Statement)]);
  });

  test("accepts services, users, roles and their sessions as principals, and every action of Lambda", async () => {
    const { FunctionName } = await target.newFunction();
    const principal = async (Principal: string, more: Partial<AddPermissionCommandInput> = {}) => {
      const StatementId = `s${Principal.replace(/[^a-z0-9]/gi, "-")}`;
      const { Statement = "" } = await add(FunctionName, { Principal, StatementId, ...more });
      return JSON.parse(Statement) as object;
    };
    expect(await principal("states.us-east-1.amazonaws.com")).toMatchObject({
      Principal: { Service: "states.us-east-1.amazonaws.com" },
    });
    expect(await principal("*", { Action: "lambda:*" })).toMatchObject({ Principal: "*", Action: "lambda:*" });
    if (target.isAws) return; // there they have to exist
    for (const arn of [
      "arn:aws:iam::111122223333:user/division/ann",
      "arn:aws:iam::111122223333:role/service-role/worker",
      "arn:aws:sts::111122223333:assumed-role/worker/session",
      "arn:aws:iam::111122223333:root",
    ]) {
      expect(await principal(arn, { Action: "lambda:GetFunction" })).toMatchObject({
        Principal: { AWS: arn },
        Action: "lambda:GetFunction",
      });
    }
  });

  test("refuses invalid members", async () => {
    const { FunctionName } = await target.newFunction();
    for (const input of [
      { Action: "s3:GetObject" },
      { Action: "lambda:Invoke*" },
      { Principal: "a b" },
      { SourceArn: "bucket" },
      { SourceAccount: "12345" },
      { EventSourceToken: "a/b" },
      { PrincipalOrgID: "o-short" },
      { StatementId: "with.dot" },
      { StatementId: "x".repeat(101) },
    ]) {
      expect(await refusal(add(FunctionName, input))).toMatchObject({ name: "ValidationException", status: 400 });
    }
    expect(await refusal(add(FunctionName, { FunctionUrlAuthType: "NONE", Principal: "*" }))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action",
    });
    for (const Principal of ["12345", "example.com", "arn:aws:s3:::bucket", "arn:aws:iam::12:root"]) {
      expect(await refusal(add(FunctionName, { Principal }))).toMatchObject({
        name: "InvalidParameterValueException",
        message: "The provided principal was invalid. Please check the principal and try again.",
      });
    }
    expect(await refusal(add(`${FunctionName}-no`))).toMatchObject({ name: "ResourceNotFoundException", status: 404 });
    expect(await refusal(add(`${FunctionName}:1`, { Qualifier: "2" }))).toMatchObject({
      name: "InvalidParameterValueException",
      message: "The derived qualifier from the function name does not match the specified qualifier.",
    });
    expect(await refusal(policy(FunctionName))).toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("is refused with an old revision; each change makes a new one", async () => {
    const { FunctionName } = await target.newFunction();
    await add(FunctionName);
    const { RevisionId } = await policy(FunctionName);
    await add(FunctionName, { StatementId: "s2", RevisionId });
    const next = (await policy(FunctionName)).RevisionId;
    expect(next).not.toBe(RevisionId);
    const stale = {
      name: "PreconditionFailedException",
      status: 412,
      message:
        "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id",
    };
    expect(await refusal(add(FunctionName, { StatementId: "s3", RevisionId }))).toEqual(stale);
    const remove = (revision: string | undefined) =>
      target.client.send(new RemovePermissionCommand({ FunctionName, StatementId: "s2", RevisionId: revision }));
    expect(await refusal(remove(RevisionId))).toEqual(stale);
    await remove(next);
    expect((await policy(FunctionName)).document.Statement).toMatchObject([{ Sid: "s1" }]);
  });

  test("turns an account id into its root's ARN", async () => {
    const { FunctionName } = await target.newFunction();
    const { Statement = "" } = await add(FunctionName, { Principal: target.accountId });
    expect(JSON.parse(Statement)).toMatchObject({ Principal: { AWS: `arn:aws:iam::${target.accountId}:root` } });
  });

  test("keeps a separate policy for each version and alias", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    await target.client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    await add(FunctionName, { Qualifier: "live" });
    await add(FunctionName, { Qualifier: "1" });
    expect((await policy(FunctionName, "live")).document.Statement).toMatchObject([
      { Resource: target.arn(FunctionName, "live") },
    ]);
    expect((await policy(FunctionName, "1")).document.Statement).toMatchObject([
      { Resource: target.arn(FunctionName, "1") },
    ]);
    expect(await refusal(policy(FunctionName))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: "The resource you requested does not exist.",
    });
    expect(await refusal(add(FunctionName, { Qualifier: "none" }))).toEqual(noAlias(FunctionName, "none"));
    expect(await refusal(add(`${FunctionName}:none`))).toEqual(noAlias(FunctionName, "none"));
    for (const Qualifier of ["42", "$odd"]) {
      expect(await refusal(add(FunctionName, { Qualifier }))).toEqual({
        name: "ResourceNotFoundException",
        status: 404,
        message: `Function not found: ${target.arn(FunctionName, Qualifier)}`,
      });
    }
    expect(await refusal(add(FunctionName, { Qualifier: "$LATEST" }))).toMatchObject({
      name: "InvalidParameterValueException",
    });
  });

  test("with an existing statement id, an unknown principal or an old revision is refused", async () => {
    const { FunctionName } = await target.newFunction();
    await add(FunctionName);
    expect(await refusal(add(FunctionName))).toEqual({
      name: "ResourceConflictException",
      status: 409,
      message:
        "The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing statement.",
    });
    expect(await refusal(add(FunctionName, { StatementId: "s2", Principal: "nobody" }))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: "The provided principal was invalid. Please check the principal and try again.",
    });
    expect(
      await refusal(add(FunctionName, { StatementId: "s2", RevisionId: "11111111-2222-3333-4444-555555555555" })),
    ).toMatchObject({ name: "PreconditionFailedException", status: 412 });
    expect(await refusal(add(FunctionName, { StatementId: "a b" }))).toMatchObject({ name: "ValidationException" });
  });

  test("beyond the size of a policy is a PolicyLengthExceededException", async () => {
    const { FunctionName } = await target.newFunction();
    const fill = async (): Promise<never> => {
      for (let i = 0; ; i++) {
        const SourceArn = `arn:aws:s3:::${"b".repeat(900)}`;
        await add(FunctionName, { StatementId: `s${i}`, SourceArn });
      }
    };
    const refused = await refusal(fill());
    expect(refused).toMatchObject({ name: "PolicyLengthExceededException", status: 400 });
    expect(refused.message).toMatch(/^The final policy size \(2\d{4}\) is bigger than the limit \(20480\)\.$/);
  });
});

test("GetPolicy of a function or version that does not exist says what it says of a missing policy", async () => {
  const { FunctionName } = await target.newFunction();
  const missing = {
    name: "ResourceNotFoundException",
    status: 404,
    message: "The resource you requested does not exist.",
  };
  expect(await refusal(policy(target.newName()))).toEqual(missing);
  expect(await refusal(policy(FunctionName, "77"))).toEqual(missing);
});

test("a wrong revision is refused with a body of 149 bytes", async () => {
  const { FunctionName } = await target.newFunction();
  const command = new AddPermissionCommand({
    FunctionName,
    StatementId: "s1",
    Action: "lambda:InvokeFunction",
    Principal: "*",
    RevisionId: "wrong",
  });
  const body = await errorBody(target.client, command);
  expect(body).toEqual({
    Type: "User",
    message:
      "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id",
  });
  expect(JSON.stringify(body)).toHaveLength(149);
});

describe("RemovePermission", () => {
  const remove = (FunctionName: string, StatementId: string, Qualifier?: string) =>
    target.client.send(new RemovePermissionCommand({ FunctionName, StatementId, Qualifier }));

  test("of a missing function finds no policy, of a missing alias no alias", async () => {
    const missing = target.newName();
    expect(await refusal(remove(missing, "s1"))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: `No policy found for: ${target.arn(missing)}`,
    });
    const { FunctionName } = await target.newFunction();
    await add(FunctionName);
    expect(await refusal(remove(FunctionName, "s1", "none"))).toEqual(noAlias(FunctionName, "none"));
  });

  test("removes one statement; removing the last one removes the policy", async () => {
    const { FunctionName } = await target.newFunction();
    await add(FunctionName);
    await add(FunctionName, { StatementId: "s2" });
    expect(await refusal(remove(FunctionName, "s3"))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: "Statement s3 is not found in resource policy.",
    });
    expect((await remove(FunctionName, "s1")).$metadata.httpStatusCode).toBe(204);
    expect((await policy(FunctionName)).document.Statement).toMatchObject([{ Sid: "s2" }]);
    await remove(FunctionName, "s2");
    expect(await refusal(policy(FunctionName))).toMatchObject({ name: "ResourceNotFoundException", status: 404 });
    expect(await refusal(remove(FunctionName, "s2"))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: "No policy is associated with the given resource.",
    });
  });
});
