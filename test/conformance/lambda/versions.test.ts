import {
  CreateAliasCommand,
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

const publish = (FunctionName: string, more: { CodeSha256?: string; RevisionId?: string; Description?: string } = {}) =>
  target.client.send(new PublishVersionCommand({ FunctionName, ...more }));

async function change(FunctionName: string, Description: string): Promise<void> {
  await target.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description }));
  await target.updated(FunctionName);
}

describe("PublishVersion", () => {
  test("makes an immutable version that can be invoked immediately", async () => {
    const { FunctionName, CodeSha256 } = await target.newFunction();
    const one = await publish(FunctionName, { Description: "first" });
    expect(one.$metadata.httpStatusCode).toBe(201);
    expect(one).toMatchObject({
      Version: "1",
      FunctionArn: target.arn(FunctionName, "1"),
      Description: "first",
      CodeSha256,
    });
    const read = await target.client.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: "1" }));
    expect(read.LastUpdateStatus).toBe("Successful");
    await change(FunctionName, "changed");
    const after = await target.client.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: "1" }));
    expect(after).toMatchObject({ Description: "first", RevisionId: read.RevisionId });
  });

  test("answers with the last version when nothing has changed", async () => {
    const { FunctionName } = await target.newFunction();
    const one = await publish(FunctionName);
    expect((await publish(FunctionName)).RevisionId).toBe(one.RevisionId);
    await change(FunctionName, "changed");
    expect((await publish(FunctionName)).Version).toBe("2");
  });

  test("is refused when CodeSha256 or RevisionId differs", async () => {
    const { FunctionName, CodeSha256 = "" } = await target.newFunction();
    const wrong = "A".repeat(43) + "=";
    expect(await refusal(publish(FunctionName, { CodeSha256: wrong }))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: `CodeSHA256 (${wrong}) is different from current CodeSHA256 in $LATEST (${CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
    });
    expect(await refusal(publish(FunctionName, { RevisionId: "11111111-2222-3333-4444-555555555555" }))).toMatchObject({
      name: "PreconditionFailedException",
      status: 412,
    });
    expect((await publish(FunctionName, { CodeSha256 })).Version).toBe("1");
  });
});

describe("ListVersionsByFunction", () => {
  test("lists $LATEST first, then the versions, oldest first, page by page", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    for (const description of ["two", "three"]) {
      await change(FunctionName, description);
      await publish(FunctionName);
    }
    const whole = await target.client.send(new ListVersionsByFunctionCommand({ FunctionName, MaxItems: 10_000 }));
    expect(whole.Versions?.map(({ Version }) => Version)).toEqual(["$LATEST", "1", "2", "3"]);
    expect(whole.Versions?.map(({ FunctionArn }) => FunctionArn)).toEqual(
      ["$LATEST", "1", "2", "3"].map((version) => target.arn(FunctionName, version)),
    );
    expect(whole.Versions?.map(({ State }) => State)).toEqual([undefined, undefined, undefined, undefined]);
    expect(whole.NextMarker).toBeUndefined();
    const first = await target.client.send(new ListVersionsByFunctionCommand({ FunctionName, MaxItems: 3 }));
    const rest = await target.client.send(
      new ListVersionsByFunctionCommand({ FunctionName, MaxItems: 3, Marker: first.NextMarker }),
    );
    expect([first.Versions?.length, rest.Versions?.map(({ Version }) => Version)]).toEqual([3, ["3"]]);
  });

  test("of a missing function is a ResourceNotFoundException", async () => {
    const FunctionName = target.newName();
    expect(await refusal(target.client.send(new ListVersionsByFunctionCommand({ FunctionName })))).toMatchObject({
      name: "ResourceNotFoundException",
      message: `Function not found: ${target.arn(FunctionName)}`,
    });
  });
});

describe("DeleteFunction", () => {
  const remove = (FunctionName: string, Qualifier?: string) =>
    target.client.send(new DeleteFunctionCommand({ FunctionName, Qualifier }));

  test("deletes one version, but not $LATEST and no version that an alias points to", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    await change(FunctionName, "two");
    await publish(FunctionName);
    await target.client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "2" }));
    await remove(FunctionName, "1");
    expect(await refusal(remove(FunctionName, "2"))).toEqual({
      name: "ResourceConflictException",
      status: 409,
      message: "Unable to delete version because the following aliases reference it: [live]",
    });
    expect(await refusal(remove(FunctionName, "$LATEST"))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: "$LATEST version cannot be deleted without deleting the function.",
    });
    const { Versions } = await target.client.send(new ListVersionsByFunctionCommand({ FunctionName }));
    expect(Versions?.map(({ Version }) => Version)).toEqual(["$LATEST", "2"]);
  });

  test("answers 204 and deletes everything; a new function with the same name starts at version 1", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    expect((await remove(FunctionName)).$metadata.httpStatusCode).toBe(204);
    expect(await refusal(remove(FunctionName))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: `Function not found: ${target.arn(FunctionName)}`,
    });
    await target.newFunction({ FunctionName });
    expect((await publish(FunctionName)).Version).toBe("1");
  });
});
