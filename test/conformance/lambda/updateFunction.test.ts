import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { createHash } from "node:crypto";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";

let target: LambdaTarget;
let other: Buffer;
beforeAll(async () => {
  target = await lambdaTarget();
  other = await zipOf({ "index.mjs": "export const handler = async () => 'other';\n" });
});
afterAll(async () => await target[Symbol.asyncDispose]());
const sha = (zip: Uint8Array) => createHash("sha256").update(zip).digest("base64");

describe("UpdateFunctionCode", () => {
  test("answers InProgress with the new code, then becomes Successful", async () => {
    const { FunctionName, RevisionId } = await target.newFunction();
    const answer = await target.client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: other }));
    expect(answer).toMatchObject({
      CodeSha256: sha(other),
      State: "Active",
      LastUpdateStatus: "InProgress",
      LastUpdateStatusReason: "The function is being created.",
      LastUpdateStatusReasonCode: "Creating",
      Version: "$LATEST",
    });
    expect(answer.RevisionId).not.toBe(RevisionId);
    await target.updated(FunctionName);
    const read = await target.client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    expect(read).toMatchObject({ CodeSha256: sha(other), LastUpdateStatus: "Successful" });
    expect(read.LastUpdateStatusReason).toBeUndefined();
  });

  test("with DryRun changes nothing", async () => {
    const { FunctionName, CodeSha256 } = await target.newFunction();
    const answer = await target.client.send(
      new UpdateFunctionCodeCommand({ FunctionName, ZipFile: other, DryRun: true }),
    );
    expect(answer.CodeSha256).toBe(sha(other));
    const read = await target.client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    expect(read).toMatchObject({ CodeSha256, LastUpdateStatus: "Successful" });
  });

  test("with an old RevisionId is a PreconditionFailedException", async () => {
    const { FunctionName } = await target.newFunction();
    const { RevisionId } = await target.client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const update = (revision: string | undefined) =>
      target.client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: other, RevisionId: revision }));
    await update(RevisionId);
    await target.updated(FunctionName);
    expect(await refusal(update(RevisionId))).toEqual({
      name: "PreconditionFailedException",
      status: 412,
      message:
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    });
  });

  test("with Publish makes a version of the new code", async () => {
    const { FunctionName } = await target.newFunction();
    const answer = await target.client.send(
      new UpdateFunctionCodeCommand({ FunctionName, ZipFile: other, Publish: true }),
    );
    const { $metadata: _answered, ...published } = answer;
    expect(published).toMatchObject({
      Version: "1",
      FunctionArn: target.arn(FunctionName, "1"),
      State: "Pending",
      StateReason: "The function is being created.",
      StateReasonCode: "Creating",
    });
    for (const member of ["LastUpdateStatus", "LastUpdateStatusReason", "LastUpdateStatusReasonCode"])
      expect(published).not.toHaveProperty(member);
    await target.updated(FunctionName);
    const version = await target.client.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: "1" }));
    expect(version).toMatchObject({ CodeSha256: sha(other), State: "Active", LastUpdateStatus: "Successful" });
  });

  test("repeated with the same invocation id gets the first answer", async () => {
    const { FunctionName } = await target.newFunction();
    const { region, credentials, endpoint } = target.client.config;
    const id = "11111111-2222-3333-4444-555555555555";
    const client = new LambdaClient({ region, credentials, ...(endpoint && { endpoint }), maxAttempts: 1 });
    const sameId =
      <Args extends { readonly request: unknown }, Output>(next: (args: Args) => Promise<Output>) =>
      async (args: Args): Promise<Output> => {
        (args.request as { headers: Record<string, string> }).headers["amz-sdk-invocation-id"] = id;
        return await next(args);
      };
    client.middlewareStack.addRelativeTo(sameId, { relation: "before", toMiddleware: "httpSigningMiddleware" });
    const update = () => client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: other }));
    const { $metadata: _first, ...first } = await update();
    const { $metadata: _second, ...second } = await update();
    expect(second).toEqual(first);
    client.destroy();
  });

  test("without code, or of a missing function, is refused", async () => {
    const { FunctionName } = await target.newFunction();
    expect(await refusal(target.client.send(new UpdateFunctionCodeCommand({ FunctionName })))).toMatchObject({
      name: "InvalidParameterValueException",
      message: "Please provide a source for function code.",
    });
    const missing = target.newName();
    expect(
      await refusal(target.client.send(new UpdateFunctionCodeCommand({ FunctionName: missing, ZipFile: other }))),
    ).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: `Function not found: ${target.arn(missing)}`,
    });
  });
});

describe("UpdateFunctionConfiguration", () => {
  test("changes only the given settings", async () => {
    const { FunctionName, CodeSha256 } = await target.newFunction({
      Description: "before",
      Environment: { Variables: { KEPT: "yes" } },
    });
    const answer = await target.client.send(
      new UpdateFunctionConfigurationCommand({ FunctionName, MemorySize: 256, Timeout: 7 }),
    );
    expect(answer).toMatchObject({ MemorySize: 256, Timeout: 7, LastUpdateStatus: "InProgress", State: "Active" });
    await target.updated(FunctionName);
    const read = await target.client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    expect(read).toMatchObject({
      Description: "before",
      MemorySize: 256,
      Timeout: 7,
      CodeSha256,
      Environment: { Variables: { KEPT: "yes" } },
    });
  });

  test("removes settings that are given empty", async () => {
    const { FunctionName } = await target.newFunction({
      Description: "before",
      Environment: { Variables: { GONE: "soon" } },
    });
    await target.client.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName,
        Description: "",
        Environment: { Variables: {} },
        DeadLetterConfig: { TargetArn: "" },
        VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
        KMSKeyArn: "",
        Layers: [],
      }),
    );
    await target.updated(FunctionName);
    const read = await target.client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    expect(read.Description).toBe("");
    expect([read.Environment, read.KMSKeyArn, read.Layers]).toEqual([undefined, undefined, undefined]);
    expect(read.DeadLetterConfig?.TargetArn ?? "").toBe("");
    expect(read.VpcConfig?.SubnetIds ?? []).toEqual([]);
  });

  test("with an Environment that names no variables keeps the current ones", async () => {
    const Environment = { Variables: { KEPT: "yes" } };
    const { FunctionName } = await target.newFunction({ Environment });
    const update = new UpdateFunctionConfigurationCommand({ FunctionName, Environment: {} });
    expect((await target.client.send(update)).Environment).toEqual(Environment);
  });

  test("of a missing function is a ResourceNotFoundException", async () => {
    const FunctionName = target.newName();
    expect(
      await refusal(target.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 5 }))),
    ).toMatchObject({ name: "ResourceNotFoundException", status: 404 });
  });
});
