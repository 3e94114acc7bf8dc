import { expect, test } from "vitest";
import type { HttpRequest } from "../httpRequest.ts";
import { seenRequest } from "../seenRequest.ts";
import { fakeRequest, HOST } from "../testing/fakeRequest.ts";
import type { SocketFacts } from "./openSocket.ts";
import { socketEvent } from "./socketEvent.ts";

test.each([
  ["AWS_IAM", { "X-Own": "1" }, { room: "1" }],
  [
    "CUSTOM",
    { "X-Own": "1", Authorization: "secret", "X-Amz-Security-Token": "token" },
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
    const kept = Object.entries(event.headers).filter(([name]) => /own|auth|token/i.test(name));
    expect(Object.fromEntries(kept)).toEqual(headers);
    expect(event.queryStringParameters).toEqual(query);
  },
);

test("$connect has the platform's headers with capitals, and the trace; $disconnect has those that AWS sends", () => {
  const request = fakeRequest({ headers: [["sec-websocket-version", "13"]] });
  const facts = { api: { apiId: "a" }, host: "h" } as SocketFacts;
  const about = { routeKey: "$connect", requestId: "r", at: 0 } as const;
  const headersOf = (eventType: "CONNECT" | "DISCONNECT", handshake?: HttpRequest) =>
    JSON.parse(socketEvent(facts, { ...about, eventType }, {}, handshake).toString()) as Record<string, object>;
  const { headers, multiValueHeaders } = headersOf("CONNECT", request);
  const trace = expect.stringMatching(/^Root=1-/);
  expect(headers).toMatchObject({
    ...{ Host: HOST, "X-Forwarded-For": "192.0.2.1", "X-Amzn-Trace-Id": trace, "sec-websocket-version": "13" },
  });
  expect(multiValueHeaders).toMatchObject({
    Host: [HOST],
    "X-Forwarded-For": ["192.0.2.1"],
    "X-Amzn-Trace-Id": [trace],
  });
  expect(headersOf("DISCONNECT")).toMatchObject({
    headers: { Host: "h", "x-api-key": "", "X-Forwarded-For": "", "x-restapi": "" },
    multiValueHeaders: { Host: ["h"], "x-api-key": [""], "X-Forwarded-For": [""], "x-restapi": [""] },
  });
});
