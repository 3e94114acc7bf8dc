import { expect, test } from "vitest";
import { seenRequest } from "../seenRequest.ts";
import { fakeRequest } from "../testing/fakeRequest.ts";
import type { SocketFacts } from "./openSocket.ts";
import { socketEvent } from "./socketEvent.ts";

test.each([
  ["AWS_IAM", { "x-own": "1" }, { room: "1" }],
  [
    "CUSTOM",
    { "x-own": "1", authorization: "secret", "x-amz-security-token": "token" },
    { room: "1", "X-Amz-Signature": "secret", "X-Amz-Security-Token": "token" },
  ],
])(
  "with %s, $connect shows functions the headers and parameters that are not the platform's",
  (type, headers, query) => {
    const request = fakeRequest({
      url: "/?X-Amz-Signature=secret&room=1&X-Amz-%53ecurity-Token=token",
      headers: [
        ["X-Own", "1"],
        ["Authorization", "secret"],
        ["X-Amz-Security-Token", "token"],
      ],
    });
    const facts = { api: { apiId: "a" } } as SocketFacts;
    const happening = { eventType: "CONNECT", routeKey: "$connect", requestId: "r", at: 0 } as const;
    const event = JSON.parse(socketEvent(facts, happening, {}, seenRequest(request, type)).toString()) as {
      readonly headers: Record<string, string>;
      readonly queryStringParameters: Record<string, string>;
    };
    const kept = Object.entries(event.headers).filter(([name]) => /own|auth|token/.test(name));
    expect(Object.fromEntries(kept)).toEqual(headers);
    expect(event.queryStringParameters).toEqual(query);
  },
);
