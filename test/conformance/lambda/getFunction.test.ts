import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  ListFunctionsCommand,
  type ListFunctionsCommandInput,
} from "@aws-sdk/client-lambda";
import { sampleFunctions, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

describe("GetFunction", () => {
  test("links to the archive that was uploaded", async () => {
    const { FunctionName } = await target.newFunction();
    const { Code, Configuration, Concurrency, Tags } = await target.client.send(
      new GetFunctionCommand({ FunctionName }),
    );
    expect(Code?.RepositoryType).toBe("S3");
    const download = await fetch(Code?.Location ?? "");
    expect(download.status).toBe(200);
    const archive = Buffer.from(await download.arrayBuffer());
    expect(archive.equals(await zipOf(sampleFunctions.nodeEcho))).toBe(true);
    expect(Configuration).toMatchObject({ FunctionName, State: "Active", LastUpdateStatus: "Successful" });
    expect([Concurrency, Tags]).toEqual([undefined, undefined]);
    const forged = await fetch((Code?.Location ?? "").replace(/Signature=../, "Signature=zz"));
    expect(forged.status).toBe(403);
  });

  test("links by https behind a proxy that says so", async () => {
    const { FunctionName } = await target.newFunction();
    const command = new GetFunctionCommand({ FunctionName });
    command.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers["x-forwarded-proto"] = "https";
        return next(args);
      },
      { step: "build" },
    );
    const { Code } = await target.client.send(command);
    expect(Code?.Location).toMatch(/^https:\/\//);
  });

  test("accepts name, qualified name, partial and whole ARN, with and without an equal qualifier", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    const arn = target.arn(FunctionName);
    const partial = `${target.accountId}:function:${FunctionName}`;
    const get = async (name: string, Qualifier?: string) =>
      (await target.client.send(new GetFunctionConfigurationCommand({ FunctionName: name, Qualifier }))).FunctionArn;
    for (const name of [FunctionName, partial, arn]) {
      expect(await get(name)).toBe(arn);
      expect(await get(`${name}:1`)).toBe(`${arn}:1`);
      expect(await get(name, "1")).toBe(`${arn}:1`);
      expect(await get(`${name}:1`, "1")).toBe(`${arn}:1`);
      expect(await get(name, "$LATEST")).toBe(`${arn}:$LATEST`);
      expect(await refusal(get(`${name}:1`, "$LATEST"))).toEqual({
        name: "InvalidParameterValueException",
        status: 400,
        message: "The derived qualifier from the function name does not match the specified qualifier.",
      });
    }
  });

  test("of a missing function, version or alias is a ResourceNotFoundException with its ARN", async () => {
    const FunctionName = target.newName();
    const get = (Qualifier?: string) => target.client.send(new GetFunctionCommand({ FunctionName, Qualifier }));
    expect(await refusal(get())).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: `Function not found: ${target.arn(FunctionName)}`,
    });
    await target.newFunction({ FunctionName });
    for (const qualifier of ["7", "live"]) {
      expect(await refusal(get(qualifier))).toEqual({
        name: "ResourceNotFoundException",
        status: 404,
        message: `Function not found: ${target.arn(FunctionName, qualifier)}`,
      });
    }
  });
});

describe("ListFunctions", () => {
  test("lists page by page, with versions for FunctionVersion ALL, and without states", async () => {
    const made = [await target.newFunction(), await target.newFunction({ Publish: true }), await target.newFunction()];
    const names = made.map(({ FunctionName }) => FunctionName);
    const listed: { FunctionName?: string | undefined; Version?: string | undefined; State?: string | undefined }[] =
      [];
    let Marker: string | undefined;
    do {
      const page = await target.client.send(new ListFunctionsCommand({ Marker, MaxItems: 2 }));
      expect(page.Functions?.length).toBeLessThanOrEqual(2);
      listed.push(...(page.Functions ?? []));
      Marker = page.NextMarker;
    } while (Marker);
    const own = listed.filter(({ FunctionName }) => names.includes(FunctionName ?? ""));
    expect(own.map(({ FunctionName }) => FunctionName ?? "").toSorted()).toEqual(names.toSorted());
    for (const { Version, State } of own) expect([Version, State]).toEqual(["$LATEST", undefined]);

    const all: (string | undefined)[] = [];
    do {
      const page = await target.client.send(new ListFunctionsCommand({ Marker, FunctionVersion: "ALL" }));
      all.push(...(page.Functions ?? []).map(({ FunctionArn }) => FunctionArn));
      Marker = page.NextMarker;
    } while (Marker);
    expect(all).toEqual(
      expect.arrayContaining([target.arn(names[1] ?? "", "$LATEST"), target.arn(names[1] ?? "", "1")]),
    );
  });

  test("with MasterRegion of another region is empty, and requires FunctionVersion ALL", async () => {
    const list = (input: ListFunctionsCommandInput) => target.client.send(new ListFunctionsCommand(input));
    expect((await list({ MasterRegion: "us-west-2", FunctionVersion: "ALL" })).Functions).toEqual([]);
    expect(await refusal(list({ MasterRegion: "us-west-2" }))).toMatchObject({
      name: "InvalidParameterValueException",
      status: 400,
    });
  });

  test("refuses page sizes outside AWS's limits", async () => {
    expect(await refusal(target.client.send(new ListFunctionsCommand({ MaxItems: 0 })))).toMatchObject({
      name: "ValidationException",
      message:
        "1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1",
    });
  });
});
