import {
  CreateFunctionCommand,
  GetDurableExecutionCommand,
  ListCapacityProvidersCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { skipReason } from "@hearth/testkit";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";

const reason = process.env["TARGET"] === "aws" ? "AWS has built it" : undefined;

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

test("an operation that is not built answers NotImplementedException with its name", skipReason(reason), async () => {
  expect(await refusal(target.client.send(new ListCapacityProvidersCommand({})))).toEqual({
    name: "NotImplementedException",
    status: 400,
    message: "The operation ListCapacityProviders is not implemented by Hearth.",
  });
  const DurableExecutionArn = `${target.arn("any", "1")}/durable-execution/${"0".repeat(8)}/${"0".repeat(8)}`;
  const durable = target.client.send(new GetDurableExecutionCommand({ DurableExecutionArn }));
  expect(await refusal(durable)).toMatchObject({ name: "NotImplementedException", status: 400 });
});

test("settings that Hearth would silently ignore are refused", skipReason(reason), async () => {
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
  for (const [what, wish] of [
    ["PublishTo", { PublishTo: "LATEST_PUBLISHED" }],
    ["TenancyConfig", { TenancyConfig: { TenantIsolationMode: "PER_TENANT" } }],
  ] as const) {
    expect(await refusal(create(wish))).toEqual({
      name: "NotImplementedException",
      status: 400,
      message: `CreateFunction with ${what} is not implemented by Hearth.`,
    });
  }
});
