import {
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  type CreateFunctionUrlConfigCommandInput,
  DeleteAliasCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  ListFunctionUrlConfigsCommand,
  UpdateFunctionUrlConfigCommand,
  type UpdateFunctionUrlConfigCommandInput,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

type Wish = Partial<Omit<CreateFunctionUrlConfigCommandInput, "FunctionName">>;
const create = (FunctionName: string, wish: Wish = {}) =>
  target.client.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE", ...wish }));
const update = (FunctionName: string, wish: Omit<UpdateFunctionUrlConfigCommandInput, "FunctionName">) =>
  target.client.send(new UpdateFunctionUrlConfigCommand({ FunctionName, ...wish }));
const get = (FunctionName: string, Qualifier?: string) =>
  target.client.send(new GetFunctionUrlConfigCommand({ FunctionName, Qualifier }));
const remove = (FunctionName: string, Qualifier?: string) =>
  target.client.send(new DeleteFunctionUrlConfigCommand({ FunctionName, Qualifier }));
const list = (FunctionName: string, page: { Marker?: string; MaxItems?: number } = {}) =>
  target.client.send(new ListFunctionUrlConfigsCommand({ FunctionName, ...page }));

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const missing = {
  name: "ResourceNotFoundException",
  status: 404,
  message: "The resource you requested does not exist.",
};

describe("CreateFunctionUrlConfig", () => {
  test("makes a URL of 32 lower-case letters and digits that never changes", async () => {
    const { FunctionName } = await target.newFunction();
    const { $metadata, CreationTime, FunctionUrl, ...created } = await create(FunctionName, { AuthType: "AWS_IAM" });
    expect($metadata.httpStatusCode).toBe(201);
    expect(created).toEqual({ FunctionArn: target.arn(FunctionName), AuthType: "AWS_IAM" });
    expect(FunctionUrl).toMatch(/^https?:\/\/[0-9a-z]{32}\.lambda-url\.[a-z0-9-]+\.[^/]+\/$/);
    expect(CreationTime).toMatch(ISO);
    const read = await get(FunctionName);
    expect(read).toMatchObject({ ...created, FunctionUrl, CreationTime, InvokeMode: "BUFFERED" });
    expect(read.LastModifiedTime).toMatch(ISO);
    expect(read.Cors).toBeUndefined();
  });

  test("is refused when there is a URL already, for a missing function and for versions", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    await create(FunctionName);
    expect(await refusal(create(FunctionName))).toEqual({
      name: "ResourceConflictException",
      status: 409,
      message: `Failed to create function url config for [functionArn = ${target.arn(FunctionName)}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
    });
    const noFunction = { name: "ResourceNotFoundException", status: 404, message: "Function does not exist" };
    expect(await refusal(create(target.newName()))).toEqual(noFunction);
    expect(await refusal(create(FunctionName, { Qualifier: "gone" }))).toEqual(noFunction);
    for (const Qualifier of ["1", "$LATEST"]) {
      expect(await refusal(create(FunctionName, { Qualifier }))).toMatchObject({ name: "ValidationException" });
    }
  });

  test("of an alias is separate, and is deleted with the alias", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    await target.client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    const whole = await create(FunctionName);
    const alias = await create(FunctionName, { Qualifier: "live" });
    expect(alias.FunctionArn).toBe(target.arn(FunctionName, "live"));
    expect(alias.FunctionUrl).not.toBe(whole.FunctionUrl);
    await target.client.send(new DeleteAliasCommand({ FunctionName, Name: "live" }));
    expect(await refusal(get(FunctionName, "live"))).toEqual(missing);
    expect((await get(FunctionName)).FunctionUrl).toBe(whole.FunctionUrl);
  });

  test("checks its members", async () => {
    const { FunctionName } = await target.newFunction();
    expect(await refusal(create(FunctionName, { AuthType: "ALL" as "NONE" }))).toEqual({
      name: "ValidationException",
      status: 400,
      message:
        "1 validation error detected: Value 'ALL' at 'authType' failed to satisfy constraint: Member must satisfy enum value set: [NONE, AWS_IAM]",
    });
    for (const Cors of [{ MaxAge: 86_401 }, { AllowMethods: ["OPTIONS"] }, { AllowOrigins: [""] }]) {
      expect(await refusal(create(FunctionName, { Cors }))).toMatchObject({ name: "ValidationException" });
    }
    expect(await refusal(create(FunctionName, { Cors: { AllowMethods: ["TRACE"] } }))).toMatchObject({
      name: "InvalidParameterValueException",
    });
    for (const Cors of [{ AllowMethods: ["GET"] }, { AllowOrigins: [], MaxAge: 1 }]) {
      expect(await refusal(create(FunctionName, { Cors }))).toEqual({
        name: "InvalidParameterValueException",
        status: 400,
        message: "You can't leave AllowOrigins as empty when Cors is enabled.",
      });
    }
  });
});

describe("InvokeMode", () => {
  test("is in the answers to changes only once it was given, and always in what is read", async () => {
    const { FunctionName } = await target.newFunction();
    expect(await create(FunctionName)).not.toHaveProperty("InvokeMode");
    expect(await update(FunctionName, { AuthType: "AWS_IAM" })).not.toHaveProperty("InvokeMode");
    const listed = async () => (await list(FunctionName)).FunctionUrlConfigs?.map((config) => config.InvokeMode);
    expect([(await get(FunctionName)).InvokeMode, await listed()]).toEqual(["BUFFERED", ["BUFFERED"]]);
    expect((await update(FunctionName, { InvokeMode: "RESPONSE_STREAM" })).InvokeMode).toBe("RESPONSE_STREAM");
    expect((await update(FunctionName, { AuthType: "NONE" })).InvokeMode).toBe("RESPONSE_STREAM");
    expect([(await get(FunctionName)).InvokeMode, await listed()]).toEqual(["RESPONSE_STREAM", ["RESPONSE_STREAM"]]);
    const { FunctionName: other } = await target.newFunction();
    expect((await create(other, { InvokeMode: "BUFFERED" })).InvokeMode).toBe("BUFFERED");
    expect(await refusal(update(FunctionName, { InvokeMode: "X" as "BUFFERED" }))).toEqual({
      name: "ValidationException",
      status: 400,
      message:
        "1 validation error detected: Value 'X' at 'invokeMode' failed to satisfy constraint: Member must satisfy enum value set: [RESPONSE_STREAM, BUFFERED]",
    });
  });
});

describe("UpdateFunctionUrlConfig", () => {
  test("of a missing function or alias says so, of one without a URL that there is no such resource", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    const noFunction = { name: "ResourceNotFoundException", status: 404, message: "Function does not exist" };
    const gone = target.newName();
    for (const name of [gone, target.arn(gone)])
      expect(await refusal(update(name, { AuthType: "NONE" }))).toEqual(noFunction);
    expect(await refusal(update(FunctionName, { Qualifier: "none", AuthType: "NONE" }))).toEqual(noFunction);
    expect(await refusal(list(gone))).toEqual(noFunction);
    expect(await refusal(update(FunctionName, { AuthType: "NONE" }))).toEqual(missing);
    for (const Qualifier of [undefined, "none"]) {
      for (const name of [FunctionName, gone]) {
        expect(await refusal(get(name, Qualifier))).toEqual(missing);
        expect(await refusal(remove(name, Qualifier))).toEqual(missing);
      }
    }
  });

  test("changes only the given settings, and an empty Cors removes it", async () => {
    const { FunctionName } = await target.newFunction();
    const Cors = {
      AllowCredentials: true,
      AllowHeaders: ["date"],
      AllowMethods: ["GET", "*"],
      AllowOrigins: ["https://example.com"],
      ExposeHeaders: ["keep-alive"],
      MaxAge: 60,
    };
    const { FunctionUrl, CreationTime } = await create(FunctionName, { Cors });
    const updated = await update(FunctionName, { AuthType: "AWS_IAM", InvokeMode: "RESPONSE_STREAM" });
    expect(updated).toMatchObject({
      FunctionUrl,
      CreationTime,
      Cors,
      AuthType: "AWS_IAM",
      InvokeMode: "RESPONSE_STREAM",
    });
    expect((await update(FunctionName, { Cors: {} })).Cors).toBeUndefined();
    expect((await get(FunctionName)).Cors).toBeUndefined();
    expect(await refusal(update((await target.newFunction()).FunctionName, { AuthType: "NONE" }))).toEqual(missing);
  });
});

test("DeleteFunctionUrlConfig removes the URL", async () => {
  const { FunctionName } = await target.newFunction();
  expect(await refusal(remove(FunctionName))).toEqual(missing);
  await create(FunctionName);
  expect((await remove(FunctionName)).$metadata.httpStatusCode).toBe(204);
  expect(await refusal(get(FunctionName))).toEqual(missing);
});

test("ListFunctionUrlConfigs pages through the URLs of a function", async () => {
  const { FunctionName } = await target.newFunction({ Publish: true });
  await target.client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
  await create(FunctionName);
  await create(FunctionName, { Qualifier: "live" });
  const first = await list(FunctionName, { MaxItems: 1 });
  const second = await list(FunctionName, { MaxItems: 1, ...(first.NextMarker && { Marker: first.NextMarker }) });
  const shown = [first, second].flatMap((page) => page.FunctionUrlConfigs ?? []);
  expect(new Set(shown.map((config) => config.FunctionArn))).toEqual(
    new Set([target.arn(FunctionName), target.arn(FunctionName, "live")]),
  );
  expect(second.NextMarker).toBeUndefined();
  expect(await refusal(list(target.newName()))).toMatchObject({ name: "ResourceNotFoundException" });
});
