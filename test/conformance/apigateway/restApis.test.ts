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

const notFound = { name: "NotFoundException", $metadata: { httpStatusCode: 404 } };
const badRequest = { name: "BadRequestException", $metadata: { httpStatusCode: 400 } };
const conflict = { name: "ConflictException", $metadata: { httpStatusCode: 409 } };
const functionUri = (name: string): string =>
  `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:${name}/invocations`;

test("an API is created, shown, patched, listed, tagged and deleted", async () => {
  const policy = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*" }],
  };
  const { restApiId, rootId } = await target.newRestApi({
    description: "first",
    binaryMediaTypes: ["image/png"],
    endpointConfiguration: { types: ["REGIONAL"] },
    policy: JSON.stringify(policy),
    tags: { team: "a" },
  });
  const api = await rest.send(new sdk.GetRestApiCommand({ restApiId }));
  expect(api).toMatchObject({
    id: restApiId,
    name: "pets",
    apiKeySource: "HEADER",
    description: "first",
    binaryMediaTypes: ["image/png"],
    disableExecuteApiEndpoint: false,
    endpointConfiguration: { types: ["REGIONAL"] },
    rootResourceId: rootId,
    tags: { team: "a" },
  });
  expect(api.createdDate).toBeInstanceOf(Date);
  // AWS answers with the text of a JSON string.
  const shown = JSON.parse(JSON.parse(`"${api.policy}"`) as string) as typeof policy;
  expect(shown.Statement[0]?.Resource).toBe(`arn:aws:execute-api:${target.region}:${target.accountId}:${restApiId}/*`);

  const patchOperations: sdk.PatchOperation[] = [
    { op: "replace", path: "/name", value: "cats" },
    { op: "replace", path: "/description", value: "" },
    { op: "add", path: "/binaryMediaTypes/image~1gif" },
    { op: "replace", path: "/minimumCompressionSize", value: "1024" },
    { op: "replace", path: "/endpointConfiguration/types/REGIONAL", value: "EDGE" },
    { op: "replace", path: "/policy", value: "" },
  ];
  const changed = await rest.send(new sdk.UpdateRestApiCommand({ restApiId, patchOperations }));
  expect(changed).toMatchObject({
    name: "cats",
    binaryMediaTypes: ["image/png", "image/gif"],
    minimumCompressionSize: 1024,
    endpointConfiguration: { types: ["EDGE"] },
  });
  expect(changed.description).toBeUndefined();
  expect(changed.policy).toBeUndefined();
  const wrong = [{ op: "replace" as const, path: "/id", value: "x" }];
  await expect(rest.send(new sdk.UpdateRestApiCommand({ restApiId, patchOperations: wrong }))).rejects.toMatchObject(
    badRequest,
  );

  const resourceArn = `arn:aws:apigateway:${target.region}::/restapis/${restApiId}`;
  await rest.send(new sdk.TagResourceCommand({ resourceArn, tags: { cost: "b" } }));
  await rest.send(new sdk.UntagResourceCommand({ resourceArn, tagKeys: ["team"] }));
  expect((await rest.send(new sdk.GetTagsCommand({ resourceArn }))).tags).toEqual({ cost: "b" });

  const listed: (string | undefined)[] = [];
  for await (const page of sdk.paginateGetRestApis({ client: rest, pageSize: 2 }, {})) {
    listed.push(...(page.items ?? []).map(({ id }) => id));
  }
  expect(listed).toContain(restApiId);
  await rest.send(new sdk.DeleteRestApiCommand({ restApiId }));
  await expect(rest.send(new sdk.GetRestApiCommand({ restApiId }))).rejects.toMatchObject({
    ...notFound,
    message: `Invalid API identifier specified ${target.accountId}:${restApiId}`,
  });
});

