import * as sdk from "@aws-sdk/client-api-gateway";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signedCall } from "../../support/signedFetch.ts";
import { type UrlCall, urlCall } from "../../support/urlCall.ts";
import { type RestApiTarget, restApiTarget } from "./restApiTarget.ts";

/** Answers with its event, or as the path asks. */
const WEB = `
let calls = 0;
export const handler = async (event) => {
  const path = event.path ?? "";
  if (path.endsWith("/answer")) return { statusCode: 418, headers: { "x-own": "yes" }, multiValueHeaders: { "set-cookie": ["a=1", "b=2"] }, body: "short and stout" };
  if (path.endsWith("/binary")) return { statusCode: 200, headers: { "content-type": "image/png" }, body: "AQID", isBase64Encoded: true };
  if (path.endsWith("/throw")) throw new Error("on purpose");
  if (path.endsWith("/wrong")) return { status: 200 };
  return { statusCode: 200, body: JSON.stringify(event) };
};
export const plain = async (event) => {
  if (event.fail) throw new Error(event.fail);
  return { got: event, list: ["a", "b"] };
};
export const authorize = async (event) => {
  calls++;
  const token = event.authorizationToken ?? event.headers?.token;
  if (token === "unauthorized") throw new Error("Unauthorized");
  if (token === "broken") throw new Error("on purpose");
  const Effect = token === "no" ? "Deny" : "Allow";
  const Resource = token === "other" ? event.methodArn + "/other" : event.methodArn.replace(/\\/[^/]+\\/[^/]+$/, "/*/*");
  const policyDocument = { Version: "2012-10-17", Statement: [{ Action: "execute-api:Invoke", Effect, Resource }] };
  return { principalId: "me", policyDocument, context: { calls, yes: true, type: event.type }, usageIdentifierKey: event.headers?.key };
};
export const stream = awslambda.streamifyResponse(async (event, out) => {
  out = awslambda.HttpResponseStream.from(out, { statusCode: 201, headers: { "x-own": event.path } });
  out.write("one ");
  out.end("two");
});
`;

let target: RestApiTarget & AsyncDisposable;
let rest: sdk.APIGatewayClient;
let endpoint = "";
const arns = { handler: "", plain: "", authorize: "", stream: "" };
beforeAll(async () => {
  target = await restApiTarget();
  ({ rest } = target);
  const { protocol, hostname, port } = (await target.lambda.client.config.endpoint?.()) ?? {};
  endpoint = `${protocol}//${hostname}:${port}`;
  const zip = await zipOf({ "index.mjs": WEB });
  await Promise.all(
    (Object.keys(arns) as (keyof typeof arns)[]).map(async (name) => {
      arns[name] = await target.newFunction(zip, { Handler: `index.${name}` });
    }),
  );
});
afterAll(async () => await target[Symbol.asyncDispose]());

const uriOf = (arn: string, path = "2015-03-31", action = "invocations"): string =>
  `arn:aws:apigateway:${target.region}:lambda:path/${path}/functions/${arn}/${action}`;
const proxy = (arn = arns.handler): Partial<sdk.PutIntegrationCommandInput> => ({
  type: "AWS_PROXY",
  integrationHttpMethod: "POST",
  uri: uriOf(arn),
});
const deploy = async (restApiId: string, more: Partial<sdk.CreateDeploymentCommandInput> = {}): Promise<void> => {
  await rest.send(new sdk.CreateDeploymentCommand({ restApiId, stageName: "dev", ...more }));
};
/** An API whose root has one method. */
async function apiWith(
  method: Partial<sdk.PutMethodCommandInput>,
  integration: Partial<sdk.PutIntegrationCommandInput>,
  {
    httpMethod = "GET",
    api = {},
  }: { readonly httpMethod?: string; readonly api?: Partial<sdk.CreateRestApiCommandInput> } = {},
) {
  const { restApiId, rootId } = await target.newRestApi(api);
  await target.newMethod({ restApiId, resourceId: rootId, httpMethod }, method, integration);
  return { restApiId, resourceId: rootId, httpMethod };
}
const json = async (restApiId: string, path: string, how?: UrlCall) => {
  const { status, body } = await target.call(restApiId, path, how);
  expect({ status, body }).toMatchObject({ status: 200 });
  return JSON.parse(body) as Record<string, unknown>;
};
const respond = async (
  of: { restApiId: string; resourceId: string; httpMethod: string },
  statusCode: string,
  more: Partial<sdk.PutIntegrationResponseCommandInput> = {},
): Promise<void> => {
  const responseParameters = Object.fromEntries(
    Object.keys(more.responseParameters ?? {}).map((name) => [name, false]),
  );
  await rest.send(new sdk.PutMethodResponseCommand({ ...of, statusCode, responseParameters }));
  await rest.send(new sdk.PutIntegrationResponseCommand({ ...of, statusCode, ...more }));
};

