import * as sdk from "@aws-sdk/client-api-gateway";
import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { AddPermissionCommand, CreateFunctionUrlConfigCommand } from "@aws-sdk/client-lambda";
import { OutsideServer } from "@hearth/testkit";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type UrlCall, urlCall } from "../../support/urlCall.ts";
import { servedRestApis, type ServedRestApis } from "./servedRestApis.ts";

let outside: OutsideServer;
let target: ServedRestApis & AsyncDisposable;
let rest: sdk.APIGatewayClient;
/** Made first: what is counted shows after some seconds. */
let measured: ReturnType<typeof measuredRequests>;
beforeAll(async () => {
  outside = await OutsideServer.open();
  target = await servedRestApis({ env: { HEARTH_OUTBOUND_ALLOW: `*=127.0.0.1/32:${outside.port}` } });
  ({ rest } = target);
  measured = measuredRequests();
  measured.catch(() => undefined);
});
beforeEach(() => {
  outside.received.length = 0;
});
afterAll(async () => {
  await target?.[Symbol.asyncDispose]();
  await outside?.[Symbol.asyncDispose]();
});

/** Requests for a REST API, an HTTP API and a function URL, of which one each is refused. */
async function measuredRequests() {
  const { http } = target;
  const apiName = `m\u00e9tric-${crypto.randomUUID()}`;
  const { restApiId } = await target.apiWith({}, target.proxy(), { api: { name: apiName } });
  await target.deploy(restApiId);
  const patchOperations = [{ op: "replace" as const, path: "/*/*/metrics/enabled", value: "true" }];
  await rest.send(new sdk.UpdateStageCommand({ restApiId, stageName: "dev", patchOperations }));
  const ApiId = await http.newApi();
  const Target = `integrations/${await http.newIntegration(ApiId, target.arns.handler)}`;
  await http.newRoute(ApiId, "GET /x", { Target });
  await http.newStage(ApiId);
  const FunctionName = target.arns.handler.split(":").at(-1) ?? "";
  const { client } = target.lambda;
  const { FunctionUrl: url = "" } = await client.send(
    new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE" }),
  );
  const open = { FunctionName, Principal: "*" };
  await client.send(
    new AddPermissionCommand({
      ...open,
      StatementId: "u",
      Action: "lambda:InvokeFunctionUrl",
      FunctionUrlAuthType: "NONE",
    }),
  );
  await client.send(
    new AddPermissionCommand({
      ...open,
      StatementId: "i",
      Action: "lambda:InvokeFunction",
      InvokedViaFunctionUrl: true,
    }),
  );
  for (const path of ["/dev", "/dev", "/dev/none"]) await target.call(restApiId, path);
  for (const path of ["/x", "/none"]) await http.call(ApiId, path);
  for (const method of ["GET", "TRACE"]) await urlCall(target.endpoint, url, { method }).catch(() => undefined);
  return { apiName: apiName.replace("\u00e9", ""), ApiId, FunctionName };
}

