import {
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  PutFunctionConcurrencyCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal, typedRefusal } from "../refusal.ts";

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

const put = (FunctionName: string, ReservedConcurrentExecutions: number) =>
  target.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
const reserved = async (FunctionName: string) =>
  (await target.client.send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions;

describe("reserved concurrency", () => {
  test("is put, shown and removed", async () => {
    const { FunctionName } = await target.newFunction();
    expect(await reserved(FunctionName)).toBeUndefined();
    expect((await put(FunctionName, 0)).ReservedConcurrentExecutions).toBe(0);
    expect(await reserved(FunctionName)).toBe(0);
    const read = await target.client.send(new GetFunctionCommand({ FunctionName }));
    expect(read.Concurrency).toEqual({ ReservedConcurrentExecutions: 0 });
    const removed = await target.client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    expect(removed.$metadata.httpStatusCode).toBe(204);
    expect(await reserved(FunctionName)).toBeUndefined();
  });

  test("must leave the account 100 executions, and reduces its unreserved concurrency", async () => {
    const { FunctionName } = await target.newFunction();
    const settings = async () => await target.client.send(new GetAccountSettingsCommand({}));
    const { AccountLimit, AccountUsage } = await settings();
    const unreserved = AccountLimit?.UnreservedConcurrentExecutions ?? 0;
    expect(AccountLimit).toMatchObject({ CodeSizeUnzipped: 262_144_000, CodeSizeZipped: 52_428_800 });
    expect(AccountUsage?.FunctionCount).toBeGreaterThanOrEqual(1);
    expect(AccountUsage?.TotalCodeSize).toBeGreaterThan(0);
    expect(await typedRefusal(put(FunctionName, unreserved - 99))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      Type: undefined,
      message:
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
    });
    await put(FunctionName, unreserved - 100);
    expect((await settings()).AccountLimit?.UnreservedConcurrentExecutions).toBe(100);
    await put(FunctionName, 1);
    expect((await settings()).AccountLimit?.UnreservedConcurrentExecutions).toBe(unreserved - 1);
  });

  test("of a missing function, or below zero, is refused", async () => {
    const missing = target.newName();
    for (const reserved of [0, 1]) {
      expect(await typedRefusal(put(missing, reserved))).toEqual({
        name: "ResourceNotFoundException",
        status: 404,
        Type: "User",
        message: `Function not found: ${target.arn(missing, "$LATEST")}`,
      });
    }
    expect(await refusal(target.client.send(new GetFunctionConcurrencyCommand({ FunctionName: missing })))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: `Function not found: ${target.arn(missing)}`,
    });
    const { FunctionName } = await target.newFunction();
    expect(await refusal(put(FunctionName, -1))).toMatchObject({ name: "ValidationException" });
  });

  test("is of whole functions: a qualified ARN is refused", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    for (const qualifier of ["$LATEST", "1"]) {
      expect(await typedRefusal(put(target.arn(FunctionName, qualifier), 1))).toEqual({
        name: "InvalidParameterValueException",
        status: 400,
        Type: "User",
        message:
          "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
      });
    }
  });
});

test("GetFunctionCodeSigningConfig answers 200 without members for a function that has none", async () => {
  const { FunctionName } = await target.newFunction();
  const answer = await target.client.send(new GetFunctionCodeSigningConfigCommand({ FunctionName }));
  expect([answer.FunctionName, answer.CodeSigningConfigArn]).toEqual([undefined, undefined]);
});
