import {
  CreateAliasCommand,
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  ListFunctionEventInvokeConfigsCommand,
  PutFunctionEventInvokeConfigCommand,
  type PutFunctionEventInvokeConfigCommandInput,
  UpdateFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal, typedRefusal } from "../refusal.ts";

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

type Wish = Omit<PutFunctionEventInvokeConfigCommandInput, "FunctionName">;
const put = (FunctionName: string, wish: Wish) =>
  target.client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, ...wish }));
const update = (FunctionName: string, wish: Wish) =>
  target.client.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName, ...wish }));
const get = (FunctionName: string, Qualifier?: string) =>
  target.client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName, Qualifier }));
const remove = (FunctionName: string, Qualifier?: string) =>
  target.client.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName, Qualifier }));
const list = (FunctionName: string, page: { Marker?: string; MaxItems?: number } = {}) =>
  target.client.send(new ListFunctionEventInvokeConfigsCommand({ FunctionName, ...page }));

describe("PutFunctionEventInvokeConfig", () => {
  test("keeps retries, age and destinations, and answers with the qualified ARN and a time", async () => {
    const Role = await target.newRole(["sqs:SendMessage", "lambda:InvokeFunction"]);
    const { FunctionName } = await target.newFunction({ Role });
    const other = (await target.newFunction()).FunctionName;
    const DestinationConfig = {
      OnSuccess: { Destination: target.arn(other) },
      OnFailure: { Destination: `arn:aws:sqs:${target.region}:${target.accountId}:failures` },
    };
    const wish = { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60, DestinationConfig };
    const { LastModified, $metadata, ...answer } = await put(FunctionName, wish);
    expect($metadata.httpStatusCode).toBe(200);
    expect(LastModified).toBeInstanceOf(Date);
    expect(answer).toEqual({ FunctionArn: target.arn(FunctionName, "$LATEST"), ...wish });
    expect(await get(FunctionName)).toMatchObject({ ...answer, LastModified });
    expect(await get(target.arn(FunctionName, "$LATEST"))).toMatchObject(answer);
  });

  test("replaces everything that was there, while an update replaces only what it names", async () => {
    const { FunctionName } = await target.newFunction();
    await put(FunctionName, { MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 100 });
    const updated = await update(FunctionName, { MaximumRetryAttempts: 2 });
    expect(updated).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 100 });
    const replaced = await put(FunctionName, { MaximumEventAgeInSeconds: 200 });
    expect(replaced.MaximumRetryAttempts).toBeUndefined();
    expect(replaced).toMatchObject({
      MaximumEventAgeInSeconds: 200,
      DestinationConfig: { OnSuccess: {}, OnFailure: {} },
    });
  });

  test("takes versions and aliases that are there, and no other", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    await target.client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    for (const Qualifier of ["1", "live"]) {
      const answer = await put(FunctionName, { Qualifier, MaximumRetryAttempts: 1 });
      expect(answer.FunctionArn).toBe(target.arn(FunctionName, Qualifier));
    }
    const missing = { name: "ResourceNotFoundException", status: 404, message: "The function doesn't exist." };
    expect(await refusal(put(FunctionName, { Qualifier: "gone", MaximumRetryAttempts: 1 }))).toEqual(missing);
    expect(await refusal(put(target.newName(), { MaximumRetryAttempts: 1 }))).toEqual(missing);
  });

  test("wants a setting, within AWS's bounds", async () => {
    const { FunctionName } = await target.newFunction();
    expect(await refusal(put(FunctionName, {}))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: "You must specify at least one of error handling or destination setting.",
    });
    expect(await refusal(put(FunctionName, { MaximumRetryAttempts: 3 }))).toMatchObject({
      name: "ValidationException",
      message:
        "1 validation error detected: Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 2",
    });
    for (const MaximumEventAgeInSeconds of [59, 21_601]) {
      expect(await refusal(put(FunctionName, { MaximumEventAgeInSeconds }))).toMatchObject({
        name: "ValidationException",
      });
    }
  });

  test("refuses destinations that AWS cannot send to, and the function itself", async () => {
    const { FunctionName } = await target.newFunction();
    const to = (Destination: string) =>
      refusal(put(FunctionName, { DestinationConfig: { OnSuccess: { Destination } } }));
    expect(await to(target.arn(FunctionName))).toMatchObject({
      name: "InvalidParameterValueException",
      message: "You can't specify the function as a destination for itself.",
    });
    for (const arn of [
      `arn:aws:sqs:${target.region}:${target.accountId}:queue.fifo`,
      "arn:aws:s3:::bucket",
      target.arn(target.newName()),
    ]) {
      expect(await to(arn)).toEqual({
        name: "InvalidParameterValueException",
        status: 400,
        message: `The destination ARN ${arn} is invalid.`,
      });
    }
    expect(await to("queue")).toMatchObject({ name: "ValidationException" });
  });

  test("refuses destinations that the function's role may not send to", async () => {
    const Role = await target.newRole(["sqs:SendMessage"]);
    const { FunctionName } = await target.newFunction({ Role });
    const other = target.arn((await target.newFunction()).FunctionName);
    const queue = `arn:aws:sqs:${target.region}:${target.accountId}:failures`;
    const DestinationConfig = { OnSuccess: { Destination: other }, OnFailure: { Destination: queue } };
    expect(await refusal(put(FunctionName, { DestinationConfig }))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: `The function's execution role does not have permissions to call InvokeFunction on ${other}`,
    });
    await put(FunctionName, { DestinationConfig: { OnFailure: { Destination: queue } } });
    expect(await refusal(update(FunctionName, { DestinationConfig }))).toMatchObject({
      name: "InvalidParameterValueException",
    });
  });

  test("refuses a service that AWS does not send to, and shows both destinations", async () => {
    const { FunctionName } = await target.newFunction();
    const iam = `arn:aws:iam::${target.accountId}:role/any`;
    const queue = `arn:aws:sqs:${target.region}:${target.accountId}:failures`;
    const to = (OnSuccess?: string, OnFailure?: string) =>
      typedRefusal(
        put(FunctionName, {
          DestinationConfig: {
            ...(OnSuccess && { OnSuccess: { Destination: OnSuccess } }),
            ...(OnFailure && { OnFailure: { Destination: OnFailure } }),
          },
        }),
      );
    const invalid = (onSuccess: string, onFailure: string) => ({
      name: "InvalidParameterValueException",
      status: 400,
      Type: "User",
      message: `The provided destination config DestinationConfig(onSuccess=${onSuccess}, onFailure=${onFailure}) is invalid.`,
    });
    expect(await to(iam)).toEqual(invalid(`OnSuccess(destination=${iam})`, "null"));
    expect(await to(undefined, iam)).toEqual(invalid("null", `OnFailure(destination=${iam})`));
    expect(await to(iam, queue)).toEqual(invalid(`OnSuccess(destination=${iam})`, `OnFailure(destination=${queue})`));
  });
});