test("HTTP: parameters and body of the request by mappings, the answer by patterns of its status", async () => {
  const { restApiId, rootId } = await target.newRestApi();
  const resourceId = await target.newResource(restApiId, rootId, "{id}");
  const of = { restApiId, resourceId, httpMethod: "POST" };
  const requestParameters = {
    "integration.request.path.id": "method.request.path.id",
    "integration.request.querystring.q": "method.request.querystring.search",
    "integration.request.querystring.all": "method.request.multivaluequerystring.tag",
    "integration.request.header.X-Token": "method.request.header.authorization",
    "integration.request.header.X-Fixed": "'fixed'",
    "integration.request.header.X-Stage": "context.stage",
    "integration.request.header.X-Variable": "stageVariables.colour",
    "integration.request.header.X-Name": "method.request.body.user.name",
    "integration.request.header.X-None": "method.request.header.none",
  };
  await target.newMethod(
    of,
    {},
    {
      ...{ type: "HTTP", integrationHttpMethod: "PUT", uri: `${outside.url}/\${stageVariables.version}/{id}?fixed=1` },
      ...{ requestParameters, requestTemplates: { "application/json": '{"name": "$input.path(\'$.user.name\')"}' } },
    },
  );
  await target.respond(of, "200", {
    responseParameters: {
      "method.response.header.X-From": "integration.response.header.x-own",
      "method.response.header.X-Id": "integration.response.body.item.id",
    },
    responseTemplates: { "application/json": "{\"seen\": $input.json('$.item')}" },
  });
  await target.respond(of, "400", {
    selectionPattern: "4\\d{2}",
    responseTemplates: { "application/json": '{"refused": true}' },
  });
  await target.respond(of, "502", { selectionPattern: "5\\d{2}" });
  await target.deploy(restApiId, { variables: { version: "v2", colour: "red" } });
  const post = async (path: string, more: UrlCall = {}) =>
    await target.call(restApiId, path, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "secret", "x-other": "1" },
      body: '{"user": {"name": "me"}}',
      ...more,
    });

  outside.answer = { status: 201, headers: { "x-own": "o", "x-hidden": "h" }, body: '{"item": {"id": 7}}' };
  const answer = await post("/dev/a%2F..%2Fb?search=x%20y&search=z&tag=1&tag=2&more=3");
  expect(answer).toMatchObject({ status: 200, body: '{"seen": {"id":7}}', headers: { "x-from": "o", "x-id": "7" } });
  expect(answer.headers).not.toHaveProperty("x-hidden");
  const [got] = outside.received;
  expect(got).toMatchObject({
    method: "PUT",
    body: '{"name": "me"}',
    headers: { "x-token": "secret", "x-fixed": "fixed", "x-stage": "dev", "x-variable": "red", "x-name": "me" },
  });
  const url = new URL(got?.url ?? "", outside.url);
  expect(url.pathname).toBe("/v2/a//b");
  expect([...url.searchParams]).toEqual([
    ["fixed", "1"],
    ["q", "z"],
    ["all", "1"],
    ["all", "2"],
  ]);
  for (const name of ["authorization", "x-other", "x-none"]) expect(got?.headers).not.toHaveProperty(name);

  outside.answer = { status: 418, body: "teapot" };
  expect(await post("/dev/1")).toMatchObject({ status: 400, body: '{"refused": true}' });
  outside.answer = { status: 503, body: "broken" };
  expect(await post("/dev/1")).toMatchObject({ status: 502, body: "broken" });
});

test("HTTP_PROXY: everything is passed on and back, and the path cannot leave its place", async () => {
  const { restApiId, rootId } = await target.newRestApi();
  const resourceId = await target.newResource(restApiId, rootId, "{proxy+}");
  await target.newMethod(
    { restApiId, resourceId, httpMethod: "ANY" },
    { requestParameters: { "method.request.path.proxy": true } },
    {
      ...{ type: "HTTP_PROXY", integrationHttpMethod: "ANY", uri: `${outside.url}/base/{proxy}` },
      requestParameters: {
        "integration.request.path.proxy": "method.request.path.proxy",
        "integration.request.header.X-Added": "'added'",
      },
    },
  );
  await target.deploy(restApiId);
  outside.answer = { status: 207, headers: { "x-own": "1", "content-type": "text/plain" }, body: "there" };
  const answer = await target.call(restApiId, "/dev/a/b?q=1&q=2&r=%26", {
    method: "PATCH",
    headers: { "x-twice": ["1", "2"], cookie: "a=1", "content-type": "text/plain" },
    body: "here",
  });
  expect(answer).toMatchObject({ status: 207, body: "there", headers: { "x-own": "1", "content-type": "text/plain" } });
  expect(outside.received[0]).toMatchObject({
    method: "PATCH",
    url: "/base/a/b?q=1&q=2&r=%26",
    headers: { "x-twice": "1,2", "x-added": "added", cookie: "a=1", "x-amzn-apigateway-api-id": restApiId },
    body: "here",
  });
  for (const path of [
    "../x",
    "..%2Fx",
    "%2e%2e/x",
    "a/%2e%2e%2f%2e%2e/x",
    "..%5Cx",
    "@evil.example/",
    "%00",
    "a%3Fb%23c",
  ]) {
    outside.received.length = 0;
    expect((await target.call(restApiId, `/dev/${path}`)).status, path).toBe(207);
    expect(outside.received[0]?.url, path).toMatch(/^\/base\/(?!.*(?:^|\/)\.\.(?:\/|$))/);
  }
});

