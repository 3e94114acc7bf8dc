import {
  CreateApiCommand,
  DeleteApiCommand,
  ExportApiCommand,
  GetApiCommand,
  GetAuthorizersCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  ImportApiCommand,
  ReimportApiCommand,
} from "@aws-sdk/client-apigatewayv2";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HttpApiTarget, httpApiTarget } from "./httpApiTarget.ts";

const CODE = `export const handler = async ({ routeKey, pathParameters }) => ({ statusCode: 200, body: JSON.stringify({ routeKey, pathParameters }) });`;

let target: HttpApiTarget & AsyncDisposable;
let uri = "";
const made: string[] = [];
beforeAll(async () => {
  target = await httpApiTarget();
  uri = await target.newFunction(await zipOf({ "index.mjs": CODE }));
});
afterAll(async () => {
  for (const ApiId of made) await target.apis.send(new DeleteApiCommand({ ApiId }));
  await target[Symbol.asyncDispose]();
});

/** A definition as API Gateway's documentation shows them, in YAML. */
const definition = (title = "pets") => `
openapi: 3.0.1
info: { title: ${title}, version: "1.2", description: All about pets }
tags:
  - name: team
    x-amazon-apigateway-tag-value: zoo
  - name: only for readers
servers:
  - url: https://api.example.org/{base}
    variables: { base: { default: v1 } }
x-amazon-apigateway-cors:
  allowOrigins: ["https://example.org"]
  maxAge: 60
paths:
  /pets/{id}:
    get:
      operationId: getPet
      x-amazon-apigateway-integration: { $ref: "#/components/x-amazon-apigateway-integrations/pets" }
    delete:
      security: [{ tokens: [write] }]
      x-amazon-apigateway-integration: { $ref: "#/components/x-amazon-apigateway-integrations/pets" }
  /signed:
    x-amazon-apigateway-any-method:
      x-amazon-apigateway-auth: { type: AWS_IAM }
      x-amazon-apigateway-integration: { $ref: "#/components/x-amazon-apigateway-integrations/pets" }
  /$default:
    x-amazon-apigateway-any-method:
      isDefaultRoute: true
      x-amazon-apigateway-integration: { type: http_proxy, httpMethod: ANY, uri: "https://example.org/{proxy}", payloadFormatVersion: 1.0 }
components:
  x-amazon-apigateway-integrations:
    pets: { type: aws_proxy, httpMethod: POST, uri: "${uri}", payloadFormatVersion: 2.0, timeoutInMillis: 5000 }
  securitySchemes:
    tokens:
      type: oauth2
      flows: {}
      x-amazon-apigateway-authorizer:
        type: jwt
        identitySource: "$request.header.Authorization"
        jwtConfiguration: { issuer: "https://issuer.example.org", audience: [pets] }
`;

/** An API without ids and times: what a definition says. */
async function partsOf(ApiId: string): Promise<unknown> {
  const { apis } = target;
  const [routes, integrations, authorizers] = await Promise.all([
    apis.send(new GetRoutesCommand({ ApiId })),
    apis.send(new GetIntegrationsCommand({ ApiId })),
    apis.send(new GetAuthorizersCommand({ ApiId })),
  ]);
  const integrationOf = (Target = "") =>
    integrations.Items?.find(({ IntegrationId }) => Target.endsWith(IntegrationId ?? "-"));
  return {
    routes: routes.Items?.map(({ AuthorizerId, Target, ...route }) => ({
      ...{ ...route, RouteId: undefined },
      authorizer: authorizers.Items?.find((one) => one.AuthorizerId === AuthorizerId)?.Name,
      integration: { ...integrationOf(Target), IntegrationId: undefined },
    })).toSorted((a, b) => String(a.RouteKey).localeCompare(String(b.RouteKey))),
    integrations: integrations.Items?.length,
    authorizers: authorizers.Items?.map((authorizer) => ({ ...authorizer, AuthorizerId: undefined })),
  };
}

async function imported(Body: string, more = {}): Promise<string> {
  const { ApiId = "" } = await target.apis.send(new ImportApiCommand({ Body, ...more }));
  made.push(ApiId);
  return ApiId;
}

test("an imported definition is an API whose routes answer", async () => {
  const ApiId = await imported(definition());
  const api = await target.apis.send(new GetApiCommand({ ApiId }));
  expect(api).toMatchObject({
    ...{ Name: "pets", Version: "1.2", Description: "All about pets", ProtocolType: "HTTP", Tags: { team: "zoo" } },
    CorsConfiguration: { AllowOrigins: ["https://example.org"], MaxAge: 60 },
  });
  expect(await partsOf(ApiId)).toMatchObject({
    routes: [
      {
        RouteKey: "$default",
        integration: { IntegrationType: "HTTP_PROXY", IntegrationUri: "https://example.org/{proxy}" },
      },
      { RouteKey: "ANY /signed", AuthorizationType: "AWS_IAM" },
      { RouteKey: "DELETE /pets/{id}", AuthorizationType: "JWT", AuthorizationScopes: ["write"], authorizer: "tokens" },
      {
        RouteKey: "GET /pets/{id}",
        OperationName: "getPet",
        integration: { TimeoutInMillis: 5000, IntegrationUri: uri },
      },
    ],
    integrations: 2,
    authorizers: [{ Name: "tokens", AuthorizerType: "JWT", JwtConfiguration: { Audience: ["pets"] } }],
  });
  await target.newStage(ApiId);
  const answer = await target.call(ApiId, "/pets/7");
  expect(answer).toMatchObject({ status: 200, body: '{"routeKey":"GET /pets/{id}","pathParameters":{"id":"7"}}' });
  expect((await target.call(ApiId, "/signed")).status).toBe(403);
});