test("a proxy gets the event of payload format 1.0, and its answer is the reply", async () => {
  const { restApiId, rootId } = await target.newRestApi({ binaryMediaTypes: ["image/*"] });
  const pets = await target.newResource(restApiId, rootId, "pets");
  const pet = await target.newResource(restApiId, pets, "{id}");
  const all = await target.newResource(restApiId, rootId, "{proxy+}");
  await target.newMethod({ restApiId, resourceId: pet, httpMethod: "POST" }, {}, proxy());
  await target.newMethod({ restApiId, resourceId: all, httpMethod: "ANY" }, {}, proxy());
  await deploy(restApiId, { variables: { colour: "red" } });
  const event = await json(restApiId, "/dev/pets/a%20b?q=1&q=2&r=%C3%A9", {
    method: "POST",
    headers: { "X-Own": ["1", "2"], "content-type": "application/json" },
    body: '{"a":1}',
  });
  const host = `${restApiId}.execute-api.${target.region}.localhost`;
  expect(event).toMatchObject({
    resource: "/pets/{id}",
    path: "/pets/a%20b",
    httpMethod: "POST",
    headers: { "X-Own": "2", Host: host, "X-Forwarded-Proto": "http" },
    multiValueHeaders: { "X-Own": ["1", "2"], Host: [host] },
    queryStringParameters: { q: "2", r: "é" },
    multiValueQueryStringParameters: { q: ["1", "2"], r: ["é"] },
    pathParameters: { id: "a b" },
    stageVariables: { colour: "red" },
    requestContext: {
      resourceId: pet,
      resourcePath: "/pets/{id}",
      httpMethod: "POST",
      path: "/dev/pets/a%20b",
      accountId: target.accountId,
      protocol: "HTTP/1.1",
      stage: "dev",
      domainPrefix: restApiId,
      domainName: host,
      apiId: restApiId,
      identity: { sourceIp: "127.0.0.1", user: null, accessKey: null, userArn: null, cognitoIdentityId: null },
    },
    body: '{"a":1}',
    isBase64Encoded: false,
  });
  expect(event).not.toHaveProperty("version");
  expect(await json(restApiId, "/dev/files/x/y/")).toMatchObject({
    resource: "/{proxy+}",
    path: "/files/x/y/",
    pathParameters: { proxy: "files/x/y" },
  });
  const binary = { headers: { "content-type": "image/png" }, method: "PUT", body: Buffer.from([1, 2, 255]) };
  expect(await json(restApiId, "/dev/x", binary)).toMatchObject({ body: "AQL/", isBase64Encoded: true });

  const answer = await target.call(restApiId, "/dev/answer");
  expect(answer).toMatchObject({
    status: 418,
    body: "short and stout",
    headers: { "x-own": "yes", "set-cookie": ["a=1", "b=2"] },
  });
  expect(answer.headers).toMatchObject({
    "x-amzn-requestid": expect.any(String),
    "x-amz-apigw-id": expect.any(String),
  });
  expect(answer.headers["x-amzn-trace-id"]).toMatch(/^Root=1-/);
  expect((await target.call(restApiId, "/dev/binary", { headers: { accept: "image/png" } })).body).toBe(
    "\u0001\u0002\u0003",
  );
  expect((await target.call(restApiId, "/dev/binary", { headers: { accept: "text/html" } })).body).toBe("AQID");
  const failed = {
    status: 502,
    body: '{"message": "Internal server error"}',
    headers: { "x-amzn-errortype": "InternalServerErrorException" },
  };
  expect(await target.call(restApiId, "/dev/throw")).toMatchObject(failed);
  expect(await target.call(restApiId, "/dev/wrong")).toMatchObject(failed);
});

