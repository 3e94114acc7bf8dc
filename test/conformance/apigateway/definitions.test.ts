import * as sdk from "@aws-sdk/client-api-gateway";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RestApiTarget, restApiTarget } from "./restApiTarget.ts";

let target: RestApiTarget & AsyncDisposable;
let rest: sdk.APIGatewayClient;
beforeAll(async () => {
  target = await restApiTarget();
  ({ rest } = target);
});
afterAll(async () => await target[Symbol.asyncDispose]());

const badRequest = { name: "BadRequestException", $metadata: { httpStatusCode: 400 } };
const uri = (name: string): string =>
  `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:${name}/invocations`;
const mock = {
  type: "mock",
  requestTemplates: { "application/json": '{"statusCode": 200}' },
  responses: {
    default: { statusCode: 200, responseParameters: { "method.response.header.X-A": "'b'" } },
    "4..": { statusCode: "400" },
  },
};

/** The same API in both versions of the format. */
const parts = {
  paths: (place: string, schema: object, body: object) => ({
    "/": {},
    "/pets/{id}": {
      parameters: [{ name: "id", in: "path", required: true, type: "string" }],
      get: {
        operationId: "getPet",
        parameters: [{ name: "size", in: "query", required: true, type: "string" }],
        responses: { "200": { description: "ok", headers: { "X-A": {} }, ...schema }, "400": { description: "no" } },
        security: [{ tokens: [] }],
        "x-amazon-apigateway-integration": mock,
      },
      "x-amazon-apigateway-any-method": {
        responses: {},
        security: [{ key: [] }, { signed: [] }],
        ...body,
        "x-amazon-apigateway-request-validator": "all",
        "x-amazon-apigateway-integration": { type: "aws_proxy", httpMethod: "POST", uri: uri("f") },
      },
    },
  }),
  models: (root: string) => ({
    Pet: { type: "object", properties: { owner: { $ref: `${root}/Owner` } } },
    Owner: { type: "object", required: ["name"] },
  }),
  schemes: {
    tokens: {
      type: "apiKey",
      name: "Token",
      in: "header",
      "x-amazon-apigateway-authtype": "custom",
      "x-amazon-apigateway-authorizer": {
        type: "token",
        authorizerUri: uri("auth"),
        authorizerResultTtlInSeconds: 60,
      },
    },
    key: { type: "apiKey", name: "x-api-key", in: "header" },
    signed: { type: "apiKey", name: "Authorization", in: "header", "x-amazon-apigateway-authtype": "awsSigv4" },
  },
  extensions: {
    "x-amazon-apigateway-request-validators": { all: { validateRequestBody: true, validateRequestParameters: true } },
    "x-amazon-apigateway-gateway-responses": { ACCESS_DENIED: { statusCode: 404 } },
    "x-amazon-apigateway-binary-media-types": ["image/png"],
  },
};
const ref = (root: string): object => ({ $ref: `${root}/Pet` });
const swagger = {
  swagger: "2.0",
  info: { title: "pets", version: "1" },
  basePath: "/v1",
  paths: parts.paths(
    "query",
    { schema: ref("#/definitions") },
    { parameters: [{ in: "body", name: "Pet", schema: ref("#/definitions") }] },
  ),
  definitions: parts.models("#/definitions"),
  securityDefinitions: parts.schemes,
  ...parts.extensions,
};
const root = "#/components/schemas";
const openapi = {
  openapi: "3.0.1",
  info: { title: "pets", version: "1" },
  servers: [{ url: "https://example.org/{basePath}", variables: { basePath: { default: "/v1" } } }],
  paths: parts.paths(
    "query",
    { content: { "application/json": { schema: ref(root) } } },
    { requestBody: { content: { "application/json": { schema: ref(root) } } } },
  ),
  components: { schemas: parts.models(root), securitySchemes: parts.schemes },
  ...parts.extensions,
};

