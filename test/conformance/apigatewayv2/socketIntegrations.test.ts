import {
  APIGatewayClient,
  CreateApiKeyCommand,
  CreateUsagePlanCommand,
  CreateUsagePlanKeyCommand,
  DeleteApiKeyCommand,
  DeleteUsagePlanCommand,
  UpdateUsagePlanCommand,
} from "@aws-sdk/client-api-gateway";
import {
  CreateIntegrationCommand,
  type CreateIntegrationCommandInput,
  CreateIntegrationResponseCommand,
  type CreateIntegrationResponseCommandInput,
  CreateModelCommand,
  CreateRouteCommand,
  CreateRouteResponseCommand,
  DeleteIntegrationResponseCommand,
  DeleteModelCommand,
  DeleteRouteCommand,
  DeleteRouteRequestParameterCommand,
  GetIntegrationResponseCommand,
  GetIntegrationResponsesCommand,
  GetModelCommand,
  GetModelsCommand,
  GetRouteCommand,
  UpdateIntegrationResponseCommand,
  UpdateModelCommand,
  UpdateRouteCommand,
} from "@aws-sdk/client-apigatewayv2";
import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWebSocket, refusalOf } from "../../support/webSockets.ts";
import { type HttpApiTarget, httpApiTarget } from "./httpApiTarget.ts";

/** Behind integrations that are no proxy: it gets what a template made, and answers with what another one reads. */
const ECHO = `
export const handler = async (event) => {
  if (event.fail) throw new Error("no such pet: " + event.fail);
  return { got: event };
};
`;
const RouteSelectionExpression = "$request.body.action";

let target: HttpApiTarget & AsyncDisposable;
let echo = "";
let origin = "";
beforeAll(async () => {
  target = await httpApiTarget();
  echo = await target.newFunction(await zipOf({ "index.mjs": ECHO }));
  const { hostname, port } = (await target.lambda.client.config.endpoint?.()) ?? {};
  origin = `${hostname}:${port}`;
});
afterAll(() => target[Symbol.asyncDispose]());

const newApi = (): Promise<string> => target.newApi({ ProtocolType: "WEBSOCKET", RouteSelectionExpression });
const addressOf = (ApiId: string): string => `ws://${origin}/_hearth/api/${ApiId}/live`;

/** A route with an integration of its own and its responses; it answers unless it is `$connect`. */
async function newRoute(
  ApiId: string,
  RouteKey: string,
  integration: Omit<CreateIntegrationCommandInput, "ApiId">,
  responses: readonly Partial<CreateIntegrationResponseCommandInput>[] = [],
): Promise<{ readonly RouteId: string; readonly IntegrationId: string }> {
  const { IntegrationId = "" } = await target.apis.send(new CreateIntegrationCommand({ ApiId, ...integration }));
  for (const response of responses) {
    const input = { ApiId, IntegrationId, IntegrationResponseKey: "$default", ...response };
    await target.apis.send(new CreateIntegrationResponseCommand(input));
  }
  const RouteId = await target.newRoute(ApiId, RouteKey, {
    Target: `integrations/${IntegrationId}`,
    ...(RouteKey !== "$connect" && { RouteResponseSelectionExpression: "$default" }),
  });
  if (RouteKey !== "$connect") {
    await target.apis.send(new CreateRouteResponseCommand({ ApiId, RouteId, RouteResponseKey: "$default" }));
  }
  return { RouteId, IntegrationId };
}

const functionUri = (): string =>
  `arn:aws:apigateway:${target.region}:lambda:path/2015-03-31/functions/${echo}/invocations`;
const mock = (statusCode: number): Omit<CreateIntegrationCommandInput, "ApiId"> => ({
  IntegrationType: "MOCK",
  TemplateSelectionExpression: "200",
  RequestTemplates: { "200": `{"statusCode":${statusCode}}` },
});

