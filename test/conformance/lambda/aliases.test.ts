import {
  CreateAliasCommand,
  type CreateAliasCommandInput,
  DeleteAliasCommand,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  ListAliasesCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";
import { errorBody } from "./errorBody.ts";

let target: LambdaTarget;
/** A function with the versions 1 and 2. */
let FunctionName: string;
beforeAll(async () => {
  target = await lambdaTarget();
  ({ FunctionName } = await target.newFunction({ Publish: true }));
  await target.client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description: "two" }));
  await target.updated(FunctionName);
  await target.client.send(new PublishVersionCommand({ FunctionName }));
});
afterAll(async () => await target[Symbol.asyncDispose]());

const create = (input: Partial<CreateAliasCommandInput> & { Name: string }) =>
  target.client.send(new CreateAliasCommand({ FunctionName, FunctionVersion: "1", ...input }));

describe("an alias", () => {
  test("is created, read, moved, listed and deleted", async () => {
    const created = await create({ Name: "live", Description: "the live one" });
    expect(created.$metadata.httpStatusCode).toBe(201);
    const expected = {
      AliasArn: target.arn(FunctionName, "live"),
      Name: "live",
      FunctionVersion: "1",
      Description: "the live one",
      RevisionId: created.RevisionId,
    };
    expect(created).toMatchObject(expected);
    expect(await target.client.send(new GetAliasCommand({ FunctionName, Name: "live" }))).toMatchObject(expected);
    const moved = await target.client.send(
      new UpdateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "2" }),
    );
    expect(moved).toMatchObject({ FunctionVersion: "2", Description: "the live one" });
    expect(moved.RevisionId).not.toBe(created.RevisionId);
    const behind = await target.client.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: "live" }));
    expect(behind).toMatchObject({ Version: "2", FunctionArn: target.arn(FunctionName, "live") });
    const removed = await target.client.send(new DeleteAliasCommand({ FunctionName, Name: "live" }));
    expect(removed.$metadata.httpStatusCode).toBe(204);
    await target.client.send(new DeleteAliasCommand({ FunctionName, Name: "live" }));
    expect(await refusal(target.client.send(new GetAliasCommand({ FunctionName, Name: "live" })))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: `Cannot find alias arn: ${target.arn(FunctionName, "live")}`,
    });
  });

  test("splits calls between two versions until its routing is emptied", async () => {
    const split = await create({ Name: "split", RoutingConfig: { AdditionalVersionWeights: { "2": 0.25 } } });
    expect(split.RoutingConfig?.AdditionalVersionWeights).toEqual({ "2": 0.25 });
    const kept = await target.client.send(new UpdateAliasCommand({ FunctionName, Name: "split", Description: "x" }));
    expect(kept.RoutingConfig?.AdditionalVersionWeights).toEqual({ "2": 0.25 });
    const whole = await target.client.send(
      new UpdateAliasCommand({ FunctionName, Name: "split", RoutingConfig: { AdditionalVersionWeights: {} } }),
    );
    expect(whole.RoutingConfig).toBeUndefined();
  });

  test("is listed page by page and by version", async () => {
    for (const [Name, FunctionVersion] of [
      ["a1", "1"],
      ["a2", "2"],
      ["a3", "1"],
    ] as const) {
      await create({ Name, FunctionVersion });
    }
    const list = async (MaxItems?: number, Marker?: string, FunctionVersion?: string) => {
      const page = await target.client.send(
        new ListAliasesCommand({ FunctionName, MaxItems, Marker, FunctionVersion }),
      );
      return { names: (page.Aliases ?? []).map(({ Name }) => Name ?? ""), next: page.NextMarker };
    };
    const names: string[] = [];
    let next: string | undefined;
    do {
      const page = await list(1, next);
      names.push(...page.names);
      next = page.next;
    } while (next);
    expect(names).toEqual(expect.arrayContaining(["a1", "a2", "a3"]));
    expect(new Set(names).size).toBe(names.length);
    const two = (await list(undefined, undefined, "2")).names;
    expect([two.includes("a2"), two.includes("a1")]).toEqual([true, false]);
  });

  test("with an existing name is a conflict", async () => {
    await create({ Name: "taken" });
    expect(await refusal(create({ Name: "taken" }))).toEqual({
      name: "ResourceConflictException",
      status: 409,
      message: `Alias already exists: ${target.arn(FunctionName, "taken")}`,
    });
  });

  test("is not updated with an old RevisionId", async () => {
    const { RevisionId } = await create({ Name: "guarded" });
    const update = () =>
      target.client.send(new UpdateAliasCommand({ FunctionName, Name: "guarded", FunctionVersion: "2", RevisionId }));
    await update();
    expect(await refusal(update())).toMatchObject({ name: "PreconditionFailedException", status: 412 });
    expect(await refusal(target.client.send(new UpdateAliasCommand({ FunctionName, Name: "none" })))).toEqual({
      name: "ResourceNotFoundException",
      status: 404,
      message: `Alias not found: ${target.arn(FunctionName, "none")}`,
    });
  });

  test.each<[string, Partial<CreateAliasCommandInput> & { Name: string }, string, RegExp]>([
    ["of digits alone", { Name: "123" }, "ValidationException", /at 'name' failed to satisfy constraint/],
    [
      "with a weight over 1",
      { Name: "w", RoutingConfig: { AdditionalVersionWeights: { "2": 1.5 } } },
      "ValidationException",
      /^1 validation error detected: Value '\{2=1\.5\}' at 'routingConfig\.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: \[Member must have value less than or equal to 1\.0, Member must have value greater than or equal to 0\.0, Member must not be null\]$/,
    ],
    [
      "to a version that there is not",
      { Name: "w", FunctionVersion: "99" },
      "ResourceNotFoundException",
      /^Function not found: .*:99$/,
    ],
    [
      "to $LATEST and a version",
      { Name: "w", FunctionVersion: "$LATEST", RoutingConfig: { AdditionalVersionWeights: { "2": 0.5 } } },
      "InvalidParameterValueException",
      /^\$LATEST is not supported for an alias pointing to more than 1 version$/,
    ],
    [
      "to one version twice",
      { Name: "w", RoutingConfig: { AdditionalVersionWeights: { "1": 0.5 } } },
      "InvalidParameterValueException",
      /^Invalid function version 1\. Function version 1 is already included in routing configuration\.$/,
    ],
    [
      "to three versions",
      { Name: "w", RoutingConfig: { AdditionalVersionWeights: { "1": 0.5, "2": 0.1 } } },
      "InvalidParameterValueException",
      /^Number of items in AdditionalVersionWeights cannot be greater than 1$/,
    ],
  ])("%s is refused", async (_what, input, name, message) => {
    const refused = await refusal(create(input));
    expect(refused.name).toBe(name);
    expect(refused.message).toMatch(message);
  });

  test("to $LATEST and a version is refused without saying whose fault it is", async () => {
    const RoutingConfig = { AdditionalVersionWeights: { "2": 0.5 } };
    const command = new CreateAliasCommand({ FunctionName, Name: "w", FunctionVersion: "$LATEST", RoutingConfig });
    expect(await errorBody(target.client, command)).toEqual({
      message: "$LATEST is not supported for an alias pointing to more than 1 version",
    });
  });

  test("of a missing function is refused with the version's ARN", async () => {
    const missing = target.newName();
    for (const more of [{}, { RoutingConfig: { AdditionalVersionWeights: { "2": 0.5 } } }]) {
      expect(await refusal(create({ FunctionName: missing, Name: "w", ...more }))).toEqual({
        name: "ResourceNotFoundException",
        status: 404,
        message: `Function not found: ${target.arn(missing, "1")}`,
      });
    }
  });
});