const bytes = (document: object | string): Uint8Array =>
  Buffer.from(typeof document === "string" ? document : JSON.stringify(document));

/** The methods of an API without what differs from one API to the next. */
async function methodsOf(restApiId: string): Promise<Record<string, sdk.Method>> {
  const { items = [] } = await rest.send(new sdk.GetResourcesCommand({ restApiId, embed: ["methods"], limit: 500 }));
  const all = items.flatMap(({ path, resourceMethods = {} }) =>
    Object.entries(resourceMethods).map(([name, method]) => [`${name} ${path}`, method]),
  );
  const text = JSON.stringify(Object.fromEntries(all), (key, value: unknown) =>
    ["authorizerId", "requestValidatorId", "cacheNamespace"].includes(key) ? "an id" : value,
  );
  return JSON.parse(text) as Record<string, sdk.Method>;
}

const expected = {
  "GET /pets/{id}": {
    httpMethod: "GET",
    authorizationType: "CUSTOM",
    authorizerId: "an id",
    apiKeyRequired: false,
    operationName: "getPet",
    requestParameters: { "method.request.path.id": true, "method.request.querystring.size": true },
    methodResponses: {
      "200": {
        statusCode: "200",
        responseModels: { "application/json": "Pet" },
        responseParameters: { "method.response.header.X-A": false },
      },
      "400": { statusCode: "400" },
    },
    methodIntegration: {
      type: "MOCK",
      passthroughBehavior: "WHEN_NO_MATCH",
      requestTemplates: { "application/json": '{"statusCode": 200}' },
      integrationResponses: {
        "200": { statusCode: "200", responseParameters: { "method.response.header.X-A": "'b'" } },
        "400": { statusCode: "400", selectionPattern: "4.." },
      },
    },
  },
  "ANY /pets/{id}": {
    authorizationType: "AWS_IAM",
    apiKeyRequired: true,
    requestModels: { "application/json": "Pet" },
    requestValidatorId: "an id",
    methodIntegration: { type: "AWS_PROXY", httpMethod: "POST", uri: uri("f") },
  },
};

test.each([
  ["Swagger 2", swagger],
  ["OpenAPI 3", openapi],
])("a definition in %s makes an API, which is exported and imported again as the same", async (_, document) => {
  const imported = await rest.send(new sdk.ImportRestApiCommand({ body: bytes(document) }));
  const restApiId = imported.id ?? "";
  expect(imported).toMatchObject({ name: "pets", version: "1", binaryMediaTypes: ["image/png"] });
  const methods = await methodsOf(restApiId);
  expect(methods).toMatchObject(expected);
  const model = await rest.send(new sdk.GetModelCommand({ restApiId, modelName: "Pet" }));
  expect(JSON.parse(model.schema ?? "")).toMatchObject({
    properties: { owner: { $ref: `https://apigateway.amazonaws.com/restapis/${restApiId}/models/Owner` } },
  });
  const { items: authorizers } = await rest.send(new sdk.GetAuthorizersCommand({ restApiId }));
  expect(authorizers).toMatchObject([
    { name: "tokens", type: "TOKEN", identitySource: "method.request.header.Token", authorizerResultTtlInSeconds: 60 },
  ]);
  await rest.send(new sdk.CreateDeploymentCommand({ restApiId, stageName: "dev" }));
  for (const [exportType, accepts] of [
    ["oas30", "application/json"],
    ["swagger", "application/yaml"],
  ]) {
    const parameters = { extensions: "apigateway" };
    const command = new sdk.GetExportCommand({ restApiId, stageName: "dev", exportType, accepts, parameters });
    const { body, contentType } = await rest.send(command);
    expect(contentType).toBe(accepts);
    const again = await rest.send(new sdk.ImportRestApiCommand({ body: body ?? new Uint8Array() }));
    expect(await methodsOf(again.id ?? "")).toEqual(methods);
    await rest.send(new sdk.DeleteRestApiCommand({ restApiId: again.id }));
  }
  await rest.send(new sdk.DeleteRestApiCommand({ restApiId }));
});

