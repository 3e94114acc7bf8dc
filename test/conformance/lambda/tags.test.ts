import { ListTagsCommand, TagResourceCommand, UntagResourceCommand } from "@aws-sdk/client-lambda";
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
    expect(await refusal(tag(Resource, { more: "v" }))).toMatchObject({ name: "InvalidParameterValueException" });
    expect(await refusal(tag(Resource, { "aws:x": "v" }))).toMatchObject({ name: "InvalidParameterValueException" });
  });
});