test("what is not there: 403 for methods, paths and stages", async () => {
  const { restApiId } = await apiWith({}, proxy());
  await deploy(restApiId);
  const missing = {
    status: 403,
    body: '{"message":"Missing Authentication Token"}',
    headers: { "x-amzn-errortype": "MissingAuthenticationTokenException" },
  };
  expect(await target.call(restApiId, "/dev/none")).toMatchObject(missing);
  expect(await target.call(restApiId, "/dev", { method: "POST" })).toMatchObject(missing);
  expect(await target.call(restApiId, "/other")).toMatchObject({ status: 403, body: '{"message":"Forbidden"}' });
  expect(await target.call("aaaaaaaaaa", "/dev")).toMatchObject({ status: 404 });
  const byPath = await urlCall(endpoint, endpoint, { path: `/_hearth/api/${restApiId}/dev` });
  expect(byPath.headers["content-security-policy"]).toBe("sandbox");
  expect(JSON.parse(byPath.body)).toMatchObject({ path: "/", requestContext: { path: "/dev" } });
});

test("a function without a proxy: templates, error patterns, parameters, events", async () => {
  const of = await apiWith(
    {},
    {
      type: "AWS",
      integrationHttpMethod: "POST",
      uri: uriOf(arns.plain),
      requestParameters: { "integration.request.header.x-from": "method.request.querystring.q" },
      requestTemplates: {
        "application/json":
          '{"name": "$input.params(\'q\')", "fail": "$input.params(\'fail\')", "body": $input.json(\'$.a\'), "id": "$context.apiId"}',
      },
      passthroughBehavior: "WHEN_NO_TEMPLATES",
    },
    { httpMethod: "POST" },
  );
  await respond(of, "200", {
    responseParameters: {
      "method.response.header.x-first": "integration.response.body.list[0]",
      "method.response.header.x-fixed": "'fixed'",
    },
    responseTemplates: {
      "application/json":
        "#set($r = $input.path('$'))#if($r.got.name == 'teapot')#set($context.responseOverride.status = 418)#end<$r.got.name|$r.got.body.b|$r.got.id>",
    },
  });
  await respond(of, "404", {
    selectionPattern: "not found.*",
    responseTemplates: { "application/json": '{"error": "$input.path(\'$.errorMessage\')"}' },
  });
  await deploy(of.restApiId);
  const post = async (query: string, more: UrlCall = {}) =>
    await target.call(of.restApiId, `/dev?${query}`, {
      method: "POST",
      body: '{"a": {"b": 7}}',
      headers: { "content-type": "application/json" },
      ...more,
    });
  expect(await post("q=x")).toMatchObject({
    status: 200,
    body: `<x|7|${of.restApiId}>`,
    headers: { "x-fixed": "fixed", "content-type": "application/json" },
  });
  expect(await post("q=teapot")).toMatchObject({ status: 418 });
  expect(await post("fail=not%20found:%20x")).toMatchObject({ status: 404, body: '{"error": "not found: x"}' });
  expect(await post("q=x", { headers: { "content-type": "text/plain" } })).toMatchObject({
    status: 415,
    body: '{"message":"Unsupported Media Type"}',
  });
  expect(await post("q=x", { body: "no json" })).toMatchObject({ status: 400 });
  const patchOperations = [
    {
      op: "replace" as const,
      path: "/requestParameters/integration.request.header.X-Amz-Invocation-Type",
      value: "'Event'",
    },
  ];
  await rest.send(new sdk.UpdateIntegrationCommand({ ...of, patchOperations }));
  await deploy(of.restApiId);
  await expect.poll(async () => (await post("q=x")).body, { timeout: 60_000 }).toMatch(/^<.*\$/);
});

