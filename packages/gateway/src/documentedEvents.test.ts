import type { ApiStage } from "@hearth/apis";
import { expect, test } from "vitest";
import type { HttpCall } from "./http/httpCall.ts";
import { eventFor } from "./http/lambdaIntegration.ts";
import { eventV2 } from "./payloadV2.ts";
import { fakeRequest } from "./testing/fakeRequest.ts";

// What AWS documents about events, with values of our own:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html

const API_HOST = "abc.execute-api.us-east-1.example.org";
const URL_HOST = "abc.lambda-url.us-east-1.example.org";

interface Sent {
  readonly method?: string;
  readonly url: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: Uint8Array;
}

function httpApiEvent(format: string, { body = Buffer.alloc(0), ...sent }: Sent, more: Partial<HttpCall> = {}) {
  const request = fakeRequest({ ...sent, headers: [["Host", API_HOST], ...(sent.headers ?? [])] });
  const call = {
    request,
    api: { apiId: "abc", accountId: "123456789012", region: "us-east-1" },
    stage: { stageName: "$default", stageVariables: {} } as unknown as ApiStage,
    route: { routeId: "r", routeKey: "$default" },
    pathParameters: {},
    path: request.path,
    fullPath: request.path,
    ...more,
  } as unknown as HttpCall;
  return JSON.parse(eventFor(call, body, format, undefined).toString()) as Record<string, unknown>;
}

function urlEvent({ body = Buffer.alloc(0), ...sent }: Sent, authorizer?: object) {
  const request = fakeRequest({ ...sent, headers: [["Host", URL_HOST], ...(sent.headers ?? [])] });
  const facts = { accountId: "anonymous", apiId: "abc", domainName: URL_HOST, domainPrefix: "abc", path: request.path };
  const event = eventV2(request, body, { ...facts, routeKey: "$default", stage: "$default", authorizer });
  return JSON.parse(event.toString()) as Record<string, unknown>;
}

const EXAMPLE: Sent = {
  method: "POST",
  url: "/my/path?a=1&a=2&b=three",
  headers: [
    ["Accept", "text/html"],
    ["X-Twice", "one"],
    ["x-twice", "two"],
    ["Cookie", "first=1; second=2"],
    ["Cookie", "third=3"],
    ["User-Agent", "agent/1"],
    ["Content-Type", "application/json"],
  ],
  body: Buffer.from('{"hello":"you"}'),
};
const TIME = { requestTime: "10/Apr/2026:13:30:05 +0000", requestTimeEpoch: Date.UTC(2026, 3, 10, 13, 30, 5) };
const REQUEST_ID = "00000000-0000-4000-8000-000000000000";

test("format 2.0 of an HTTP API: all members, repeated values joined, cookies apart", () => {
  const stage = { stageName: "$default", stageVariables: { colour: "red" } } as unknown as ApiStage;
  const route = { routeId: "r", routeKey: "POST /my/{name}" };
  const event = httpApiEvent("2.0", EXAMPLE, { stage, route, pathParameters: { name: "path" } });
  expect(event).toEqual({
    version: "2.0",
    routeKey: "POST /my/{name}",
    rawPath: "/my/path",
    rawQueryString: "a=1&a=2&b=three",
    cookies: ["first=1", "second=2", "third=3"],
    headers: {
      ...{ host: API_HOST, accept: "text/html", "x-twice": "one,two", "user-agent": "agent/1" },
      ...{ "content-type": "application/json", "x-forwarded-for": "192.0.2.1" },
      ...{ "x-forwarded-port": expect.any(String), "x-forwarded-proto": "http" },
    },
    queryStringParameters: { a: "1,2", b: "three" },
    requestContext: {
      ...{ accountId: "123456789012", apiId: "abc", domainName: API_HOST, domainPrefix: "abc" },
      http: { method: "POST", path: "/my/path", protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "agent/1" },
      ...{ requestId: REQUEST_ID, routeKey: "POST /my/{name}", stage: "$default" },
      ...{ time: TIME.requestTime, timeEpoch: TIME.requestTimeEpoch },
    },
    pathParameters: { name: "path" },
    stageVariables: { colour: "red" },
    body: '{"hello":"you"}',
    isBase64Encoded: false,
  });
});