test("endpoints that hang or hang up are 504, and gateway responses change what the API itself answers", async () => {
  const { restApiId, rootId: resourceId } = await target.newRestApi();
  const method = { restApiId, resourceId, httpMethod: "GET" };
  await target.newMethod(
    method,
    {},
    { type: "HTTP_PROXY", integrationHttpMethod: "GET", uri: outside.url, timeoutInMillis: 300 },
  );
  await target.newMethod(
    { ...method, httpMethod: "POST" },
    {},
    { type: "HTTP_PROXY", integrationHttpMethod: "POST", uri: "http://127.0.0.1:1/" },
  );
  await target.deploy(restApiId);
  outside.answer = "hang";
  const timedOut = { status: 504, body: '{"message": "Endpoint request timed out"}' };
  expect(await target.call(restApiId, "/dev")).toMatchObject(timedOut);
  outside.answer = "close";
  expect(await target.call(restApiId, "/dev")).toMatchObject({
    status: 504,
    body: '{"message": "Network error communicating with endpoint"}',
  });
  // An address that this Hearth lets no account reach.
  expect(await target.call(restApiId, "/dev", { method: "POST" })).toMatchObject({
    status: 500,
    body: '{"message": "Internal server error"}',
  });

  const change = async (responseType: sdk.GatewayResponseType, more: Partial<sdk.PutGatewayResponseCommandInput>) =>
    await rest.send(new sdk.PutGatewayResponseCommand({ restApiId, responseType, ...more }));
  const responseParameters = { "gatewayresponse.header.Access-Control-Allow-Origin": "'*'" };
  await change("DEFAULT_4XX", { responseParameters });
  await change("DEFAULT_5XX", {
    responseParameters,
    responseTemplates: {
      "application/json": '{"type": "$context.error.responseType", "path": "$context.path"}',
      "text/plain": "$context.error.message",
    },
  });
  await change("INTEGRATION_FAILURE", {
    statusCode: "503",
    responseTemplates: { "application/json": '{"own": $context.error.messageString}' },
  });
  await target.deploy(restApiId);
  const allowed = { "access-control-allow-origin": "*" };
  expect(await target.call(restApiId, "/dev/none")).toMatchObject({
    status: 403,
    body: '{"message":"Missing Authentication Token"}',
    headers: { ...allowed, "x-amzn-errortype": "MissingAuthenticationTokenException" },
  });
  outside.answer = "hang";
  expect(await target.call(restApiId, "/dev")).toMatchObject({
    status: 504,
    body: '{"type": "INTEGRATION_TIMEOUT", "path": "/dev"}',
    headers: allowed,
  });
  expect(await target.call(restApiId, "/dev", { method: "POST", headers: { accept: "text/plain" } })).toMatchObject({
    status: 500,
    body: "Internal server error",
    headers: { ...allowed, "content-type": "text/plain" },
  });
  outside.answer = "close";
  const own = await target.call(restApiId, "/dev");
  expect(own).toMatchObject({ status: 503, body: '{"own": "Network error communicating with endpoint"}' });
  expect(own.headers).not.toHaveProperty("access-control-allow-origin");
});