test("a mock answers preflights of browsers, and a hostile template is an error of the API", async () => {
  const of = await apiWith(
    {},
    { type: "MOCK", requestTemplates: { "application/json": '{"statusCode": 204}' } },
    { httpMethod: "OPTIONS" },
  );
  await respond(of, "204", {
    responseParameters: {
      "method.response.header.Access-Control-Allow-Origin": "'*'",
      "method.response.header.Access-Control-Allow-Methods": "'GET,OPTIONS'",
    },
  });
  const hostile = { ...of, httpMethod: "GET" };
  const template =
    '#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])x#end#end#end{"statusCode": 200}';
  await target.newMethod(hostile, {}, { type: "MOCK", requestTemplates: { "application/json": template } });
  await respond(hostile, "200");
  await deploy(of.restApiId);
  const preflight = {
    method: "OPTIONS",
    headers: { origin: "https://a.example", "access-control-request-method": "GET" },
  };
  const answer = await target.call(of.restApiId, "/dev", preflight);
  expect(answer).toMatchObject({
    status: 204,
    body: "",
    headers: { "access-control-allow-origin": "*", "access-control-allow-methods": "GET,OPTIONS" },
  });
  expect(await target.call(of.restApiId, "/dev")).toMatchObject({
    status: 500,
    body: '{"message": "Internal server error"}',
  });
  expect(await target.call(of.restApiId, "/dev", preflight)).toMatchObject({ status: 204 });
});

test("validators refuse requests without their parameters, and bodies that do not fit the model", async () => {
  const { restApiId, rootId: resourceId } = await target.newRestApi();
  const schema = JSON.stringify({
    type: "object",
    required: ["name"],
    properties: { name: { type: "string", pattern: "^[a-z]+$" } },
  });
  await rest.send(new sdk.CreateModelCommand({ restApiId, name: "Pet", contentType: "application/json", schema }));
  const { id: requestValidatorId = "" } = await rest.send(
    new sdk.CreateRequestValidatorCommand({
      restApiId,
      name: "all",
      validateRequestBody: true,
      validateRequestParameters: true,
    }),
  );
  const method = {
    requestValidatorId,
    requestParameters: { "method.request.querystring.q": true, "method.request.header.x-own": true },
    requestModels: { "application/json": "Pet" },
  };
  await target.newMethod({ restApiId, resourceId, httpMethod: "POST" }, method, proxy());
  await rest.send(
    new sdk.PutGatewayResponseCommand({
      restApiId,
      responseType: "BAD_REQUEST_BODY",
      statusCode: "422",
      responseParameters: {
        "gatewayresponse.header.x-why": "'body'",
        "gatewayresponse.header.x-q": "method.request.querystring.q",
      },
      responseTemplates: {
        "application/json": '{"wrong": $context.error.messageString, "type": "$context.error.responseType"}',
      },
    }),
  );
  await deploy(restApiId);
  const post = async (path: string, body: string) =>
    await target.call(restApiId, path, { method: "POST", headers: { "x-own": "1" }, body });
  expect(await post("/dev?q=1", '{"name":"rex"}')).toMatchObject({ status: 200 });
  expect(await target.call(restApiId, "/dev", { method: "POST" })).toMatchObject({
    status: 400,
    body: '{"message":"Missing required request parameters: [q, x-own]"}',
    headers: { "x-amzn-errortype": "BadRequestException" },
  });
  const refused = {
    status: 422,
    body: '{"wrong": "Invalid request body", "type": "BAD_REQUEST_BODY"}',
    headers: { "x-why": "body", "x-q": "1" },
  };
  for (const body of ['{"name":"Rex"}', "{}", "no json"]) expect(await post("/dev?q=1", body)).toMatchObject(refused);
});