test("resources form a tree, and methods have responses and an integration", async () => {
  const { restApiId, rootId } = await target.newRestApi();
  const pets = await target.newResource(restApiId, rootId, "pets");
  const pet = await target.newResource(restApiId, pets, "{id}");
  await expect(target.newResource(restApiId, rootId, "pets")).rejects.toMatchObject(conflict);
  await expect(target.newResource(restApiId, pets, "{name}")).rejects.toMatchObject(badRequest);
  await expect(target.newResource(restApiId, pets, "a b")).rejects.toMatchObject(badRequest);
  const moved = await rest.send(
    new sdk.UpdateResourceCommand({
      restApiId,
      resourceId: pets,
      patchOperations: [{ op: "replace", path: "/pathPart", value: "animals" }],
    }),
  );
  expect(moved.path).toBe("/animals");
  const { items } = await rest.send(new sdk.GetResourcesCommand({ restApiId }));
  expect(items?.map(({ path }) => path).toSorted()).toEqual(["/", "/animals", "/animals/{id}"]);

  const name = { restApiId, resourceId: pet, httpMethod: "GET" };
  await target.newMethod(name, {
    apiKeyRequired: true,
    requestParameters: { "method.request.querystring.size": true },
    requestModels: { "application/json": "Empty" },
  });
  await expect(target.newMethod(name)).rejects.toMatchObject(conflict);
  const status = { ...name, statusCode: "200" };
  await rest.send(
    new sdk.PutMethodResponseCommand({
      ...status,
      responseModels: { "application/json": "Empty" },
      responseParameters: { "method.response.header.X-Size": false },
    }),
  );
  const undeclared = { ...status, responseParameters: { "method.response.header.Other": "'a'" } };
  await expect(rest.send(new sdk.PutIntegrationResponseCommand(undeclared))).rejects.toMatchObject(badRequest);
  await rest.send(
    new sdk.PutIntegrationResponseCommand({
      ...status,
      responseParameters: { "method.response.header.X-Size": "integration.response.header.size" },
      responseTemplates: { "application/json": "{}" },
      selectionPattern: "2..",
    }),
  );
  await rest.send(
    new sdk.UpdateIntegrationCommand({
      ...name,
      patchOperations: [
        { op: "add", path: "/requestTemplates/application~1json", value: '{"statusCode": 200}' },
        { op: "replace", path: "/timeoutInMillis", value: "1000" },
      ],
    }),
  );
  const method = await rest.send(
    new sdk.UpdateMethodCommand({
      ...name,
      patchOperations: [
        { op: "replace", path: "/apiKeyRequired", value: "false" },
        { op: "add", path: "/requestParameters/method.request.header.X-A", value: "false" },
        { op: "remove", path: "/requestParameters/method.request.querystring.size" },
      ],
    }),
  );
  expect(method).toMatchObject({
    httpMethod: "GET",
    authorizationType: "NONE",
    apiKeyRequired: false,
    methodResponses: { "200": { statusCode: "200" } },
    methodIntegration: {
      type: "MOCK",
      timeoutInMillis: 1000,
      passthroughBehavior: "WHEN_NO_MATCH",
      cacheNamespace: pet,
      requestTemplates: { "application/json": '{"statusCode": 200}' },
      integrationResponses: { "200": { selectionPattern: "2.." } },
    },
  });
  expect(method.requestParameters).toEqual({ "method.request.header.X-A": false });
  const embedded = await rest.send(new sdk.GetResourceCommand({ restApiId, resourceId: pet, embed: ["methods"] }));
  expect(embedded.resourceMethods?.["GET"]?.methodIntegration?.type).toBe("MOCK");
  const inUse = rest.send(new sdk.DeleteModelCommand({ restApiId, modelName: "Empty" }));
  await expect(inUse).rejects.toMatchObject(conflict);
  await rest.send(new sdk.DeleteIntegrationResponseCommand(status));
  await rest.send(new sdk.DeleteMethodResponseCommand(status));
  await rest.send(new sdk.DeleteIntegrationCommand(name));
  await expect(rest.send(new sdk.GetIntegrationCommand(name))).rejects.toMatchObject({
    ...notFound,
    message: "Invalid Integration identifier specified",
  });
  await rest.send(new sdk.DeleteMethodCommand(name));
  await rest.send(new sdk.DeleteResourceCommand({ restApiId, resourceId: pets }));
  await expect(rest.send(new sdk.GetResourceCommand({ restApiId, resourceId: pet }))).rejects.toMatchObject(notFound);
});