test("an authorizer names the API key where the API asks for that", async () => {
  const { restApiId, rootId: resourceId } = await target.newRestApi({ apiKeySource: "AUTHORIZER" });
  const { id: authorizerId = "" } = await rest.send(
    new sdk.CreateAuthorizerCommand({
      ...{ restApiId, name: "r", type: "REQUEST", authorizerUri: target.uriOf(target.arns.authorize) },
      ...{ identitySource: "method.request.header.token", authorizerResultTtlInSeconds: 0 },
    }),
  );
  const method = { authorizationType: "CUSTOM", authorizerId, apiKeyRequired: true };
  await target.newMethod({ restApiId, resourceId }, method, target.proxy());
  await target.deploy(restApiId);
  const value = `value-of-a-key-${restApiId}`;
  const { id: keyId = "" } = await rest.send(new sdk.CreateApiKeyCommand({ value, enabled: true }));
  const apiStages = [{ apiId: restApiId, stage: "dev" }];
  const { id: usagePlanId = "" } = await rest.send(new sdk.CreateUsagePlanCommand({ name: "p", apiStages }));
  await rest.send(new sdk.CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: "API_KEY" }));
  const get = async (headers: Record<string, string>) =>
    await target.call(restApiId, "/dev", { headers: { token: "yes", ...headers } });
  await expect.poll(async () => (await get({ key: value })).status, { timeout: 60_000 }).toBe(200);
  const identity = { apiKey: value, apiKeyId: keyId };
  expect(JSON.parse((await get({ key: value })).body)).toMatchObject({ requestContext: { identity } });
  const forbidden = { status: 403, body: '{"message":"Forbidden"}' };
  expect(await get({})).toMatchObject(forbidden);
  expect(await get({ key: "another-key-of-no-account" })).toMatchObject(forbidden);
  expect(await get({ "x-api-key": value })).toMatchObject(forbidden);
  await rest.send(new sdk.DeleteUsagePlanCommand({ usagePlanId })).catch(() => undefined);
  await rest.send(new sdk.DeleteApiKeyCommand({ apiKey: keyId })).catch(() => undefined);
});

test("bodies are converted between text and bytes as contentHandling and the binary types say", async () => {
  const { restApiId, rootId: resourceId } = await target.newRestApi({ binaryMediaTypes: ["image/png"] });
  const of = (httpMethod: string) => ({ restApiId, resourceId, httpMethod });
  const http = { type: "HTTP" as const, integrationHttpMethod: "POST", uri: outside.url };
  await target.newMethod(of("PUT"), {}, { ...http, contentHandling: "CONVERT_TO_BINARY" });
  await target.respond(of("PUT"), "200", { contentHandling: "CONVERT_TO_TEXT" });
  await target.newMethod(of("POST"), {}, { ...http, contentHandling: "CONVERT_TO_TEXT" });
  await target.respond(of("POST"), "200", { contentHandling: "CONVERT_TO_BINARY" });
  await target.newMethod(of("PATCH"), {}, http);
  await target.respond(of("PATCH"), "200");
  const lambda = {
    type: "AWS" as const,
    integrationHttpMethod: "POST",
    uri: target.uriOf(target.arns.plain),
    contentHandling: "CONVERT_TO_TEXT" as const,
  };
  await target.newMethod(of("DELETE"), {}, { ...lambda, requestTemplates: { "image/png": '{"data": "$input.body"}' } });
  await target.respond(of("DELETE"), "200", { responseTemplates: { "application/json": "$input.path('$.got.data')" } });
  await target.deploy(restApiId);
  const bytes = Buffer.from([1, 2, 3, 200]);
  const base64 = bytes.toString("base64");
  const latin = bytes.toString("utf8");
  /** What the endpoint got, and what the client got, for a body of each kind both ways. */
  const through = async (method: string, sent: "text" | "bytes", back: "text" | "bytes", accept: string) => {
    outside.received.length = 0;
    const type = (kind: "text" | "bytes"): string => (kind === "bytes" ? "image/png" : "text/plain");
    outside.answer = { status: 200, headers: { "content-type": type(back) }, body: back === "bytes" ? bytes : base64 };
    const { status, body } = await target.call(restApiId, "/dev", {
      method,
      headers: { "content-type": type(sent), accept },
      body: sent === "bytes" ? bytes : base64,
    });
    return [status, outside.received[0]?.body, body];
  };
  expect(await through("PUT", "text", "bytes", "text/plain")).toEqual([200, latin, base64]);
  expect(await through("PUT", "bytes", "text", "text/plain")).toEqual([200, latin, base64]);
  expect(await through("POST", "bytes", "text", "text/plain")).toEqual([200, base64, latin]);
  expect(await through("POST", "text", "bytes", "text/plain")).toEqual([200, base64, latin]);
  expect(await through("PATCH", "bytes", "bytes", "image/png")).toEqual([200, latin, latin]);
  expect(await through("PATCH", "text", "text", "text/plain")).toEqual([200, base64, base64]);
  expect(await through("PATCH", "text", "bytes", "text/plain")).toEqual([200, base64, base64]);
  expect(await through("PATCH", "text", "text", "image/png")).toEqual([200, base64, latin]);
  const broken = { method: "PUT", headers: { "content-type": "text/plain" }, body: "no base64!" };
  expect(await target.call(restApiId, "/dev", broken)).toMatchObject({ status: 500 });
  const png = { method: "DELETE", headers: { "content-type": "image/png", "content-length": "4" }, body: bytes };
  expect(await target.call(restApiId, "/dev", png)).toMatchObject({ status: 200, body: base64 });
});

