import { DeleteConnectionCommand, ApiGatewayManagementApiClient } from "@aws-sdk/client-apigatewaymanagementapi";
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateIntegrationResponseCommand,
  CreateRouteCommand,
  CreateRouteResponseCommand,
  CreateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { AddPermissionCommand, GetFunctionCommand } from "@aws-sdk/client-lambda";
import { type ClientConfig, startHearth } from "@hearth/testkit";
import { expect, test } from "vitest";
import { createActive, lambdaClient } from "../support/lambda.ts";
import { openWebSocket } from "../support/webSockets.ts";

/** Writes which connection has ended to its log. */
const LEAVE = `export const handler = async ({ requestContext: { eventType, connectionId, disconnectStatusCode } }) => {
  console.log("ended", eventType, connectionId, disconnectStatusCode);
};`;
const SOCKETS = 3;

/** An API whose `$disconnect` is the function, and whose messages are answered with the connection's id. */
async function socketApi(config: ClientConfig, functionArn: string): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const apis = stack.adopt(new ApiGatewayV2Client(config), (client) => client.destroy());
  const selection = { Name: "s", ProtocolType: "WEBSOCKET", RouteSelectionExpression: "$request.body.action" } as const;
  const { ApiId = "" } = await apis.send(new CreateApiCommand(selection));
  const { IntegrationId: leave } = await apis.send(
    new CreateIntegrationCommand({ ApiId, IntegrationType: "AWS_PROXY", IntegrationUri: functionArn }),
  );
  await apis.send(new CreateRouteCommand({ ApiId, RouteKey: "$disconnect", Target: `integrations/${leave}` }));
  const { IntegrationId = "" } = await apis.send(new CreateIntegrationCommand({ ApiId, IntegrationType: "MOCK" }));
  const ResponseTemplates = { $default: "$context.connectionId" };
  const response = { ApiId, IntegrationId, IntegrationResponseKey: "$default", ResponseTemplates };
  await apis.send(new CreateIntegrationResponseCommand(response));
  const answers = { Target: `integrations/${IntegrationId}`, RouteResponseSelectionExpression: "$default" };
  const { RouteId = "" } = await apis.send(new CreateRouteCommand({ ApiId, RouteKey: "$default", ...answers }));
  await apis.send(new CreateRouteResponseCommand({ ApiId, RouteId, RouteResponseKey: "$default" }));
  await apis.send(new CreateStageCommand({ ApiId, StageName: "live", AutoDeploy: true }));
  return ApiId;
}

test("kill -9 with open web sockets: the next process runs $disconnect once for each, and their ids are gone", async () => {
  await using hearth = await startHearth({ driver: "process" });
  const lambda = lambdaClient(hearth);
  const FunctionName = "leave";
  await createActive(lambda, { FunctionName, files: { "index.mjs": LEAVE } });
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }));
  const permission = { FunctionName, StatementId: "api", Action: "lambda:InvokeFunction" };
  await lambda.send(new AddPermissionCommand({ ...permission, Principal: "apigateway.amazonaws.com" }));
  const ApiId = await socketApi(hearth.clientConfig, Configuration?.FunctionArn ?? "");
  const path = `/_hearth/api/${ApiId}/live`;
  const ids: string[] = [];
  for (let i = 0; i < SOCKETS; i++) {
    const socket = await openWebSocket(`ws://${new URL(hearth.endpoint).host}${path}`);
    socket.send("who am I?");
    ids.push(await socket.next());
  }
  await hearth.kill("SIGKILL");
  await hearth.start();

  await using stack = new AsyncDisposableStack();
  const config = { ...hearth.clientConfig, maxAttempts: 1 };
  const connections = stack.adopt(
    new ApiGatewayManagementApiClient({ ...config, endpoint: `${hearth.endpoint}${path}` }),
    (client) => client.destroy(),
  );
  for (const ConnectionId of ids) {
    const gone = { name: "GoneException", $metadata: { httpStatusCode: 410 } };
    await expect(connections.send(new DeleteConnectionCommand({ ConnectionId }))).rejects.toMatchObject(gone);
  }
  const logs = stack.adopt(new CloudWatchLogsClient(config), (client) => client.destroy());
  const ended = async (): Promise<readonly string[]> => {
    const filter = { logGroupName: `/aws/lambda/${FunctionName}`, filterPattern: "ended" };
    const { events = [] } = await logs.send(new FilterLogEventsCommand(filter)).catch(() => ({ events: [] }));
    return events.map(({ message = "" }) => /ended DISCONNECT (\S+) 1006/.exec(message)?.[1] ?? message).toSorted();
  };
  await expect.poll(ended, { timeout: 120_000, interval: 500 }).toEqual(ids.toSorted());
}, 300_000);