test.each<[string, Partial<sdk.PutIntegrationCommandInput>]>([
  ["no method", { type: "HTTP", uri: "https://example.org/" }],
  ["no URL", { type: "HTTP_PROXY", integrationHttpMethod: "GET", uri: "example" }],
  ["no ARN", { type: "AWS", integrationHttpMethod: "POST", uri: "https://example.org/" }],
  ["no function", { type: "AWS_PROXY", integrationHttpMethod: "POST", uri: functionUri("").replace(":function:", "") }],
  ["too long a timeout", { timeoutInMillis: 29_001 }],
  ["a wrong mapping", { requestParameters: { "integration.request.header.a": "request.header.a" } }],
])("an integration with %s is refused", async (_, integration) => {
  const { restApiId, rootId } = await target.newRestApi();
  await expect(target.newMethod({ restApiId, resourceId: rootId }, {}, integration)).rejects.toMatchObject(badRequest);
});

test("validators, authorizers, models and gateway responses are parts that methods refer to", async () => {
  const { restApiId, rootId } = await target.newRestApi();
  const validator = await rest.send(new sdk.CreateRequestValidatorCommand({ restApiId, name: "v" }));
  expect(validator).toMatchObject({ name: "v", validateRequestBody: false, validateRequestParameters: false });
  const authorizer = await rest.send(
    new sdk.CreateAuthorizerCommand({
      restApiId,
      name: "a",
      type: "TOKEN",
      authorizerUri: functionUri("auth"),
      identitySource: "method.request.header.Authorization",
    }),
  );
  expect(authorizer).toMatchObject({ authType: "custom", authorizerResultTtlInSeconds: 300 });
  const { id: requestValidatorId } = validator;
  const { id: authorizerId } = authorizer;
  const method = { requestValidatorId, authorizerId, authorizationType: "CUSTOM" };
  await target.newMethod({ restApiId, resourceId: rootId }, method);
  const deletesAuthorizer = rest.send(new sdk.DeleteAuthorizerCommand({ restApiId, authorizerId }));
  await expect(deletesAuthorizer).rejects.toMatchObject(conflict);
  const deletesValidator = rest.send(new sdk.DeleteRequestValidatorCommand({ restApiId, requestValidatorId }));
  await expect(deletesValidator).rejects.toMatchObject(conflict);
  const without = { restApiId, resourceId: rootId, httpMethod: "POST", authorizationType: "CUSTOM" };
  await expect(rest.send(new sdk.PutMethodCommand(without))).rejects.toMatchObject(badRequest);

  const contentType = "application/json";
  await rest.send(new sdk.CreateModelCommand({ restApiId, name: "Pet", contentType, schema: '{"type":"object"}' }));
  await expect(
    rest.send(new sdk.CreateModelCommand({ restApiId, name: "Pet", contentType, schema: "{}" })),
  ).rejects.toMatchObject(conflict);
  await expect(
    rest.send(new sdk.CreateModelCommand({ restApiId, name: "Cat", contentType, schema: "[" })),
  ).rejects.toMatchObject(badRequest);
  const models = await rest.send(new sdk.GetModelsCommand({ restApiId }));
  expect(models.items?.map(({ name }) => name)).toEqual(["Empty", "Error", "Pet"]);

  const responseType = "UNAUTHORIZED";
  expect(await rest.send(new sdk.GetGatewayResponseCommand({ restApiId, responseType }))).toMatchObject({
    statusCode: "401",
    defaultResponse: true,
  });
  await rest.send(
    new sdk.PutGatewayResponseCommand({
      restApiId,
      responseType,
      statusCode: "403",
      responseParameters: { "gatewayresponse.header.X-A": "'b'" },
    }),
  );
  const all = await rest.send(new sdk.GetGatewayResponsesCommand({ restApiId, limit: 500 }));
  expect(all.items).toHaveLength(21);
  expect(all.items?.filter(({ defaultResponse }) => !defaultResponse)).toMatchObject([
    { responseType, statusCode: "403", responseParameters: { "gatewayresponse.header.X-A": "'b'" } },
  ]);
  await rest.send(new sdk.DeleteGatewayResponseCommand({ restApiId, responseType }));
});

