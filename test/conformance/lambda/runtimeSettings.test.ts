import {
  CreateAliasCommand,
  GetFunctionRecursionConfigCommand,
  GetRuntimeManagementConfigCommand,
  PutFunctionRecursionConfigCommand,
  PutRuntimeManagementConfigCommand,
  type PutRuntimeManagementConfigCommandInput,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

describe("runtime management", () => {
  const get = (FunctionName: string, Qualifier?: string) =>
    target.client.send(new GetRuntimeManagementConfigCommand({ FunctionName, Qualifier }));
  const put = (FunctionName: string, wish: Partial<PutRuntimeManagementConfigCommandInput>) =>
    target.client.send(new PutRuntimeManagementConfigCommand({ FunctionName, UpdateRuntimeOn: "Auto", ...wish }));

  test("is Auto by default, separately for each version", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    expect(await get(FunctionName)).toMatchObject({
      UpdateRuntimeOn: "Auto",
      FunctionArn: target.arn(FunctionName, "$LATEST"),
    });
    expect(await put(FunctionName, { UpdateRuntimeOn: "FunctionUpdate" })).toMatchObject({
      UpdateRuntimeOn: "FunctionUpdate",
      FunctionArn: target.arn(FunctionName, "$LATEST"),
    });
    expect((await get(FunctionName)).UpdateRuntimeOn).toBe("FunctionUpdate");
    expect((await get(FunctionName, "1")).UpdateRuntimeOn).toBe("Auto");
  });

  test("keeps a runtime's version with Manual only", async () => {
    const { FunctionName } = await target.newFunction();
    const RuntimeVersionArn = `arn:aws:lambda:${target.region}::runtime:${"0".repeat(64)}`;
    const invalid = { name: "InvalidParameterValueException", status: 400 };
    expect(await refusal(put(FunctionName, { UpdateRuntimeOn: "Manual" }))).toMatchObject(invalid);
    expect(await refusal(put(FunctionName, { RuntimeVersionArn }))).toMatchObject(invalid);
    if (target.isAws) return;
    await put(FunctionName, { UpdateRuntimeOn: "Manual", RuntimeVersionArn });
    expect(await get(FunctionName)).toMatchObject({ UpdateRuntimeOn: "Manual", RuntimeVersionArn });
    await put(FunctionName, {});
    expect((await get(FunctionName)).RuntimeVersionArn).toBeUndefined();
  });

  test("requires an existing version and refuses aliases", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    await target.client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    const missing = { name: "ResourceNotFoundException", status: 404 };
    const name = target.newName();
    expect(await refusal(get(name))).toMatchObject(missing);
    expect(await refusal(put(FunctionName, { Qualifier: "7" }))).toEqual({
      ...missing,
      message: `Function not found: ${target.arn(FunctionName, "7")}`,
    });
    expect(await refusal(put(FunctionName, { Qualifier: "live" }))).toMatchObject({ status: 400 });
    expect(await refusal(put(FunctionName, { UpdateRuntimeOn: "Never" as "Auto" }))).toMatchObject({
      name: "ValidationException",
    });
  });
});

describe("recursion", () => {
  const get = async (FunctionName: string) =>
    (await target.client.send(new GetFunctionRecursionConfigCommand({ FunctionName }))).RecursiveLoop;
  const put = (FunctionName: string, RecursiveLoop: "Allow" | "Terminate") =>
    target.client.send(new PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop }));

  test("is terminated by default", async () => {
    const { FunctionName } = await target.newFunction();
    expect(await get(FunctionName)).toBe("Terminate");
    expect((await put(FunctionName, "Allow")).RecursiveLoop).toBe("Allow");
    expect(await refusal(put(FunctionName, "X" as "Allow"))).toEqual({
      name: "ValidationException",
      status: 400,
      message:
        "1 validation error detected: Value 'X' at 'recursiveLoop' failed to satisfy constraint: Member must satisfy enum value set: [Terminate, Allow]",
    });
    expect(await get(target.arn(FunctionName))).toBe("Allow");
  });

  test("is a setting of an existing function, without qualifier", async () => {
    const { FunctionName } = await target.newFunction();
    expect(await refusal(get(target.newName()))).toMatchObject({ name: "ResourceNotFoundException", status: 404 });
    expect(await refusal(put(`${FunctionName}:1`, "Allow"))).toMatchObject({ name: "ValidationException" });
    expect(await refusal(put(FunctionName, "Never" as "Allow"))).toMatchObject({ name: "ValidationException" });
  });
});
