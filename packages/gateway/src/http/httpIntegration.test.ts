import type { ApiIntegration } from "@hearth/apis";
import { OutboundFailed, type OutboundRequest, OutboundRefused } from "@hearth/outbound";
import { expect, test } from "vitest";
import type { HttpCall } from "./httpCall.ts";
import { callEndpoint } from "./httpIntegration.ts";

function callOf(
  more: {
    readonly pathParameters?: Record<string, string>;
    readonly query?: string;
    readonly headers?: [string, string][];
  } = {},
): HttpCall {
  const headers = more.headers ?? [
    ["host", "abc.execute-api.us-east-1.localhost"],
    ["x-own", "1"],
    ["x-own", "2"],
  ];
  return {
    request: {
      ...{ method: "POST", query: more.query ?? "", headers, sourceIp: "127.0.0.1", isSecure: false },
      ...{ address: { host: "abc.execute-api.us-east-1.localhost" }, requestId: "r1" },
      header: (name: string) =>
        headers
          .filter(([known]) => known === name)
          .map(([, value]) => value)
          .join(",") || undefined,
    },
    api: { accountId: "000000000000", apiId: "abc", region: "us-east-1" },
    stage: { stageName: "$default", stageVariables: { version: "v2" } },
    route: { routeKey: "POST /pets/{id}" },
    pathParameters: more.pathParameters ?? { id: "1" },
    path: "/pets/1",
  } as unknown as HttpCall;
}

async function send(call: HttpCall, integration: Partial<ApiIntegration>, body = "") {
  const sent: OutboundRequest[] = [];
  const request = (one: OutboundRequest) => {
    sent.push(one);
    return Promise.resolve({
      status: 201,
      headers: { "x-back": "1", connection: "close", "content-length": "2" },
      body: Buffer.from("ok"),
      isTruncated: false,
    });
  };
  const whole = {
    integrationId: "i",
    integrationType: "HTTP_PROXY",
    integrationMethod: "ANY",
    ...integration,
  } as ApiIntegration;
  const reply = await callEndpoint({ request }, { call }, whole, Buffer.from(body), new AbortController().signal);
  return { reply, sent: sent[0] };
}

test("method, headers, query and body are passed on; headers of the connection are not", async () => {
  const { reply, sent } = await send(
    callOf({ query: "a=1&a=2" }),
    { integrationUri: "https://pets.example/all?x=y" },
    "body",
  );
  expect(sent).toMatchObject({
    url: "https://pets.example/all?x=y&a=1&a=2",
    method: "POST",
    headers: { "x-own": "1,2", forwarded: "for=127.0.0.1;host=abc.execute-api.us-east-1.localhost;proto=http" },
  });
  expect(sent?.headers).not.toHaveProperty("host");
  expect(reply).toMatchObject({ status: 201, headers: { "x-back": "1" } });
  expect(reply.headers).not.toHaveProperty("connection");
});

test("variables of path and stage are put into the URL, and cannot leave their place", async () => {
  const integrationUri = "https://pets.example/${stageVariables.version}/{id}";
  expect((await send(callOf(), { integrationUri })).sent?.url).toBe("https://pets.example/v2/1");
  for (const id of ["../admin", "..", "a?b#c", "@evil.example/", "%2e%2e"]) {
    const { href, host } = new URL(
      (await send(callOf({ pathParameters: { id } }), { integrationUri })).sent?.url ?? "",
    );
    expect(host).toBe("pets.example");
    expect(href.startsWith("https://pets.example/v2/")).toBe(true);
  }
});

test("a client's value in a path that is mapped leads to no other path, and in a host to no other domain", async () => {
  const requestParameters = { "overwrite:path": "/users/$" + "{request.path.id}/data" };
  const pathOf = async (id: string): Promise<string> => {
    const call = callOf({ pathParameters: { id } });
    return new URL((await send(call, { integrationUri: "https://pets.example/", requestParameters })).sent?.url ?? "")
      .pathname;
  };
  expect(await pathOf("me")).toBe("/users/me/data");
  for (const id of ["../admin", "..\\admin", "%2e%2E/admin", ".%2e/x", ".\t./x", "a/../../admin", "..", "."]) {
    expect(await pathOf(id), id).toMatch(/^\/users\/.*data$/);
  }
  const integrationUri = "https://{id}.pets.example/x";
  expect((await send(callOf({ pathParameters: { id: "eu-1" } }), { integrationUri })).sent?.url).toBe(
    "https://eu-1.pets.example/x",
  );
  for (const id of ["evil.example/", "evil.example", "user@", "a#", "a?", "a:1"]) {
    const { reply, sent } = await send(callOf({ pathParameters: { id } }), { integrationUri });
    expect([reply.status, sent], id).toEqual([500, undefined]);
  }
});

test("half a surrogate pair in a body is no error of Hearth", async () => {
  const requestParameters = { "append:querystring.v": "$request.body.v", "overwrite:path": "/$" + "{request.body.v}" };
  const { sent } = await send(
    callOf(),
    { integrationUri: "https://pets.example/", requestParameters },
    '{"v":"\\ud800"}',
  );
  expect(sent?.url).toBe("https://pets.example/%EF%BF%BD?v=%EF%BF%BD");
});

test("the request is changed by parameter mapping, but not its reserved headers", async () => {
  const requestParameters = {
    "overwrite:header.x-own": "$request.body.user.name",
    "append:header.x-id": "id-${request.path.id}-${context.requestId}",
    "overwrite:header.host": "evil.example",
    "append:querystring.v": "$stageVariables.version",
    "remove:querystring.secret": "''",
    "overwrite:path": "/changed",
  };
  const { sent } = await send(
    callOf({ query: "secret=1&b=2" }),
    { integrationUri: "https://pets.example/x", requestParameters },
    '{"user":{"name":"me"}}',
  );
  expect(sent?.url).toBe("https://pets.example/changed?b=2&v=v2");
  expect(sent?.headers).toMatchObject({ "x-own": "me", "x-id": "id-1-r1" });
  expect(sent?.headers).not.toHaveProperty("host");
});

test.each([
  [new OutboundFailed("connect", "refused"), 503],
  [new OutboundRefused("not public"), 500],
])("%s is answered %d", async (error, status) => {
  const integration = { integrationUri: "http://10.0.0.1/" } as ApiIntegration;
  const reply = await callEndpoint(
    { request: () => Promise.reject(error) },
    { call: callOf() },
    integration,
    Buffer.of(),
    new AbortController().signal,
  );
  expect(reply.status).toBe(status);
});