test("a stage serves a deployment, and has settings of methods", async () => {
  const { restApiId, rootId } = await target.newRestApi();
  const empty = rest.send(new sdk.CreateDeploymentCommand({ restApiId }));
  await expect(empty).rejects.toMatchObject({ ...badRequest, message: "The REST API doesn't contain any methods" });
  await rest.send(
    new sdk.PutMethodCommand({ restApiId, resourceId: rootId, httpMethod: "PUT", authorizationType: "NONE" }),
  );
  const bare = rest.send(new sdk.CreateDeploymentCommand({ restApiId }));
  await expect(bare).rejects.toMatchObject({ ...badRequest, message: "No integration defined for method" });
  await rest.send(new sdk.DeleteMethodCommand({ restApiId, resourceId: rootId, httpMethod: "PUT" }));
  await target.newMethod({ restApiId, resourceId: rootId });
  const { id: deploymentId } = await rest.send(
    new sdk.CreateDeploymentCommand({ restApiId, stageName: "dev", variables: { a: "1" }, description: "d" }),
  );
  const deployment = await rest.send(new sdk.GetDeploymentCommand({ restApiId, deploymentId, embed: ["apisummary"] }));
  expect(deployment.apiSummary).toEqual({ "/": { GET: { authorizationType: "NONE", apiKeyRequired: false } } });
  const stageName = "dev";
  const patch = async (...patchOperations: sdk.PatchOperation[]): Promise<sdk.UpdateStageCommandOutput> =>
    await rest.send(new sdk.UpdateStageCommand({ restApiId, stageName, patchOperations }));
  const stage = await patch(
    { op: "replace", path: "/variables/b", value: "2" },
    { op: "remove", path: "/variables/a" },
    { op: "replace", path: "/*/*/throttling/rateLimit", value: "10.5" },
    { op: "replace", path: "/~1pets~1{id}/GET/throttling/burstLimit", value: "7" },
    { op: "replace", path: "/pets/{id}/GET/metrics/enabled", value: "true" },
    { op: "replace", path: "/tracingEnabled", value: "true" },
  );
  expect(stage).toMatchObject({
    deploymentId,
    variables: { b: "2" },
    tracingEnabled: true,
    methodSettings: {
      "*/*": { throttlingRateLimit: 10.5, loggingLevel: "OFF" },
      "~1pets~1{id}/GET": { throttlingBurstLimit: 7, metricsEnabled: true },
    },
  });
  expect(stage.variables).toEqual({ b: "2" });
  const less = await patch({ op: "remove", path: "/*/*" });
  expect(Object.keys(less.methodSettings ?? {})).toEqual(["~1pets~1{id}/GET"]);
  const used = rest.send(new sdk.DeleteDeploymentCommand({ restApiId, deploymentId }));
  await expect(used).rejects.toMatchObject(badRequest);
  const twin = rest.send(new sdk.CreateStageCommand({ restApiId, stageName, deploymentId }));
  await expect(twin).rejects.toMatchObject({ ...conflict, message: "Stage already exists" });
  await rest.send(new sdk.DeleteStageCommand({ restApiId, stageName }));
  await rest.send(new sdk.DeleteDeploymentCommand({ restApiId, deploymentId }));
});

test.skipIf(process.env["TARGET"] === "aws")(
  "an API whose definition grows beyond what servers keep in memory is refused",
  { timeout: 60_000 },
  async () => {
    const { restApiId } = await target.newRestApi();
    const schema = JSON.stringify({ type: "object", title: "x".repeat(390_000) });
    const add = async (name: string): Promise<unknown> =>
      await rest.send(new sdk.CreateModelCommand({ restApiId, name, contentType: "application/json", schema }));
    let refusal: unknown;
    let added = 0;
    for (; refusal === undefined && added < 60; added++) {
      refusal = await add(`M${added}`).then(
        () => undefined,
        (error: unknown) => error,
      );
    }
    expect(refusal).toMatchObject(badRequest);
    expect(added).toBeGreaterThan(20);
    await rest.send(new sdk.DeleteModelCommand({ restApiId, modelName: "M0" }));
    await add("M0");
  },
);