test("requests are counted in CloudWatch: by API and stage, by method where the stage asks for it, and by function URL", async () => {
  const { apiName, ApiId, FunctionName } = await measured;
  const cloudwatch = new CloudWatchClient({
    ...{ endpoint: target.endpoint, region: target.region, credentials: rest.config.credentials },
  });
  const statistics = async (Namespace: string, MetricName: string, dimensions: Record<string, string>) => {
    const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
    const range = {
      StartTime: new Date(Date.now() - 3_600_000),
      EndTime: new Date(Date.now() + 60_000),
      Period: 86_400,
    };
    const Statistics: ("Sum" | "SampleCount")[] = ["Sum", "SampleCount"];
    const { Datapoints = [] } = await cloudwatch.send(
      new GetMetricStatisticsCommand({ ...{ Namespace, MetricName, Dimensions, Statistics }, ...range }),
    );
    return [
      Datapoints.reduce((sum, one) => sum + (one.Sum ?? 0), 0),
      Datapoints.reduce((sum, one) => sum + (one.SampleCount ?? 0), 0),
    ];
  };
  const soon = { timeout: 60_000, interval: 500 };
  const ofRest = { ApiName: apiName, Stage: "dev" };
  await expect.poll(() => statistics("AWS/ApiGateway", "Count", ofRest), soon).toEqual([3, 3]);
  expect(await statistics("AWS/ApiGateway", "4XXError", ofRest)).toEqual([1, 3]);
  expect(await statistics("AWS/ApiGateway", "5XXError", { ApiName: apiName })).toEqual([0, 3]);
  expect((await statistics("AWS/ApiGateway", "Latency", ofRest))[1]).toBe(3);
  expect((await statistics("AWS/ApiGateway", "IntegrationLatency", ofRest))[1]).toBe(2);
  const ofMethod = { ApiName: apiName, Method: "GET", Resource: "/", Stage: "dev" };
  expect(await statistics("AWS/ApiGateway", "Count", ofMethod)).toEqual([2, 2]);
  const ofHttp = { ApiId, Stage: "$default" };
  await expect.poll(() => statistics("AWS/ApiGateway", "Count", ofHttp), soon).toEqual([2, 2]);
  expect(await statistics("AWS/ApiGateway", "4xx", { ApiId })).toEqual([1, 2]);
  const none = { ApiId, Method: "GET", Resource: "/x", Stage: "$default" };
  expect(await statistics("AWS/ApiGateway", "Count", none)).toEqual([0, 0]);
  await expect.poll(() => statistics("AWS/Lambda", "UrlRequestCount", { FunctionName }), soon).toEqual([2, 2]);
  const ofUrl = { FunctionName, Resource: `${FunctionName}:$LATEST` };
  expect(await statistics("AWS/Lambda", "Url4xxCount", ofUrl)).toEqual([1, 2]);
  expect((await statistics("AWS/Lambda", "UrlRequestLatency", ofUrl))[1]).toBe(2);
  cloudwatch.destroy();
});