test("templates and integration responses shape what a function gets, and what the client is sent", async () => {
  const ApiId = await newApi();
  await newRoute(
    ApiId,
    "pet",
    {
      IntegrationType: "AWS",
      IntegrationUri: functionUri(),
      IntegrationMethod: "POST",
      TemplateSelectionExpression: "\\$default",
      RequestTemplates: {
        $default: `{"pet":$input.json('$.pet'),"key":"$context.routeKey","fail":$input.json('$.fail')}`,
      },
    },
    [
      {
        IntegrationResponseKey: "/no such pet.*/",
        ResponseTemplates: { $default: `{"error":$input.json('$.errorMessage')}` },
      },
      { ResponseTemplates: { $default: `{"pet":$input.json('$.got.pet'),"key":$input.json('$.got.key')}` } },
    ],
  );
  await newRoute(ApiId, "$default", mock(200), [{ ResponseTemplates: { $default: "pong $context.connectionId" } }]);
  await target.newStage(ApiId, { StageName: "live" });
  await using socket = await openWebSocket(addressOf(ApiId));
  socket.send('{"action":"pet","pet":{"name":"Rex"}}');
  expect(await socket.next()).toBe('{"pet":{"name":"Rex"},"key":"pet"}');
  socket.send('{"action":"pet","fail":"Rex"}');
  expect(await socket.next()).toBe('{"error":"no such pet: Rex"}');
  socket.send("anything");
  expect(await socket.next()).toMatch(/^pong [\w-]{15}=$/);
});

test("what happens at a stage is in the metrics of AWS/ApiGateway", async () => {
  const ApiId = await newApi();
  await newRoute(ApiId, "$connect", mock(200));
  await newRoute(ApiId, "echo", mock(200), [{}]);
  await target.newStage(ApiId, { StageName: "live" });
  await using socket = await openWebSocket(addressOf(ApiId));
  socket.send('{"action":"none"}');
  expect(await socket.next()).toContain("Forbidden");

  await using stack = new AsyncDisposableStack();
  const { credentials } = target.apis.config;
  const cloudWatch = stack.adopt(
    new CloudWatchClient({ endpoint: `http://${origin}`, region: target.region, credentials }),
    (client) => client.destroy(),
  );
  const Dimensions = [
    { Name: "ApiId", Value: ApiId },
    { Name: "Stage", Value: "live" },
  ];
  const sumOf = async (MetricName: string): Promise<number> => {
    const now = Date.now();
    const times = { StartTime: new Date(now - 600_000), EndTime: new Date(now + 60_000), Period: 60 };
    const metric = { Namespace: "AWS/ApiGateway", MetricName, Dimensions };
    const { Datapoints = [] } = await cloudWatch.send(
      new GetMetricStatisticsCommand({ ...metric, ...times, Statistics: ["Sum"] }),
    );
    return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0);
  };
  const wanted = { ConnectCount: 1, MessageCount: 2, ClientError: 1 };
  const read = async (): Promise<Record<string, number>> => ({
    ConnectCount: await sumOf("ConnectCount"),
    MessageCount: await sumOf("MessageCount"),
    ClientError: await sumOf("ClientError"),
  });
  await expect.poll(read, { timeout: 60_000 }).toEqual(wanted);
});

test("a mock of $connect refuses by its status", async () => {
  const ApiId = await newApi();
  await newRoute(ApiId, "$connect", mock(403));
  await target.newStage(ApiId, { StageName: "live" });
  expect(await refusalOf(addressOf(ApiId))).toMatchObject({ status: 403 });
});

