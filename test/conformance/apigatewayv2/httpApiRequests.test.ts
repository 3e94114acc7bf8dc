import {
  CreateApiMappingCommand,
  CreateAuthorizerCommand,
  CreateDeploymentCommand,
  CreateDomainNameCommand,
  DeleteDomainNameCommand,
  DeleteRouteCommand,
  UpdateApiCommand,
  UpdateIntegrationCommand,
  UpdateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { RemovePermissionCommand } from "@aws-sdk/client-lambda";
import { zipOf } from "@hearth/testkit";
import { presignUrl } from "@hearth/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signedCall } from "../../support/signedFetch.ts";
import { type UrlCall, urlCall } from "../../support/urlCall.ts";
import { type HttpApiTarget, httpApiTarget } from "./httpApiTarget.ts";

/** Answers with its event, or as the path asks. */
const WEB = `
let calls = 0;
export const handler = async (event) => {
  const path = event.rawPath ?? event.path;
  if (path.endsWith("/throw")) throw new Error("on purpose");
  if (path.endsWith("/answer")) return { statusCode: 418, headers: { "x-own": "yes" }, cookies: ["a=1", "b=2"], body: "short and stout" };
  if (path.endsWith("/wrong")) return { statusCode: "many" };
  return { statusCode: 200, body: JSON.stringify(event) };
};
export const authorize = async (event) => {
  calls++;
  const token = event.headers.token;
  if (token === "broken") throw new Error("on purpose");
  const context = { calls: String(calls), user: token };
  if (event.version === "2.0") return { isAuthorized: token === "yes", context };
  const Effect = token === "yes" ? "Allow" : "Deny";
  const Statement = [{ Action: "execute-api:Invoke", Effect, Resource: event.methodArn }];
  return { principalId: "me", policyDocument: { Version: "2012-10-17", Statement }, context };
};
`;

let target: HttpApiTarget & AsyncDisposable;
let web = "";
let authorize = "";
beforeAll(async () => {
  target = await httpApiTarget();
  const zip = await zipOf({ "index.mjs": WEB });
  [web, authorize] = await Promise.all([
    target.newFunction(zip),
    target.newFunction(zip, { Handler: "index.authorize" }),
  ]);
});
afterAll(async () => await target[Symbol.asyncDispose]());

const json = async (ApiId: string, path: string, how?: UrlCall) => {
  const { status, body } = await target.call(ApiId, path, how);
  expect({ status, body }).toMatchObject({ status: 200 });
  return JSON.parse(body) as Record<string, unknown>;
};

async function apiWith(routes: readonly string[], more: { readonly format?: string } = {}) {
  const ApiId = await target.newApi();
  const IntegrationId = await target.newIntegration(ApiId, web, more.format);
  for (const key of routes) await target.newRoute(ApiId, key, { Target: `integrations/${IntegrationId}` });
  return { ApiId, IntegrationId };
}

test("quick create: one call makes an API that passes everything to the function", async () => {
  const ApiId = await target.newApi({ Target: web });
  const event = await json(ApiId, "/any/where?a=1&a=2&b=%20", {
    method: "POST",
    headers: { "X-Own": "1", cookie: "k=v; l=w" },
    body: "text",
  });
  expect(event).toMatchObject({
    version: "2.0",
    routeKey: "$default",
    rawPath: "/any/where",
    rawQueryString: "a=1&a=2&b=%20",
    cookies: ["k=v", "l=w"],
    headers: { "x-own": "1", host: `${ApiId}.execute-api.${target.region}.localhost` },
    queryStringParameters: { a: "1,2", b: " " },
    requestContext: {
      accountId: target.accountId,
      apiId: ApiId,
      domainName: `${ApiId}.execute-api.${target.region}.localhost`,
      domainPrefix: ApiId,
      http: { method: "POST", path: "/any/where", protocol: "HTTP/1.1" },
      routeKey: "$default",
      stage: "$default",
    },
    isBase64Encoded: true,
    body: Buffer.from("text").toString("base64"),
  });
});

test("the path form leads to the same API, and shows the function the same path", async () => {
  const ApiId = await target.newApi({ Target: web });
  const { protocol, hostname, port } = (await target.apis.config.endpoint?.()) ?? {};
  const endpoint = `${protocol}//${hostname}:${port}`;
  const answer = await urlCall(endpoint, endpoint, { path: `/_hearth/api/${ApiId}/$default/any/path` });
  expect(answer.headers["content-security-policy"]).toBe("sandbox");
  expect(JSON.parse(answer.body)).toMatchObject({ rawPath: "/any/path", requestContext: { stage: "$default" } });
});

test("answers: status, headers and cookies of the function; errors of the function are the API's", async () => {
  const ApiId = await target.newApi({ Target: web });
  const answer = await target.call(ApiId, "/answer");
  expect(answer).toMatchObject({
    status: 418,
    body: "short and stout",
    headers: { "x-own": "yes", "set-cookie": ["a=1", "b=2"] },
  });
  const failed = { status: 500, body: '{"message":"Internal Server Error"}' };
  expect(await target.call(ApiId, "/throw")).toMatchObject(failed);
  expect(await target.call(ApiId, "/wrong")).toMatchObject(failed);
});

test("routes: variables, the method before ANY, and no answer without a route", async () => {
  const { ApiId } = await apiWith(["GET /pets/{id}", "ANY /pets/{id}", "GET /files/{path+}"]);
  await target.newStage(ApiId);
  expect(await json(ApiId, "/pets/a%20b")).toMatchObject({
    routeKey: "GET /pets/{id}",
    rawPath: "/pets/a%20b",
    pathParameters: { id: "a b" },
  });
  expect(await json(ApiId, "/pets/1", { method: "DELETE" })).toMatchObject({ routeKey: "ANY /pets/{id}" });
  expect(await json(ApiId, "/files/a/b")).toMatchObject({ pathParameters: { path: "a/b" } });
  expect(await target.call(ApiId, "/pets")).toMatchObject({ status: 404, body: '{"message":"Not Found"}' });
  expect(await target.call(ApiId, "/files/../pets/1", { method: "POST" })).toMatchObject({ status: 404 });
});

test("payload format 1.0", async () => {
  const { ApiId } = await apiWith(["GET /pets/{id}"], { format: "1.0" });
  await target.newStage(ApiId, { StageName: "prod", StageVariables: { colour: "red" } });
  expect(await json(ApiId, "/prod/pets/7?a=1&a=2", { headers: { "x-own": ["1", "2"] } })).toMatchObject({
    version: "1.0",
    resource: "/pets/{id}",
    path: "/prod/pets/7",
    httpMethod: "GET",
    queryStringParameters: { a: "2" },
    multiValueQueryStringParameters: { a: ["1", "2"] },
    pathParameters: { id: "7" },
    stageVariables: { colour: "red" },
    requestContext: { resourcePath: "/pets/{id}", stage: "prod", path: "/prod/pets/7" },
    body: null,
    isBase64Encoded: false,
  });
});

test("a stage without auto-deploy serves what was deployed; a stage with it serves every change at once", async () => {
  const { ApiId } = await apiWith(["GET /one"]);
  await target.newStage(ApiId, { StageName: "now" });
  await target.newStage(ApiId, { StageName: "fixed", AutoDeploy: false });
  expect(await target.call(ApiId, "/fixed/one")).toMatchObject({ status: 404 });
  await target.apis.send(new CreateDeploymentCommand({ ApiId, StageName: "fixed" }));
  expect((await target.call(ApiId, "/fixed/one")).status).toBe(200);
  const RouteId = await target.newRoute(ApiId, "GET /two");
  expect((await target.call(ApiId, "/now/two")).status).toBe(500); // a route without an integration
  expect((await target.call(ApiId, "/fixed/two")).status).toBe(404);
  await target.apis.send(new UpdateStageCommand({ ApiId, StageName: "now", AutoDeploy: false }));
  await target.apis.send(new DeleteRouteCommand({ ApiId, RouteId }));
  expect((await target.call(ApiId, "/now/two")).status).toBe(500); // what was there when it stopped to deploy
});

test("a function that does not allow the API is not called", async () => {
  const closed = await target.newFunction(await zipOf({ "index.mjs": WEB }));
  const ApiId = await target.newApi({ Target: closed });
  expect((await target.call(ApiId, "/")).status).toBe(200);
  await target.lambda.client.send(new RemovePermissionCommand({ FunctionName: closed, StatementId: "api" }));
  expect(await target.call(ApiId, "/")).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' });
});

test("throttling of a route", async () => {
  const { ApiId } = await apiWith(["GET /slow", "GET /free"]);
  const RouteSettings = { "GET /slow": { ThrottlingBurstLimit: 1, ThrottlingRateLimit: 0.001 } };
  await target.newStage(ApiId, { RouteSettings });
  expect((await target.call(ApiId, "/slow")).status).toBe(200);
  expect(await target.call(ApiId, "/slow")).toMatchObject({ status: 429, body: '{"message":"Too Many Requests"}' });
  expect((await target.call(ApiId, "/free")).status).toBe(200);
});

test("CORS is answered by the API", async () => {
  const ApiId = await target.newApi({
    Target: web,
    CorsConfiguration: {
      AllowOrigins: ["https://app.example"],
      AllowMethods: ["GET", "PUT"],
      AllowHeaders: ["x-own"],
      MaxAge: 60,
    },
  });
  const headers = { origin: "https://app.example", "access-control-request-method": "PUT" };
  const preflight = await target.call(ApiId, "/", { method: "OPTIONS", headers });
  expect(preflight).toMatchObject({
    status: 204,
    headers: {
      "access-control-allow-origin": "https://app.example",
      "access-control-allow-methods": "GET,PUT",
      "access-control-allow-headers": "x-own",
      "access-control-max-age": "60",
    },
  });
  const answer = await target.call(ApiId, "/", { headers: { origin: "https://app.example" } });
  expect(answer.headers["access-control-allow-origin"]).toBe("https://app.example");
  const other = await target.call(ApiId, "/", { headers: { origin: "https://evil.example" } });
  expect(other.headers["access-control-allow-origin"]).toBeUndefined();
});

test.each([
  ["simple answers", "2.0", true],
  ["policies", "1.0", false],
])("a Lambda authorizer with %s decides, and its decision is remembered", async (_, version, EnableSimpleResponses) => {
  const { ApiId, IntegrationId } = await apiWith([]);
  const authorizer = {
    ...{ ApiId, Name: "own", AuthorizerUri: authorize, EnableSimpleResponses },
    ...{ IdentitySource: ["$request.header.token"], AuthorizerPayloadFormatVersion: version },
    AuthorizerType: "REQUEST" as const,
  };
  const { AuthorizerId } = await target.apis.send(new CreateAuthorizerCommand(authorizer));
  const Target = `integrations/${IntegrationId}`;
  await target.newRoute(ApiId, "GET /", { Target, AuthorizationType: "CUSTOM", AuthorizerId });
  await target.newStage(ApiId);
  const as = (token: string) => target.call(ApiId, "/", { headers: { token } });
  expect(await target.call(ApiId, "/")).toMatchObject({ status: 401, body: '{"message":"Unauthorized"}' });
  expect(await as("no")).toMatchObject({ status: 403, body: '{"message":"Forbidden"}' });
  expect(await as("broken")).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' });
  const [first, second] = [await as("yes"), await as("yes")].map(({ body }) => JSON.parse(body));
  expect(first.requestContext.authorizer.lambda).toMatchObject({ user: "yes" });
  expect(second.requestContext.authorizer).toEqual(first.requestContext.authorizer);
});

test("a route with AWS_IAM takes signatures for execute-api only, and keeps them from the function", async () => {
  const { ApiId, IntegrationId } = await apiWith([]);
  await target.newRoute(ApiId, "POST /signed", {
    Target: `integrations/${IntegrationId}`,
    AuthorizationType: "AWS_IAM",
  });
  await target.newRoute(ApiId, "GET /signed", {
    Target: `integrations/${IntegrationId}`,
    AuthorizationType: "AWS_IAM",
  });
  await target.newStage(ApiId, { StageName: "prod" });
  const { protocol, hostname, port } = (await target.apis.config.endpoint?.()) ?? {};
  const { accessKeyId, secretAccessKey } = await target.apis.config.credentials();
  const config = (secret: string) => ({
    endpoint: `${protocol}//${hostname}:${port}`,
    region: target.region,
    credentials: { accessKeyId, secretAccessKey: secret },
  });
  const path = ["_hearth", "api", ApiId, "prod", "signed"];
  const call = {
    service: "execute-api",
    method: "POST",
    path,
    query: [],
    headers: {},
    body: Buffer.from("signed body"),
  };
  const answer = await signedCall(config(secretAccessKey), call);
  expect(answer.status).toBe(200);
  const event = JSON.parse(answer.body.toString());
  expect(event.requestContext.authorizer.iam).toMatchObject({ accountId: target.accountId, accessKey: accessKeyId });
  expect(event.headers).not.toHaveProperty("authorization");
  const forbidden = { status: 403, body: '{"message":"Forbidden"}' };
  for (const refused of [
    await signedCall(config("wrong"), call),
    await signedCall(config(secretAccessKey), { ...call, service: "lambda" }),
  ]) {
    expect({ status: refused.status, body: refused.body.toString() }).toEqual(forbidden);
  }
  expect(await target.call(ApiId, "/prod/signed", { method: "POST" })).toMatchObject(forbidden);
  const options = { region: target.region, service: "execute-api", expiresSeconds: 300, now: Date.now() };
  const key = { accessKeyId, secretAccessKey };
  const link = presignUrl(`${protocol}//${hostname}:${port}`, `/${path.join("/")}`, { q: "1" }, key, options);
  const linked = (await (await fetch(link)).json()) as Record<string, unknown>;
  expect(linked).toMatchObject({ rawQueryString: "q=1", queryStringParameters: { q: "1" } });
});

test("a custom domain name leads to a stage, by the longest mapping", async () => {
  const name = `api-${crypto.randomUUID()}.example`;
  const { ApiId } = await apiWith(["GET /x"]);
  await target.newStage(ApiId, { StageName: "prod" });
  const DomainNameConfigurations = [{ CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/1" }];
  await target.apis.send(new CreateDomainNameCommand({ DomainName: name, DomainNameConfigurations }));
  await target.apis.send(new CreateApiMappingCommand({ DomainName: name, ApiId, Stage: "prod", ApiMappingKey: "v1" }));
  const { protocol, hostname, port } = (await target.apis.config.endpoint?.()) ?? {};
  const ask = (path: string) => urlCall(`${protocol}//${hostname}:${port}`, `http://${name}/`, { path });
  await expect.poll(async () => (await ask("/v1/x")).status).toBe(200);
  const event = JSON.parse((await ask("/v1/x")).body);
  expect(event).toMatchObject({ rawPath: "/x", requestContext: { domainName: name, stage: "prod" } });
  expect((await ask("/v12/x")).status).toBe(404);
  await target.apis.send(new DeleteDomainNameCommand({ DomainName: name }));
});

test("requests are changed by parameter mapping before a function gets them", async () => {
  const { ApiId, IntegrationId } = await apiWith(["ANY /things/{id}"]);
  await target.newStage(ApiId);
  const RequestParameters = {
    "append:header.x-list": "two",
    "overwrite:header.x-id": "$request.path.id",
    "remove:header.x-secret": "''",
    "overwrite:header.authorization": "reserved",
    "overwrite:querystring.page": "p-${request.querystring.page}-${context.stage}",
    "remove:querystring.gone": "''",
    "append:querystring.more": "a&b",
    "overwrite:path": "/other/${request.body.kind}",
  };
  await target.apis.send(new UpdateIntegrationCommand({ ApiId, IntegrationId, RequestParameters }));
  const answer = await target.call(ApiId, "/things/7?page=2&gone=1&kept=yes", {
    method: "POST",
    headers: { "x-list": "one", "x-secret": "s", authorization: "mine", "content-type": "application/json" },
    body: '{"kind":"cat"}',
  });
  const event = JSON.parse(answer.body) as Record<string, unknown>;
  expect(event).toMatchObject({
    headers: { "x-list": "one,two", "x-id": "7", authorization: "mine" },
    queryStringParameters: { page: "p-2-$default", kept: "yes", more: "a&b" },
    rawPath: "/other/cat",
    pathParameters: { id: "7" },
    body: '{"kind":"cat"}',
  });
  expect(event["headers"]).not.toHaveProperty("x-secret");
  expect(event["queryStringParameters"]).not.toHaveProperty("gone");
});

test("responses are changed by parameter mapping", async () => {
  const { ApiId, IntegrationId } = await apiWith(["GET /answer"]);
  await target.newStage(ApiId);
  const ResponseParameters = {
    "418": { "overwrite:statuscode": "200", "append:header.x-more": "$context.requestId", "remove:header.x-own": "''" },
  };
  await target.apis.send(new UpdateIntegrationCommand({ ApiId, IntegrationId, ResponseParameters }));
  const answer = await target.call(ApiId, "/answer");
  expect(answer.status).toBe(200);
  expect(answer.headers["x-own"]).toBeUndefined();
  expect(answer.headers["x-more"]).toMatch(/^[0-9a-f-]{36}$/);
});

test("an API that is deleted or switched off answers no more", async () => {
  const ApiId = await target.newApi({ Target: web });
  expect((await target.call(ApiId, "/")).status).toBe(200);
  await target.apis.send(new UpdateApiCommand({ ApiId, DisableExecuteApiEndpoint: true }));
  await expect.poll(async () => (await target.call(ApiId, "/")).status).toBe(404);
  expect(await target.call("0123456789", "/")).toMatchObject({ status: 404, body: '{"message":"Not Found"}' });
});
