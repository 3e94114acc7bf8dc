import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateAliasCommand,
  GetPolicyCommand,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget, refusal } from "./lambdaTarget.ts";

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

describe("AddPermission", () => {
  test("makes a statement of the policy language with every condition", async () => {
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

  test("turns an account id into its root's ARN", async () => {
    const { FunctionName } = await target.newFunction();
    const { Statement = "" } = await add(FunctionName, { Principal: target.accountId });
    expect(JSON.parse(Statement)).toMatchObject({ Principal: { AWS: `arn:aws:iam::${target.accountId}:root` } });
  });

  test("keeps a policy of its own for each version and alias", async () => {
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
    expect(await refusal(add(FunctionName, { Qualifier: "none" }))).toMatchObject({
      name: "ResourceNotFoundException",
    });
    expect(await refusal(add(FunctionName, { Qualifier: "$LATEST" }))).toMatchObject({
      name: "InvalidParameterValueException",
    });
  });

  test("of a statement id that is taken, an unknown principal or an old revision is refused", async () => {
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

  test("of more than a policy holds is a PolicyLengthExceededException", async () => {
    const { FunctionName } = await target.newFunction();
    const fill = async (): Promise<never> => {
      for (let i = 0; ; i++) {
        const SourceArn = `arn:aws:s3:::${"b".repeat(900)}`;
        await add(FunctionName, { StatementId: `s${i}`, SourceArn });
      }
    };
    expect(await refusal(fill())).toMatchObject({ name: "PolicyLengthExceededException", status: 400 });
  });
});

describe("RemovePermission", () => {
  const remove = (FunctionName: string, StatementId: string) =>
    target.client.send(new RemovePermissionCommand({ FunctionName, StatementId }));

  test("removes one statement, and the policy with the last", async () => {
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