test("integration responses are listed, changed and deleted, also with their integration", async () => {
  const { apis } = target;
  const ApiId = await newApi();
  const { RouteId, IntegrationId } = await newRoute(ApiId, "a", mock(200), [{}]);
  const name = { ApiId, IntegrationId };
  const { Items = [] } = await apis.send(new GetIntegrationResponsesCommand(name));
  expect(Items).toMatchObject([{ IntegrationResponseKey: "$default" }]);
  const IntegrationResponseId = Items[0]?.IntegrationResponseId ?? "";
  const wrong = { ...name, IntegrationResponseKey: "$default" };
  await expect(apis.send(new CreateIntegrationResponseCommand(wrong))).rejects.toMatchObject({
    name: "ConflictException",
  });
  for (const bad of [
    { IntegrationResponseKey: "200" },
    { IntegrationResponseKey: "/(/" },
    { IntegrationResponseKey: "/2/", TemplateSelectionExpression: "$unknown.x" },
    { IntegrationResponseKey: "/2/", ResponseParameters: { "method.response.header.a": "b" } },
  ]) {
    const command = new CreateIntegrationResponseCommand({ ...name, ...bad });
    await expect(apis.send(command)).rejects.toMatchObject({ name: "BadRequestException" });
  }
  const ResponseTemplates = { $default: "x" };
  await apis.send(new UpdateIntegrationResponseCommand({ ...name, IntegrationResponseId, ResponseTemplates }));
  const one = { ...name, IntegrationResponseId };
  expect(await apis.send(new GetIntegrationResponseCommand(one))).toMatchObject({ ResponseTemplates });
  await apis.send(new DeleteIntegrationResponseCommand(one));
  await expect(apis.send(new GetIntegrationResponseCommand(one))).rejects.toMatchObject({ name: "NotFoundException" });
  await apis.send(new DeleteRouteCommand({ ApiId, RouteId }));
});

test("models are managed, and messages that do not fit them do not reach the integration", async () => {
  const { apis } = target;
  const ApiId = await newApi();
  const Schema = '{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}';
  const { ModelId = "", ContentType } = await apis.send(new CreateModelCommand({ ApiId, Name: "Pet", Schema }));
  expect(ContentType).toBe("application/json");
  const twin = apis.send(new CreateModelCommand({ ApiId, Name: "Pet", Schema }));
  await expect(twin).rejects.toMatchObject({ name: "ConflictException" });
  for (const bad of [
    { Name: "no-name", Schema },
    { Name: "Other", Schema: "[" },
  ]) {
    await expect(apis.send(new CreateModelCommand({ ApiId, ...bad }))).rejects.toMatchObject({
      name: "BadRequestException",
    });
  }
  await apis.send(new UpdateModelCommand({ ApiId, ModelId, Description: "a pet" }));
  expect(await apis.send(new GetModelCommand({ ApiId, ModelId }))).toMatchObject({
    Name: "Pet",
    Schema,
    Description: "a pet",
  });
  expect((await apis.send(new GetModelsCommand({ ApiId }))).Items).toMatchObject([{ ModelId }]);

  const { RouteId } = await newRoute(ApiId, "pet", mock(200), [{ ResponseTemplates: { $default: "fits" } }]);
  const ModelSelectionExpression = "$request.body.kind";
  const checked = { ApiId, RouteId, ModelSelectionExpression, RequestModels: { pet: "Pet" } };
  const unknown = apis.send(new UpdateRouteCommand({ ...checked, RequestModels: { pet: "None" } }));
  await expect(unknown).rejects.toMatchObject({ name: "BadRequestException" });
  await apis.send(new UpdateRouteCommand(checked));
  const used = apis.send(new DeleteModelCommand({ ApiId, ModelId }));
  await expect(used).rejects.toMatchObject({ name: "ConflictException" });
  await target.newStage(ApiId, { StageName: "live" });
  await using socket = await openWebSocket(addressOf(ApiId));
  socket.send('{"action":"pet","kind":"pet","name":"Rex"}');
  expect(await socket.next()).toBe("fits");
  for (const body of ['{"action":"pet","kind":"pet","name":7}', '{"action":"pet","kind":"other"}']) {
    socket.send(body);
    expect(JSON.parse(await socket.next())).toMatchObject({ message: "Bad request body" });
  }
});

