import {
  AddPermissionCommand,
  CreateAliasCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  RemovePermissionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lambdaTarget, type LambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target?.[Symbol.asyncDispose]());

const revision = async (FunctionName: string, Qualifier?: string): Promise<string | undefined> =>
  (await target.client.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier }))).RevisionId;
const permit = (
  FunctionName: string,
  more: { Qualifier?: string; StatementId?: string; RevisionId?: string | undefined } = {},
) =>
  target.client.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: "s",
      Action: "lambda:InvokeFunction",
      Principal: "s3.amazonaws.com",
      ...more,
    }),
  );
const WRONG = "11111111-2222-3333-4444-555555555555";

describe("RevisionId", () => {
  test("changes when a function becomes active and when an update succeeds", async () => {
    const created = await target.newFunction();
    const active = await revision(created.FunctionName);
    expect(active).not.toBe(created.RevisionId);
    const updating = await target.client.send(
      new UpdateFunctionConfigurationCommand({ FunctionName: created.FunctionName, Timeout: 5, RevisionId: active }),
    );
    expect(updating.RevisionId).not.toBe(active);
    await target.updated(created.FunctionName);
    expect(await revision(created.FunctionName)).not.toBe(updating.RevisionId);
  });

  test("stays the same after reads and after a change of reserved concurrency", async () => {
    const { FunctionName } = await target.newFunction();
    const before = await revision(FunctionName);
    await target.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
    expect(await revision(FunctionName)).toBe(before);
  });

  test("changes, also for $LATEST, when a version is published, and not when publishing has nothing to do", async () => {
    const { FunctionName } = await target.newFunction();
    const before = await revision(FunctionName);
    const one = await target.client.send(new PublishVersionCommand({ FunctionName, RevisionId: before }));
    const after = await revision(FunctionName);
    expect(new Set([before, after, one.RevisionId]).size).toBe(3);
    const again = await target.client.send(new PublishVersionCommand({ FunctionName, RevisionId: after }));
    expect(again.Version).toBe("1");
    expect(await revision(FunctionName)).toBe(after);
  });

  test("of a policy is its own: it changes with the policy alone", async () => {
    const { FunctionName } = await target.newFunction();
    const policy = async (Qualifier?: string) =>
      (await target.client.send(new GetPolicyCommand({ FunctionName, Qualifier }))).RevisionId;
    await permit(FunctionName);
    const first = await policy();
    const { RevisionId: ofFunction } = await target.client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const one = await target.client.send(new PublishVersionCommand({ FunctionName, RevisionId: ofFunction }));
    const name = { FunctionName, Name: "live" };
    const alias = await target.client.send(new CreateAliasCommand({ ...name, FunctionVersion: "1" }));
    await permit(FunctionName, { Qualifier: "1" });
    await permit(FunctionName, { Qualifier: "live", RevisionId: alias.RevisionId });
    expect(await policy()).toBe(first);
    const revisions = [first, await policy("1"), await policy("live"), alias.RevisionId, one.RevisionId, ofFunction];
    expect(new Set(revisions).size).toBe(revisions.length);
    await permit(FunctionName, { StatementId: "t", RevisionId: first });
    const second = await policy();
    expect(second).not.toBe(first);
    const remove = (RevisionId: string | undefined) =>
      target.client.send(new RemovePermissionCommand({ FunctionName, StatementId: "s", RevisionId }));
    expect(await refusal(remove(first))).toMatchObject({ name: "PreconditionFailedException", status: 412 });
    await remove(second);
    expect(await policy()).not.toBe(second);
  });

  test("of an alias changes with each update of it", async () => {
    const { FunctionName } = await target.newFunction();
    await target.client.send(new PublishVersionCommand({ FunctionName }));
    const latest = await revision(FunctionName);
    const name = { FunctionName, Name: "live" };
    const created = await target.client.send(new CreateAliasCommand({ ...name, FunctionVersion: "1" }));
    const updated = await target.client.send(
      new UpdateAliasCommand({ ...name, Description: "x", RevisionId: created.RevisionId }),
    );
    expect(updated.RevisionId).not.toBe(created.RevisionId);
    expect((await target.client.send(new GetAliasCommand(name))).RevisionId).toBe(updated.RevisionId);
    expect(await revision(FunctionName)).toBe(latest);
    expect(
      await refusal(target.client.send(new UpdateAliasCommand({ ...name, Description: "y", RevisionId: WRONG }))),
    ).toEqual({
      name: "PreconditionFailedException",
      status: 412,
      message:
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    });
  });
});

test("a version that an alias points to cannot be deleted until the alias is gone", async () => {
  const { FunctionName } = await target.newFunction();
  await target.client.send(new PublishVersionCommand({ FunctionName }));
  await target.client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
  const remove = () => target.client.send(new DeleteFunctionCommand({ FunctionName, Qualifier: "1" }));
  expect(await refusal(remove())).toEqual({
    name: "ResourceConflictException",
    status: 409,
    message: "Unable to delete version because the following aliases reference it: [live]",
  });
  await target.client.send(new DeleteAliasCommand({ FunctionName, Name: "live" }));
  await remove();
  expect(
    await refusal(target.client.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: "1" }))),
  ).toEqual({
    name: "ResourceNotFoundException",
    status: 404,
    message: `Function not found: ${target.arn(FunctionName, "1")}`,
  });
});

test("deleting a function deletes its versions, aliases, policies and concurrency", async () => {
  const { FunctionName } = await target.newFunction();
  await target.client.send(new PublishVersionCommand({ FunctionName }));
  await target.client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
  await permit(FunctionName);
  await target.client.send(new DeleteFunctionCommand({ FunctionName }));
  await target.newFunction({ FunctionName });
  expect(await refusal(target.client.send(new GetPolicyCommand({ FunctionName })))).toMatchObject({ status: 404 });
  expect(await refusal(target.client.send(new GetAliasCommand({ FunctionName, Name: "live" })))).toMatchObject({
    status: 404,
    message: `Cannot find alias arn: ${target.arn(FunctionName, "live")}`,
  });
  expect((await target.client.send(new PublishVersionCommand({ FunctionName }))).Version).toBe("1");
});
