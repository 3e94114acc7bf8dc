import { silentLogger } from "@hearth/kit";
import { expect, test } from "vitest";
import { fakeRequest } from "../testing/fakeRequest.ts";
import type { SocketFacts } from "./openSocket.ts";
import { type ConnectCall, ConnectAuthorizer } from "./connectAuthorizer.ts";

const authorizer = { authorizerId: "a", name: "a", authorizerType: "REQUEST", authorizerUri: "arn" } as const;

/** Decides with a function that answers so. */
async function decide(context: Record<string, unknown>) {
  const policyDocument = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: "*" }],
  };
  const payload = Buffer.from(JSON.stringify({ principalId: "me", policyDocument, context }));
  const deps = {
    caller: { call: () => Promise.resolve({ outcome: { kind: "success", payload } }) },
    logger: silentLogger,
  } as unknown as ConstructorParameters<typeof ConnectAuthorizer>[0];
  const call = {
    api: { accountId: "111111111111", region: "us-east-1", apiId: "api" },
    stage: { stageName: "s", stageVariables: {} },
    request: fakeRequest({ url: "/s" }),
    facts: { api: { apiId: "api" } } as SocketFacts,
    happening: { eventType: "CONNECT", routeKey: "$connect", requestId: "r", at: 0 },
  } as unknown as ConnectCall;
  return await new ConnectAuthorizer(deps).decideByFunction(call, authorizer as never);
}

test("what an authorizer says is kept with the connection, up to 8 KB of an answer", async () => {
  expect(await decide({ tenant: "t" })).toEqual({ kind: "allowed", authorizer: { tenant: "t", principalId: "me" } });
  expect(await decide({ text: "x".repeat(9_000) })).toMatchObject({ kind: "refused", status: 500 });
});
