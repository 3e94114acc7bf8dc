import { expect, test } from "vitest";
import { hiddenHeaders } from "../http/httpCall.ts";
import { fakeRequest } from "../testing/fakeRequest.ts";
import type { SocketFacts } from "./openSocket.ts";
import { socketEvent } from "./socketEvent.ts";

test.each([
  ["AWS_IAM", { "x-own": "1" }],
  ["CUSTOM", { "x-own": "1", authorization: "secret", "x-amz-security-token": "token" }],
])("with %s, $connect shows functions the headers that are not the platform's", (authorizationType, shown) => {
  const request = fakeRequest({
    headers: [
      ["X-Own", "1"],
      ["Authorization", "secret"],
      ["X-Amz-Security-Token", "token"],
    ],
  });
  const facts = { api: { apiId: "a" } } as SocketFacts;
  const happening = { eventType: "CONNECT", routeKey: "$connect", requestId: "r", at: 0 } as const;
  const hidden = hiddenHeaders({ route: { authorizationType } });
  const event = JSON.parse(socketEvent(facts, happening, {}, { request, hidden }).toString());
  const { headers } = event as { headers: Record<string, string> };
  const kept = Object.entries(headers).filter(([name]) => /own|auth|token/.test(name));
  expect(Object.fromEntries(kept)).toEqual(shown);
});
