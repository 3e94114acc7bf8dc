import { CreateFunctionCommand, InvokeWithResponseStreamCommand, ListLayersCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { skipReason } from "@hearth/testkit";
import { type LambdaTarget, lambdaTarget, refusal } from "./lambdaTarget.ts";

const reason = process.env["TARGET"] === "aws" ? "AWS has built it" : undefined;

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

test("what is not built answers NotImplementedException with the operation's name", skipReason(reason), async () => {
  expect(await refusal(target.client.send(new ListLayersCommand({})))).toEqual({
    name: "NotImplementedException",
    status: 400,
    message: "The operation ListLayers is not implemented by Hearth.",
  });
  const streamed = target.client.send(new InvokeWithResponseStreamCommand({ FunctionName: "any" }));
  expect(await refusal(streamed)).toMatchObject({ name: "NotImplementedException", status: 400 });
});

test("settings that would silently not work are refused", skipReason(reason), async () => {
  const create = (more: object) =>
    target.client.send(
      new CreateFunctionCommand({
        FunctionName: target.newName(),
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: target.Role,
        Code: { ZipFile: Buffer.from("x") },
        ...more,
      }),
    );
  const layer = `arn:aws:lambda:${target.region}:${target.accountId}:layer:l:1`;
  for (const [what, wish] of [
    ["S3Bucket", { Code: { S3Bucket: "bucket", S3Key: "key" } }],
    ["PackageType Image", { PackageType: "Image", Code: { ImageUri: "x" } }],
    ["Layers", { Layers: [layer] }],
    ["DeadLetterConfig.TargetArn", { DeadLetterConfig: { TargetArn: "arn:aws:sqs:us-east-1:000000000000:q" } }],
  ] as const) {
    expect(await refusal(create(wish))).toEqual({
      name: "NotImplementedException",
      status: 400,
      message: `CreateFunction with ${what} is not implemented by Hearth.`,
    });
  }
});
