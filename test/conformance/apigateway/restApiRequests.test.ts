import * as sdk from "@aws-sdk/client-api-gateway";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type UrlCall, urlCall } from "../../support/urlCall.ts";
import { servedRestApis, type ServedRestApis } from "./servedRestApis.ts";

let target: ServedRestApis & AsyncDisposable;
let rest: sdk.APIGatewayClient;
beforeAll(async () => {
  target = await servedRestApis();
  ({ rest } = target);
});
afterAll(async () => await target[Symbol.asyncDispose]());

test("a proxy gets the event of payload format 1.0, and its answer is the reply", async () => {
  const { restApiId, rootId } = await target.newRestApi({ binaryMediaTypes: ["image/*"] });
  const pets = await target.newResource(restApiId, rootId, "pets");
  const pet = await target.newResource(restApiId, pets, "{id}");
  const all = await target.newResource(restApiId, rootId, "{proxy+}");
  await target.newMethod({ restApiId, resourceId: pet, httpMethod: "POST" }, {}, target.proxy());
  await target.newMethod({ restApiId, resourceId: all, httpMethod: "ANY" }, {}, target.proxy());
  await target.deploy(restApiId, { variables: { colour: "red" } });
  const event = await target.json(restApiId, "/dev/pets/a%20b?q=1&q=2&r=%C3%A9", {
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
  expect(await target.json(restApiId, "/dev/files/x/y/")).toMatchObject({
    resource: "/{proxy+}",
    path: "/files/x/y/",
    pathParameters: { proxy: "files/x/y" },
  });
  const binary = { headers: { "content-type": "image/png" }, method: "PUT", body: Buffer.from([1, 2, 255]) };
  expect(await target.json(restApiId, "/dev/x", binary)).toMatchObject({ body: "AQL/", isBase64Encoded: true });

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
  const { restApiId } = await target.apiWith({}, target.proxy());
  await target.deploy(restApiId);
  const missing = {
    status: 403,
    body: '{"message":"Missing Authentication Token"}',
    headers: { "x-amzn-errortype": "MissingAuthenticationTokenException" },
  };
  expect(await target.call(restApiId, "/dev/none")).toMatchObject(missing);
  expect(await target.call(restApiId, "/dev", { method: "POST" })).toMatchObject(missing);
  expect(await target.call(restApiId, "/other")).toMatchObject({ status: 403, body: '{"message":"Forbidden"}' });
  expect(await target.call("aaaaaaaaaa", "/dev")).toMatchObject({ status: 404 });
  const byPath = await urlCall(target.endpoint, target.endpoint, { path: `/_hearth/api/${restApiId}/dev` });
  expect(byPath.headers["content-security-policy"]).toBe("sandbox");
  expect(JSON.parse(byPath.body)).toMatchObject({ path: "/", requestContext: { path: "/dev" } });
});

test("a function without a proxy: templates, error patterns, parameters, events", async () => {
  const of = await target.apiWith(
    {},
    {
      type: "AWS",
      integrationHttpMethod: "POST",
      uri: target.uriOf(target.arns.plain),
      requestParameters: { "integration.request.header.x-from": "method.request.querystring.q" },
      requestTemplates: {
        "application/json":
          '{"name": "$input.params(\'q\')", "fail": "$input.params(\'fail\')", "body": $input.json(\'$.a\'), "id": "$context.apiId"}',
      },
      passthroughBehavior: "WHEN_NO_TEMPLATES",
    },
    { httpMethod: "POST" },
  );
  await target.respond(of, "200", {
    responseParameters: {
      "method.response.header.x-first": "integration.response.body.list[0]",
      "method.response.header.x-fixed": "'fixed'",
    },
    responseTemplates: {
      "application/json":
        "#set($r = $input.path('$'))#if($r.got.name == 'teapot')#set($context.responseOverride.status = 418)#end<$r.got.name|$r.got.body.b|$r.got.id>",
    },
  });
  await target.respond(of, "404", {
    selectionPattern: "not found.*",
    responseTemplates: { "application/json": '{"error": "$input.path(\'$.errorMessage\')"}' },
  });
  await target.deploy(of.restApiId);
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
  // The template then makes a text of JavaScript that is no text of JSON.
  expect(await post("q=it%5C%27s")).toMatchObject({
    status: 400,
    body: expect.stringContaining('{"message":"Could not parse request body into json: '),
  });
  const patchOperations = [
    {
      op: "replace" as const,
      path: "/requestParameters/integration.request.header.X-Amz-Invocation-Type",
      value: "'Event'",
    },
  ];
  await rest.send(new sdk.UpdateIntegrationCommand({ ...of, patchOperations }));
  await target.deploy(of.restApiId);
  await expect.poll(async () => (await post("q=x")).body, { timeout: 60_000 }).toMatch(/^<.*\$/);
});

test("a mock answers preflights of browsers, and a hostile template is an error of the API", async () => {
  const of = await target.apiWith(
    {},
    { type: "MOCK", requestTemplates: { "application/json": '{"statusCode": 204}' } },
    { httpMethod: "OPTIONS" },
  );
  await target.respond(of, "204", {
    responseParameters: {
      "method.response.header.Access-Control-Allow-Origin": "'*'",
      "method.response.header.Access-Control-Allow-Methods": "'GET,OPTIONS'",
    },
  });
  const hostile = { ...of, httpMethod: "GET" };
  const template =
    '#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])x#end#end#end{"statusCode": 200}';
  await target.newMethod(hostile, {}, { type: "MOCK", requestTemplates: { "application/json": template } });
  await target.respond(hostile, "200");
  await target.deploy(of.restApiId);
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
  await target.newMethod({ restApiId, resourceId, httpMethod: "POST" }, method, target.proxy());
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
  await target.deploy(restApiId);
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

test("base paths of custom domain names lead to stages", async () => {
  const domainName = `rest-${crypto.randomUUID()}.example`;
  const { restApiId } = await target.apiWith({}, target.proxy());
  await target.deploy(restApiId);
  await rest.send(
    new sdk.CreateDomainNameCommand({ domainName, certificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/1" }),
  );
  await rest.send(new sdk.CreateBasePathMappingCommand({ domainName, basePath: "v1", restApiId, stage: "dev" }));
  await rest.send(new sdk.CreateBasePathMappingCommand({ domainName, basePath: "any", restApiId }));
  const get = async (path: string) => await urlCall(target.endpoint, `http://${domainName}/`, { path });
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
    ...target.proxy(),
    uri: target.uriOf(target.arns.stream, "2021-11-15", "response-streaming-invocations"),
    responseTransferMode: "STREAM" as const,
  };
  const { restApiId } = await target.apiWith({}, streaming);
  await target.deploy(restApiId);
  expect(await target.call(restApiId, "/dev")).toMatchObject({
    status: 201,
    body: "one two",
    headers: { "x-own": "/" },
  });
});
