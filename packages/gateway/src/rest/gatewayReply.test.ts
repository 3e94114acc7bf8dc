import { expect, test } from "vitest";
import { fakeRequest } from "../testing/fakeRequest.ts";
import { GatewayFailure } from "./gatewayFailure.ts";
import { gatewayReply } from "./gatewayReply.ts";
import type { RestCall } from "./restCall.ts";

function replyWith(template: string, authorizer: Record<string, unknown>): string {
  const response = { responseType: "ACCESS_DENIED", responseTemplates: { "application/json": template } };
  const call = {
    request: fakeRequest({}),
    api: { accountId: "111111111111", region: "us-east-1", apiId: "a" },
    stage: {
      ...{ stageName: "s", deploymentId: "d", variables: { colour: "red" } },
      contents: { gatewayResponses: new Map([["ACCESS_DENIED", response]]) },
    },
    ...{ path: "/", fullPath: "/s/", learned: { authorizer } },
  } as unknown as RestCall;
  return Buffer.from(gatewayReply(call, new GatewayFailure("ACCESS_DENIED")).body as Uint8Array).toString();
}

test("a gateway response fills in values, and is the usual one where it would be too long", () => {
  expect(replyWith("$context.authorizer.a ${stageVariables.colour}|$context.none|", { a: "b" })).toBe("b red||");
  const bomb = "$context.authorizer.a".repeat(10_000);
  expect(replyWith(bomb, { a: "x".repeat(100_000) })).toBe(
    '{"Message":"User is not authorized to access this resource"}',
  );
});