test("authorizers: tokens, identity sources, policies, and remembered answers", async () => {
  const { restApiId, rootId: resourceId } = await target.newRestApi();
  const authorizer = { restApiId, authorizerUri: uriOf(arns.authorize), authorizerResultTtlInSeconds: 300 };
  const { id: token = "" } = await rest.send(
    new sdk.CreateAuthorizerCommand({
      ...authorizer,
      name: "t",
      type: "TOKEN",
      identitySource: "method.request.header.Auth",
      identityValidationExpression: "[a-z]+",
    }),
  );
  const { id: request = "" } = await rest.send(
    new sdk.CreateAuthorizerCommand({
      ...authorizer,
      name: "r",
      type: "REQUEST",
      identitySource: "method.request.header.token,method.request.querystring.q",
    }),
  );
  const custom = (authorizerId: string) => ({ authorizationType: "CUSTOM", authorizerId });
  await target.newMethod({ restApiId, resourceId }, custom(token), proxy());
  await target.newMethod({ restApiId, resourceId, httpMethod: "PUT" }, custom(request), proxy());
  await deploy(restApiId);
  const get = async (value?: string) =>
    await target.call(restApiId, "/dev", { headers: value === undefined ? {} : { Auth: value } });
  const event = await json(restApiId, "/dev", { headers: { Auth: "yes" } });
  expect(event["requestContext"]).toMatchObject({ authorizer: { principalId: "me", yes: "true", type: "TOKEN" } });
  const again = await json(restApiId, "/dev", { headers: { Auth: "yes" } });
  const callsOf = (one: Record<string, unknown>) =>
    (one["requestContext"] as { authorizer: { calls: string } }).authorizer.calls;
  expect(callsOf(again)).toBe(callsOf(event));
  const unauthorized = {
    status: 401,
    body: '{"message":"Unauthorized"}',
    headers: { "x-amzn-errortype": "UnauthorizedException" },
  };
  for (const value of [undefined, "123", "unauthorized"]) expect(await get(value)).toMatchObject(unauthorized);
  expect(await get("no")).toMatchObject({
    status: 403,
    body: '{"Message":"User is not authorized to access this resource with an explicit deny"}',
    headers: { "x-amzn-errortype": "AccessDeniedException" },
  });
  expect(await get("other")).toMatchObject({
    status: 403,
    body: '{"Message":"User is not authorized to access this resource"}',
  });
  expect(await get("broken")).toMatchObject({ status: 500, body: '{"message":null}' });
  const put = async (path: string) => await target.call(restApiId, path, { method: "PUT", headers: { token: "yes" } });
  expect(JSON.parse((await put("/dev?q=1")).body)).toMatchObject({
    requestContext: { authorizer: { type: "REQUEST" } },
  });
  expect(await put("/dev")).toMatchObject(unauthorized);
});