test("$connect takes clients with a key of a usage plan of the stage, within the plan's quota", async () => {
  const ApiId = await newApi();
  const { RouteId } = await newRoute(ApiId, "$connect", mock(200));
  await target.apis.send(new UpdateRouteCommand({ ApiId, RouteId, ApiKeyRequired: true }));
  await target.newStage(ApiId, { StageName: "live" });
  const elsewhere = target.apis.send(new CreateRouteCommand({ ApiId, RouteKey: "other", ApiKeyRequired: true }));
  await expect(elsewhere).rejects.toMatchObject({ name: "BadRequestException" });

  await using stack = new AsyncDisposableStack();
  const { credentials } = target.apis.config;
  const rest = stack.adopt(
    new APIGatewayClient({ endpoint: `http://${origin}`, region: target.region, credentials, maxAttempts: 1 }),
    (client) => client.destroy(),
  );
  const { id: apiKey = "", value = "" } = await rest.send(new CreateApiKeyCommand({ name: "k", enabled: true }));
  stack.defer(async () => void (await rest.send(new DeleteApiKeyCommand({ apiKey }))));
  const apiStages = [{ apiId: ApiId, stage: "live" }];
  const quota = { limit: 2, period: "DAY", offset: 0 } as const;
  const { id: usagePlanId = "" } = await rest.send(new CreateUsagePlanCommand({ name: "p", apiStages, quota }));
  stack.defer(async () => {
    const patchOperations = [{ op: "remove", path: "/apiStages", value: `${ApiId}:live` }] as const;
    await rest.send(new UpdateUsagePlanCommand({ usagePlanId, patchOperations: [...patchOperations] }));
    await rest.send(new DeleteUsagePlanCommand({ usagePlanId }));
  });
  const url = addressOf(ApiId);
  const headers = { "x-api-key": value };
  expect(await refusalOf(url, { headers })).toMatchObject({ status: 403 });
  await rest.send(new CreateUsagePlanKeyCommand({ usagePlanId, keyId: apiKey, keyType: "API_KEY" }));
  expect(await refusalOf(url)).toMatchObject({ status: 403 });
  for (let i = 0; i < quota.limit; i++) {
    await using socket = await openWebSocket(url, { headers });
    expect(socket.protocol).toBe("");
  }
  const { status, body } = await refusalOf(url, { headers });
  expect({ status, message: (JSON.parse(body) as { message: string }).message }).toEqual({
    status: 429,
    message: "Limit Exceeded",
  });
});

test("parameters of a route's request are required until they are deleted", async () => {
  const ApiId = await newApi();
  const { RouteId } = await newRoute(ApiId, "$connect", mock(200));
  const RequestParameterKey = "route.request.querystring.room";
  const RequestParameters = { [RequestParameterKey]: { Required: true } };
  await target.apis.send(new UpdateRouteCommand({ ApiId, RouteId, RequestParameters }));
  await target.newStage(ApiId, { StageName: "live" });
  expect(await refusalOf(addressOf(ApiId))).toMatchObject({ status: 400 });
  await target.apis.send(new DeleteRouteRequestParameterCommand({ ApiId, RouteId, RequestParameterKey }));
  expect((await target.apis.send(new GetRouteCommand({ ApiId, RouteId }))).RequestParameters ?? {}).toEqual({});
  await using socket = await openWebSocket(addressOf(ApiId));
  expect(socket.protocol).toBe("");
});

test("a frame of more than 32 KB closes the connection, a message of several frames may have 128 KB", async () => {
  const ApiId = await newApi();
  await newRoute(ApiId, "$default", mock(200), [{ ResponseTemplates: { $default: "read" } }]);
  await target.newStage(ApiId, { StageName: "live" });
  await using socket = await openWebSocket(addressOf(ApiId));
  socket.send("x".repeat(32 * 1024));
  expect(await socket.next()).toBe("read");
  const part = "x".repeat(32 * 1024);
  socket.sendParts([part, part, part, part]);
  expect(await socket.next()).toBe("read");
  socket.send(`${part}x`);
  expect(await socket.closed).toMatchObject({ code: 1009 });
});
