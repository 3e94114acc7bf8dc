import { GetFunctionCommand, ListTagsCommand, TagResourceCommand, UntagResourceCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

const tag = (Resource: string, Tags: Record<string, string>) =>
  target.client.send(new TagResourceCommand({ Resource, Tags }));
const tags = async (Resource: string) => (await target.client.send(new ListTagsCommand({ Resource }))).Tags;

describe("tags", () => {
  test("are added, replaced, listed and removed", async () => {
    const Resource = target.arn((await target.newFunction({ Tags: { a: "1" } })).FunctionName);
    expect((await tag(Resource, { b: "2", "c d": "x y/z" })).$metadata.httpStatusCode).toBe(204);
    await tag(Resource, { a: "one" });
    expect(await tags(Resource)).toEqual({ a: "one", b: "2", "c d": "x y/z" });
    const removed = await target.client.send(new UntagResourceCommand({ Resource, TagKeys: ["b", "c d", "none"] }));
    expect(removed.$metadata.httpStatusCode).toBe(204);
    expect(await tags(Resource)).toEqual({ a: "one" });
  });

  test("belong to functions only, not to versions or aliases", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    expect(await refusal(tag(target.arn(FunctionName, "1"), { a: "1" }))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: "Tags on function aliases and versions are not supported. Please specify a function ARN.",
    });
    expect(await refusal(tags(target.arn(target.newName())))).toMatchObject({ name: "ResourceNotFoundException" });
    expect(await refusal(tags("name"))).toMatchObject({ name: "ValidationException" });
  });

  test("are at most 50, and none may begin with aws:", async () => {
    const Resource = target.arn((await target.newFunction()).FunctionName);
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, "v"]));
    await tag(Resource, many);
    expect(await refusal(tag(Resource, { more: "v" }))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: "Number of tags exceeds resource tag limit.",
    });
    expect(await refusal(tag(Resource, { "aws:x": "v" }))).toMatchObject({ name: "InvalidParameterValueException" });
  });

  test("are part of the function: each change of them makes a new revision", async () => {
    const { FunctionName } = await target.newFunction();
    const Resource = target.arn(FunctionName);
    const read = async () => await target.client.send(new GetFunctionCommand({ FunctionName }));
    const revision = async () => (await read()).Configuration?.RevisionId;
    const seen = [await revision()];
    for (const Tags of [{ a: "1" }, { a: "2" }]) {
      await tag(Resource, Tags);
      seen.push(await revision());
    }
    await target.client.send(new UntagResourceCommand({ Resource, TagKeys: ["a"] }));
    seen.push(await revision());
    expect(new Set(seen).size).toBe(4);
    expect(await tags(Resource)).toEqual({});
    expect((await read()).Tags).toBeUndefined();
  });

  test("are one at least when they are added", async () => {
    const Resource = target.arn((await target.newFunction()).FunctionName);
    expect(await refusal(tag(Resource, {}))).toEqual({
      name: "InvalidParameterValueException",
      status: 400,
      message: "An error occurred and the request cannot be processed.",
    });
  });

  test.each([
    ["an event source mapping", "event-source-mapping:11111111-2222-3333-4444-555555555555", "Event source mapping"],
    ["a capacity provider", "capacity-provider:none", "Capacity provider"],
  ])("of %s that does not exist are refused with its ARN", async (_kind, resource, name) => {
    const Resource = `arn:aws:lambda:${target.region}:${target.accountId}:${resource}`;
    const gone = { name: "ResourceNotFoundException", status: 404, message: `${name} not found: ${Resource}` };
    expect(await refusal(tag(Resource, { a: "1" }))).toEqual(gone);
    expect(await refusal(tags(Resource))).toEqual(gone);
    const untag = new UntagResourceCommand({ Resource, TagKeys: ["a"] });
    expect(await refusal(target.client.send(untag))).toEqual(gone);
  });

  test("belong to no resource of another kind", async () => {
    const mine = `arn:aws:lambda:${target.region}:${target.accountId}`;
    const mapping = "event-source-mapping:11111111-2222-3333-4444-555555555555";
    for (const Resource of [
      `${mine}:thing:x`,
      "arn:aws:s3:::bucket",
      `${mine}:${mapping}:alias`,
      `${mine}:capacity-provider:x:alias`,
    ]) {
      const refused = await refusal(tags(Resource));
      expect(refused).toMatchObject({ name: "ValidationException", status: 400 });
      expect(refused.message).toContain(
        `1 validation error detected: Value '${Resource}' at 'resource' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*):lambda:`,
      );
    }
  });
});