test("signed requests and resource policies", async () => {
  const { restApiId, rootId: resourceId } = await target.newRestApi();
  await target.newMethod({ restApiId, resourceId, httpMethod: "POST" }, { authorizationType: "AWS_IAM" }, proxy());
  await target.newMethod({ restApiId, resourceId }, {}, proxy());
  await deploy(restApiId);
  const { accessKeyId, secretAccessKey } = await rest.config.credentials();
  const config = (secret: string) => ({
    endpoint,
    region: target.region,
    credentials: { accessKeyId, secretAccessKey: secret },
  });
  const call = {
    service: "execute-api",
    method: "POST",
    path: ["_hearth", "api", restApiId, "dev"],
    query: [],
    headers: {},
    body: Buffer.from("signed body"),
  };
  const answer = await signedCall(config(secretAccessKey), call);
  expect(answer.status).toBe(200);
  const event = JSON.parse(answer.body.toString());
  expect(event.requestContext.identity).toMatchObject({ accountId: target.accountId, accessKey: accessKeyId });
  expect(Object.keys(event.headers).map((name) => name.toLowerCase())).not.toContain("authorization");
  expect((await signedCall(config("wrong"), call)).status).toBe(403);
  expect(await target.call(restApiId, "/dev", { method: "POST" })).toMatchObject({
    status: 403,
    body: '{"message":"Missing Authentication Token"}',
  });
  const Statement = [
    { Effect: "Allow", Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*/GET/*" },
    {
      Effect: "Deny",
      Principal: "*",
      Action: "execute-api:Invoke",
      Resource: "execute-api:/*",
      Condition: { StringEquals: { "aws:UserAgent": "bad" } },
    },
  ];
  const value = JSON.stringify({ Version: "2012-10-17", Statement });
  await rest.send(
    new sdk.UpdateRestApiCommand({ restApiId, patchOperations: [{ op: "replace", path: "/policy", value }] }),
  );
  await deploy(restApiId);
  const denied =
    /^\{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:.*with an explicit deny"\}$/;
  await expect
    .poll(async () => (await target.call(restApiId, "/dev", { headers: { "user-agent": "bad" } })).body, {
      timeout: 60_000,
    })
    .toMatch(denied);
  expect(await target.call(restApiId, "/dev")).toMatchObject({ status: 200 });
});

test("API keys, throttles and quotas of usage plans", async () => {
  const of = await apiWith({ apiKeyRequired: true }, proxy());
  const { restApiId } = of;
  await deploy(restApiId);
  const value = `value-of-a-key-${restApiId}`;
  const { id: keyId = "" } = await rest.send(new sdk.CreateApiKeyCommand({ value, enabled: true }));
  const get = async (key?: string) =>
    await target.call(restApiId, "/dev", { headers: key === undefined ? {} : { "x-api-key": key } });
  const forbidden = {
    status: 403,
    body: '{"message":"Forbidden"}',
    headers: { "x-amzn-errortype": "ForbiddenException" },
  };
  expect(await get(value)).toMatchObject(forbidden);
  const apiStages = [{ apiId: restApiId, stage: "dev" }];
  const quota = { limit: 3, period: "MONTH" as const };
  const { id: usagePlanId = "" } = await rest.send(new sdk.CreateUsagePlanCommand({ name: "p", apiStages, quota }));
  await rest.send(new sdk.CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: "API_KEY" }));
  await expect.poll(async () => (await get(value)).status, { timeout: 60_000 }).toBe(200);
  expect(JSON.parse((await get(value)).body)).toMatchObject({
    requestContext: { identity: { apiKey: value, apiKeyId: keyId } },
  });
  expect(await get(value)).toMatchObject({ status: 200 });
  expect(await get(value)).toMatchObject({
    status: 429,
    body: '{"message":"Limit Exceeded"}',
    headers: { "x-amzn-errortype": "LimitExceededException" },
  });
  expect(await get()).toMatchObject(forbidden);
  expect(await get("another-key-of-nobody")).toMatchObject(forbidden);
  // The requests are counted in the plan's usage, in the background.
  const today = new Date().toISOString().slice(0, 10);
  const used = async () => {
    const { items } = await rest.send(
      new sdk.GetUsageCommand({ usagePlanId, keyId, startDate: today, endDate: today }),
    );
    return items?.[keyId]?.[0]?.[0];
  };
  await expect.poll(used, { timeout: 60_000 }).toBe(3);
  const patchOperations = [
    { op: "remove" as const, path: "/quota" },
    { op: "replace" as const, path: "/throttle/burstLimit", value: "1" },
    { op: "replace" as const, path: "/throttle/rateLimit", value: "0.001" },
  ];
  await rest.send(new sdk.UpdateUsagePlanCommand({ usagePlanId, patchOperations }));
  await expect.poll(async () => (await get(value)).body, { timeout: 60_000 }).toBe('{"message":"Too Many Requests"}');
  await rest.send(new sdk.DeleteUsagePlanCommand({ usagePlanId })).catch(() => undefined);
  await rest.send(new sdk.DeleteApiKeyCommand({ apiKey: keyId })).catch(() => undefined);
});

test("access logs, stage throttles and compression", async () => {
  const logs = new CloudWatchLogsClient({ endpoint, region: target.region, credentials: rest.config.credentials });
  const logGroupName = `/rest/${crypto.randomUUID()}`;
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const { restApiId } = await apiWith({}, proxy(), { api: { minimumCompressionSize: 10 } });
  await deploy(restApiId);
  const destinationArn = `arn:aws:logs:${target.region}:${target.accountId}:log-group:${logGroupName}`;
  const format =
    '{"id":"$context.requestId","m":"$context.httpMethod","p":"$context.resourcePath","s":"$context.status","e":"$context.error.message","i":"$context.integration.status","t":"$context.error.responseType"}';
  const patchOperations = [
    { op: "replace" as const, path: "/accessLogSettings/destinationArn", value: destinationArn },
    { op: "replace" as const, path: "/accessLogSettings/format", value: format },
    { op: "replace" as const, path: "/*/*/throttling/rateLimit", value: "0.001" },
    { op: "replace" as const, path: "/*/*/throttling/burstLimit", value: "1" },
  ];
  await rest.send(new sdk.UpdateStageCommand({ restApiId, stageName: "dev", patchOperations }));
  const get = async () => await target.call(restApiId, "/dev", { headers: { "accept-encoding": "gzip" } });
  const throttled = {
    status: 429,
    body: expect.anything(),
    headers: { "x-amzn-errortype": "TooManyRequestsException", "content-encoding": "gzip" },
  };
  await expect.poll(get, { timeout: 60_000 }).toMatchObject(throttled);
  const lines = async () => {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
    return events.map(({ message = "" }) => JSON.parse(message) as Record<string, string>);
  };
  const expected = [
    expect.objectContaining({ m: "GET", p: "/", s: "200", e: "-", i: "200", t: "-" }),
    expect.objectContaining({ s: "429", e: "Too Many Requests", i: "-", t: "THROTTLED" }),
  ];
  await expect.poll(lines, { timeout: 60_000 }).toEqual(expect.arrayContaining(expected));
  await logs.send(new DeleteLogGroupCommand({ logGroupName }));
  logs.destroy();
});

test("base paths of custom domain names lead to stages", async () => {
  const domainName = `rest-${crypto.randomUUID()}.example`;
  const { restApiId } = await apiWith({}, proxy());
  await deploy(restApiId);
  await rest.send(
    new sdk.CreateDomainNameCommand({ domainName, certificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/1" }),
  );
  await rest.send(new sdk.CreateBasePathMappingCommand({ domainName, basePath: "v1", restApiId, stage: "dev" }));
  await rest.send(new sdk.CreateBasePathMappingCommand({ domainName, basePath: "any", restApiId }));
  const get = async (path: string) => await urlCall(endpoint, `http://${domainName}/`, { path });
  await expect.poll(async () => (await get("/v1")).status, { timeout: 60_000 }).toBe(200);
  const event = JSON.parse((await get("/v1")).body);
  expect(event).toMatchObject({
    path: "/v1",
    resource: "/",
    requestContext: { domainName, path: "/v1", stage: "dev" },
  });
  expect(JSON.parse((await get("/any/dev")).body)).toMatchObject({ requestContext: { stage: "dev" } });
  expect(await get("/any/none")).toMatchObject({ status: 403 });
  await rest.send(new sdk.DeleteDomainNameCommand({ domainName })).catch(() => undefined);
});

test("an answer is sent while the function writes it, where the integration asks for that", async () => {
  const streaming = {
    ...proxy(),
    uri: uriOf(arns.stream, "2021-11-15", "response-streaming-invocations"),
    responseTransferMode: "STREAM" as const,
  };
  const { restApiId } = await apiWith({}, streaming);
  await deploy(restApiId);
  expect(await target.call(restApiId, "/dev")).toMatchObject({
    status: 201,
    body: "one two",
    headers: { "x-own": "/" },
  });
});