describe("a configuration that is not there", () => {
  test("is said so by Update for an alias; of a missing function it says that the function is missing", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    await target.client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    expect(await typedRefusal(update(FunctionName, { Qualifier: "live", MaximumRetryAttempts: 1 }))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      Type: "User",
      message: `The function ${target.arn(FunctionName, "live")} doesn't have an EventInvokeConfig`,
    });
    expect(await typedRefusal(update(target.newName(), { MaximumRetryAttempts: 1 }))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      Type: "User",
      message: "The function doesn't exist.",
    });
  });

  test("is said so by Get, Update and Delete, each with the qualified ARN", async () => {
    const { FunctionName } = await target.newFunction();
    const missing = {
      name: "ResourceNotFoundException",
      status: 404,
      message: `The function ${target.arn(FunctionName, "$LATEST")} doesn't have an EventInvokeConfig`,
    };
    expect(await refusal(get(FunctionName))).toEqual(missing);
    expect(await refusal(update(FunctionName, { MaximumRetryAttempts: 1 }))).toEqual(missing);
    expect(await refusal(remove(FunctionName))).toEqual(missing);
    await put(FunctionName, { MaximumRetryAttempts: 1 });
    expect((await remove(FunctionName)).$metadata.httpStatusCode).toBe(204);
    expect(await refusal(get(FunctionName))).toEqual(missing);
  });
});

describe("ListFunctionEventInvokeConfigs", () => {
  test("pages through all of a function, and wants the function", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    await put(FunctionName, { MaximumRetryAttempts: 0 });
    await put(FunctionName, { Qualifier: "1", MaximumRetryAttempts: 1 });
    const first = await list(FunctionName, { MaxItems: 1 });
    const second = await list(FunctionName, { MaxItems: 1, ...(first.NextMarker && { Marker: first.NextMarker }) });
    const shown = [first, second].flatMap((page) => page.FunctionEventInvokeConfigs ?? []);
    expect(shown.length).toBe(2);
    expect(new Set(shown.map((config) => config.FunctionArn))).toEqual(
      new Set([target.arn(FunctionName, "$LATEST"), target.arn(FunctionName, "1")]),
    );
    expect(second.NextMarker).toBeUndefined();
    expect((await list((await target.newFunction()).FunctionName)).FunctionEventInvokeConfigs).toEqual([]);
    expect(await refusal(list(target.newName()))).toMatchObject({ name: "ResourceNotFoundException" });
    expect(await refusal(list(FunctionName, { MaxItems: 51 }))).toMatchObject({ name: "ValidationException" });
  });
});
