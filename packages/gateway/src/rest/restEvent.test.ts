import type { RestRoute, RestStage } from "@hearth/apis";
import type { ApiRecord } from "@hearth/store";
import { expect, test } from "vitest";
import { type FakeRequest, fakeRequest } from "../testing/fakeRequest.ts";
import { contextOf, contextValue } from "./restContext.ts";
import type { RoutedCall } from "./restCall.ts";
import { restEvent } from "./restEvent.ts";

const HOST = "abcdefghij.execute-api.us-east-1.example.org";

function callFor(given: FakeRequest, more: Partial<RoutedCall> = {}): RoutedCall {
  const request = fakeRequest({ ...given, headers: [["Host", HOST], ...(given.headers ?? [])] });
  const path = request.path.slice("/dev".length) || "/";
  return {
    request,
    api: { accountId: "123456789012", region: "us-east-1", apiId: "abcdefghij" } as ApiRecord,
    stage: {
      stageName: "dev",
      deploymentId: "dep1",
      variables: {},
      contents: { api: { binaryMediaTypes: ["image/*", "application/octet-stream"] } },
    } as unknown as RestStage,
    route: {
      resource: { id: "res1", path: "/my/{proxy+}" },
      method: { httpMethod: "ANY", authorizationType: "NONE" },
    } as unknown as RestRoute,
    ...{ path, eventPath: path, fullPath: request.path, pathParameters: { proxy: "path" } },
    body: () => Promise.resolve(Buffer.alloc(0)),
    learned: {},
    trace: undefined,
    ...more,
  };
}
const eventOf = (call: RoutedCall, body: Uint8Array = Buffer.alloc(0)) =>
  JSON.parse(restEvent(call, body).toString()) as Record<string, Record<string, unknown>>;

test("the members of the event, as AWS documents them", () => {
  const call = callFor({
    method: "POST",
    url: "/dev/my/path?parameter1=value1&parameter1=value2&parameter2=value",
    headers: [
      ["Header1", "value1"],
      ["Header2", "value1"],
      ["header2", "value2"],
      ["User-Agent", "agent"],
    ],
  });
  const event = eventOf(call, Buffer.from("Hello from client!"));
  expect(event).toEqual({
    resource: "/my/{proxy+}",
    path: "/my/path",
    httpMethod: "POST",
    headers: expect.objectContaining({
      Header1: "value1",
      Header2: "value2",
      Host: HOST,
      "X-Forwarded-For": "192.0.2.1",
    }),
    multiValueHeaders: expect.objectContaining({ Header1: ["value1"], Header2: ["value1", "value2"] }),
    queryStringParameters: { parameter1: "value2", parameter2: "value" },
    multiValueQueryStringParameters: { parameter1: ["value1", "value2"], parameter2: ["value"] },
    pathParameters: { proxy: "path" },
    stageVariables: null,
    requestContext: {
      accountId: "123456789012",
      apiId: "abcdefghij",
      domainName: HOST,
      domainPrefix: "abcdefghij",
      deploymentId: "dep1",
      extendedRequestId: expect.stringMatching(/^[A-Za-z0-9+/]{15}=$/),
      httpMethod: "POST",
      identity: {
        ...{ accessKey: null, accountId: null, caller: null, user: null, userArn: null, principalOrgId: null },
        ...{ cognitoAuthenticationProvider: null, cognitoAuthenticationType: null },
        ...{ cognitoIdentityId: null, cognitoIdentityPoolId: null },
        ...{ sourceIp: "192.0.2.1", userAgent: "agent" },
      },
      path: "/dev/my/path",
      protocol: "HTTP/1.1",
      requestId: "00000000-0000-4000-8000-000000000000",
      requestTime: "10/Apr/2026:13:30:05 +0000",
      requestTimeEpoch: Date.UTC(2026, 3, 10, 13, 30, 5),
      resourceId: "res1",
      resourcePath: "/my/{proxy+}",
      stage: "dev",
    },
    body: "Hello from client!",
    isBase64Encoded: false,
  });
  expect(Object.keys(event["headers"] ?? {})).toContain("X-Amzn-Trace-Id");
});

test.each([
  ["image/png", true],
  ["IMAGE/PNG; q=1", true],
  ["application/octet-stream", true],
  ["application/json", false],
  ["", false],
])("a body of %s is base64: %s", (type, isBase64Encoded) => {
  const call = callFor({ method: "POST", url: "/dev/my/path", headers: [["Content-Type", type]] });
  const body = Buffer.from([1, 2, 3]);
  expect(eventOf(call, body)).toMatchObject({
    isBase64Encoded,
    body: body.toString(isBase64Encoded ? "base64" : "utf8"),
  });
});

test("whatever a client sends becomes one event with its own members, and a context without surprises", () => {
  let seed = 1;
  const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  const parts = [
    ...[
      "__proto__",
      "constructor",
      "toString",
      "a",
      "%",
      "%zz",
      "%00",
      "%C3%28",
      "&",
      "=",
      "+",
      "/",
      "..",
      "//",
      ";",
      "#",
      "\\",
      '"',
    ],
    ...["hasOwnProperty", "é".normalize("NFD"), "%2e%2e%2f", "\u{1F600}", "x".repeat(500)],
  ];
  const some = (): string => Array.from({ length: next(6) }, () => parts[next(parts.length)]).join("");
  const names = [
    "__proto__",
    "constructor",
    "X-A",
    "x-a",
    "Cookie",
    "content-type",
    "X-Forwarded-For",
    "x-amzn-trace-id",
  ];
  for (let round = 0; round < 3_000; round++) {
    const headers = Array.from({ length: next(8) }, (): [string, string] => [names[next(names.length)] ?? "", some()]);
    const proxy = some();
    const url = `/dev/${proxy.replaceAll(/[?#]/g, "")}?${some()}`;
    const body = Buffer.from(Array.from({ length: next(20) }, () => next(256)));
    const call = callFor({ url, headers, peer: "192.0.2.7" }, { pathParameters: { proxy } });
    const event = eventOf(call, body);
    expect(event["requestContext"]).toMatchObject({
      apiId: "abcdefghij",
      stage: "dev",
      identity: { sourceIp: "192.0.2.7" },
    });
    expect(event["headers"]).toMatchObject({ Host: HOST, "X-Forwarded-For": "192.0.2.7" });
    expect(Object.keys(event["multiValueHeaders"] ?? {}).toSorted()).toEqual(
      Object.keys(event["headers"] ?? {}).toSorted(),
    );
    expect(event["pathParameters"]).toEqual({ proxy });
    for (const name of names) expect(contextValue(contextOf(call), name)).toBeUndefined();
  }
});