test("requirements of the whole definition hold for operations that name none", async () => {
  const open = definition().replace("      operationId: getPet\n", "      operationId: getPet\n      security: []\n");
  const ApiId = await imported(`${open}security: [{ tokens: [read] }]\n`);
  expect(await partsOf(ApiId)).toMatchObject({
    routes: [
      { RouteKey: "$default", AuthorizationType: "JWT", AuthorizationScopes: ["read"], authorizer: "tokens" },
      { RouteKey: "ANY /signed", AuthorizationType: "AWS_IAM" },
      { RouteKey: "DELETE /pets/{id}", AuthorizationType: "JWT", AuthorizationScopes: ["write"] },
      { RouteKey: "GET /pets/{id}", AuthorizationType: "NONE" },
    ],
  });
  const Body = minimal({ "/a": { get: {} } }, { security: [{ key: [] }] });
  const unknown = await target.apis.send(new ImportApiCommand({ Body }));
  made.push(unknown.ApiId ?? "");
  expect(unknown.Warnings).toContain("The security scheme key has no x-amazon-apigateway-authorizer");
});

test.each(["JSON", "YAML"] as const)(
  "an export in %s makes the same API when it is imported again",
  async (OutputType) => {
    const { apis } = target;
    const ApiId = await imported(definition());
    const exported = await apis.send(new ExportApiCommand({ ApiId, Specification: "OAS30", OutputType }));
    const Body = new TextDecoder().decode(exported.body);
    const again = await imported(Body);
    expect(await partsOf(again)).toEqual(await partsOf(ApiId));
    await apis.send(new ReimportApiCommand({ ApiId, Body: Body.replace("pets", "cats") }));
    expect(await partsOf(ApiId)).toEqual(await partsOf(again));
    expect(await apis.send(new GetApiCommand({ ApiId }))).toMatchObject({ Name: "cats" });
  },
);

test("the base path of the definition's server can precede its paths", async () => {
  const keysOf = async (Basepath: string): Promise<unknown> => {
    const { Items } = await target.apis.send(
      new GetRoutesCommand({ ApiId: await imported(definition(), { Basepath }) }),
    );
    return Items?.map(({ RouteKey }) => RouteKey).toSorted();
  };
  expect(await keysOf("prepend")).toEqual(["$default", "ANY /v1/signed", "DELETE /v1/pets/{id}", "GET /v1/pets/{id}"]);
  expect(await keysOf("ignore")).toContain("ANY /signed");
});

const minimal = (paths: object, more = {}): string =>
  JSON.stringify({ openapi: "3.0.1", info: { title: "x" }, paths, ...more });

test.each([
  ["no JSON and no YAML", "{"],
  ["Swagger 2", JSON.stringify({ swagger: "2.0", info: { title: "x" }, paths: {} })],
  ["no title", JSON.stringify({ openapi: "3.0.1", paths: {} })],
  [
    "an integration that is not there",
    minimal({
      "/a": {
        get: { "x-amazon-apigateway-integration": { $ref: "#/components/x-amazon-apigateway-integrations/none" } },
      },
    }),
  ],
  [
    "an integration of a wrong type",
    minimal({ "/a": { get: { "x-amazon-apigateway-integration": { type: "magic" } } } }),
  ],
  ["a security scheme without an authorizer", minimal({ "/a": { get: { security: [{ key: [] }] } } })],
  ["a path of a wrong form", minimal({ "/a/{": { get: {} } })],
  ["a wrong CORS configuration", minimal({}, { "x-amazon-apigateway-cors": { maxAge: "long" } })],
])("a definition with %s is refused, and leaves nothing", async (_what, Body) => {
  await expect(imported(Body)).rejects.toMatchObject({ name: "BadRequestException" });
});

test("warnings fail an import where that is asked for, and are shown otherwise", async () => {
  const Body = minimal({ "/a": { get: {} } });
  await expect(imported(Body, { FailOnWarnings: true })).rejects.toMatchObject({ name: "BadRequestException" });
  const { ApiId = "", Warnings } = await target.apis.send(new ImportApiCommand({ Body }));
  made.push(ApiId);
  expect(Warnings).toEqual(["The route GET /a has no integration"]);
});

test("WebSocket APIs are neither imported over nor exported", async () => {
  const { ApiId = "" } = await target.apis.send(
    new CreateApiCommand({ Name: "s", ProtocolType: "WEBSOCKET", RouteSelectionExpression: "$request.body.a" }),
  );
  made.push(ApiId);
  const refused = { name: "BadRequestException" };
  await expect(target.apis.send(new ReimportApiCommand({ ApiId, Body: minimal({}) }))).rejects.toMatchObject(refused);
  const exported = new ExportApiCommand({ ApiId, Specification: "OAS30", OutputType: "JSON" });
  await expect(target.apis.send(exported)).rejects.toMatchObject(refused);
});