test("format 1.0 of an HTTP API: the last value and all of them, cookies in their header, null for what there is not", () => {
  const route = { routeId: "r", routeKey: "ANY /my/{proxy+}" };
  const event = httpApiEvent("1.0", EXAMPLE, { route, pathParameters: { proxy: "path" } });
  expect(event).toMatchObject({
    version: "1.0",
    resource: "/my/{proxy+}",
    path: "/my/path",
    httpMethod: "POST",
    headers: { "x-twice": "two", cookie: "third=3" },
    multiValueHeaders: { "x-twice": ["one", "two"], cookie: ["first=1; second=2", "third=3"], accept: ["text/html"] },
    queryStringParameters: { a: "2", b: "three" },
    multiValueQueryStringParameters: { a: ["1", "2"], b: ["three"] },
    requestContext: {
      ...{ accountId: "123456789012", apiId: "abc", domainName: API_HOST, domainPrefix: "abc", ...TIME },
      ...{ httpMethod: "POST", path: "/my/path", protocol: "HTTP/1.1", requestId: REQUEST_ID, stage: "$default" },
      ...{ resourceId: "ANY /my/{proxy+}", resourcePath: "/my/{proxy+}" },
      identity: { sourceIp: "192.0.2.1", userAgent: "agent/1" },
    },
    pathParameters: { proxy: "path" },
    stageVariables: null,
    body: '{"hello":"you"}',
    isBase64Encoded: false,
  });
  expect(httpApiEvent("1.0", { url: "/" })).toMatchObject({
    resource: "$default",
    ...{
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      stageVariables: null,
    },
    body: null,
    isBase64Encoded: false,
  });
});

test("a function URL: format 2.0 with its own account, and the caller of AWS_IAM", () => {
  const event = urlEvent(EXAMPLE, { iam: { accessKey: "AKIA", userId: "AIDA" } });
  expect(event).toMatchObject({
    version: "2.0",
    routeKey: "$default",
    rawPath: "/my/path",
    cookies: ["first=1", "second=2", "third=3"],
    requestContext: {
      ...{ accountId: "anonymous", apiId: "abc", domainName: URL_HOST, domainPrefix: "abc", stage: "$default" },
      authorizer: { iam: { accessKey: "AKIA", userId: "AIDA" } },
      http: { method: "POST", path: "/my/path" },
    },
  });
  for (const name of ["pathParameters", "stageVariables"]) expect(event).not.toHaveProperty(name);
  const bare = urlEvent({ url: "/" });
  for (const name of ["cookies", "queryStringParameters", "body"]) expect(bare).not.toHaveProperty(name);
  expect(bare).toMatchObject({ rawQueryString: "", isBase64Encoded: false });
});

test.each([
  ["text/plain", "text", false],
  ["text/html; charset=utf-8", "<p>\u00e9</p>", false],
  ["application/json", "{}", false],
  ["application/problem+json", "{}", false],
  ["image/svg+xml", "<svg/>", true],
  ["application/xml", "<a/>", false],
  ["application/javascript", "1", false],
  ["application/x-www-form-urlencoded", "a=1", true],
  ["multipart/form-data; boundary=b", "--b--", true],
  ["application/octet-stream", "abc", true],
  ["image/png", "abc", true],
  ["", "abc", true],
])("a body of type '%s' is text or base64 in both formats", (type, text, isBase64Encoded) => {
  const body = Buffer.from(text);
  const sent: Sent = { method: "POST", url: "/", headers: type === "" ? [] : [["Content-Type", type]], body };
  const expected = { body: isBase64Encoded ? body.toString("base64") : text, isBase64Encoded };
  for (const event of [httpApiEvent("1.0", sent), httpApiEvent("2.0", sent), urlEvent(sent)]) {
    expect(event).toMatchObject(expected);
  }
});

test("what is no UTF-8, or compressed, is base64 whatever its type says", () => {
  const headers = [["Content-Type", "application/json"]] as const;
  const broken = Buffer.from([0x22, 0xff, 0x22]);
  const gzip = [...headers, ["Content-Encoding", "gzip"]] as const;
  expect(urlEvent({ url: "/", headers, body: broken })).toMatchObject({ body: "Iv8i", isBase64Encoded: true });
  expect(urlEvent({ url: "/", headers: gzip, body: Buffer.from("{}") })).toMatchObject({
    body: "e30=",
    isBase64Encoded: true,
  });
});

test.each([
  ["/caf%C3%A9/a%20b", "q=caf%C3%A9&plus=a+b&pct=%2B", { q: "café", plus: "a b", pct: "+" }],
  ["/a%2Fb//c/./../d", "a&b=&=c&&d==", { a: "", b: "", "": "c", d: "=" }],
  ["/%00%FF%zz", "x=%FF&y=%&z=%00", { x: "%FF", y: "%", z: "\u0000" }],
  ["/", "a=1&A=2&a%5B%5D=3&a%5B%5D=4", { a: "1", A: "2", "a[]": "3,4" }],
  ["/", "list=1,2&list=3", { list: "1,2,3" }],
])("path %s and query %s: raw as they were sent, parameters decoded", (path, query, parameters) => {
  for (const event of [httpApiEvent("2.0", { url: `${path}?${query}` }), urlEvent({ url: `${path}?${query}` })]) {
    expect(event).toMatchObject({ rawPath: path, rawQueryString: query, requestContext: { http: { path } } });
    expect(event["queryStringParameters"]).toEqual(parameters);
  }
  const { multiValueQueryStringParameters, queryStringParameters } = httpApiEvent("1.0", { url: `${path}?${query}` });
  expect(Object.keys(multiValueQueryStringParameters as object)).toEqual(Object.keys(parameters));
  expect(Object.keys(queryStringParameters as object)).toEqual(Object.keys(parameters));
});