test("a definition is merged into an API, or takes its place", async () => {
  const { restApiId, rootId } = await target.newRestApi({ description: "mine" });
  await target.newMethod({ restApiId, resourceId: rootId });
  const old = await target.newResource(restApiId, rootId, "old");
  await target.newMethod({ restApiId, resourceId: old });
  const body = bytes(`
swagger: "2.0"
info: { title: cats }
basePath: /v1
paths:
  /cats:
    get:
      x-amazon-apigateway-integration: { type: http_proxy, httpMethod: GET, uri: "https://example.org" }
`);
  const parameters = { basepath: "prepend" };
  const merged = await rest.send(new sdk.PutRestApiCommand({ restApiId, mode: "merge", body, parameters }));
  expect(merged).toMatchObject({ name: "cats", description: "mine" });
  expect(Object.keys(await methodsOf(restApiId)).toSorted()).toEqual(["GET /", "GET /old", "GET /v1/cats"]);
  const overwritten = await rest.send(new sdk.PutRestApiCommand({ restApiId, mode: "overwrite", body }));
  expect(overwritten.description).toBeUndefined();
  expect(overwritten.rootResourceId).toBe(rootId);
  expect(Object.keys(await methodsOf(restApiId))).toEqual(["GET /cats"]);
});

test.each([
  ["no document", "hello"],
  ["broken JSON", "{"],
  [
    "YAML of aliases",
    Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level}, `.repeat(9)}]`)
      .join("\n")
      .replaceAll("*a0", "x"),
  ],
  ["a deep document", `{"swagger":"2.0","x":${"[".repeat(5000)}${"]".repeat(5000)}}`],
  ["deep YAML", `x: ${"[".repeat(20_000)}`],
  ["another format", { openapi: "2.9.9", info: { title: "a" } }],
  ["no title", { swagger: "2.0", info: {} }],
  ["a wrong path", { swagger: "2.0", info: { title: "a" }, paths: { pets: {} } }],
  ["a wrong model name", { swagger: "2.0", info: { title: "a" }, definitions: { "a-b": {} } }],
  [
    "a wrong integration",
    {
      swagger: "2.0",
      info: { title: "a" },
      paths: { "/": { get: { "x-amazon-apigateway-integration": { type: 7 } } } },
    },
  ],
  [
    "a member of the wrong type",
    { swagger: "2.0", info: { title: "a" }, "x-amazon-apigateway-binary-media-types": "image/png" },
  ],
  [
    "an unknown validator",
    { swagger: "2.0", info: { title: "a" }, paths: { "/": { get: { "x-amazon-apigateway-request-validator": "v" } } } },
  ],
])("%s is refused and leaves nothing", async (_, document) => {
  const count = async (): Promise<number> =>
    (await rest.send(new sdk.GetRestApisCommand({ limit: 500 }))).items?.length ?? 0;
  const before = await count();
  const importing = rest.send(new sdk.ImportRestApiCommand({ body: bytes(document) }));
  await expect(importing).rejects.toMatchObject(badRequest);
  expect(await count()).toBe(before);
});

test("warnings are answered, or refused on demand", async () => {
  const body = bytes({
    swagger: "2.0",
    info: { title: "a" },
    paths: { "/": { get: { responses: { default: {} }, security: [{ unknown: [] }] } } },
  });
  const refused = rest.send(new sdk.ImportRestApiCommand({ body, failOnWarnings: true }));
  await expect(refused).rejects.toMatchObject(badRequest);
  const { id, warnings } = await rest.send(new sdk.ImportRestApiCommand({ body }));
  expect(warnings).toHaveLength(2);
  await rest.send(new sdk.DeleteRestApiCommand({ restApiId: id }));
});
