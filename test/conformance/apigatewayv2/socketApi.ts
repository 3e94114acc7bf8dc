import { ApiGatewayManagementApiClient } from "@aws-sdk/client-apigatewaymanagementapi";
import { CreateRouteResponseCommand } from "@aws-sdk/client-apigatewayv2";
import type { HttpApiTarget } from "./httpApiTarget.ts";

export interface SocketApi {
  readonly apiId: string;
  /** `ws://…` of the stage `live`, by the path form: no name needs to be resolved. */
  readonly url: string;
  /** Ids by key. */
  readonly routes: Readonly<Record<string, string>>;
}

/** A WebSocket API with the stage `live`, whose routes call one function. Routes of messages answer. */
export async function socketApi(
  target: HttpApiTarget,
  functionArn: string,
  keys: readonly string[],
): Promise<SocketApi> {
  const RouteSelectionExpression = "$request.body.action";
  const apiId = await target.newApi({ ProtocolType: "WEBSOCKET", RouteSelectionExpression });
  const integration = await target.newIntegration(
    apiId,
    `arn:aws:apigateway:${target.region}:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
    "1.0",
  );
  const routes: Record<string, string> = {};
  for (const key of keys) {
    const answers = key !== "$connect" && key !== "$disconnect";
    const RouteId = await target.newRoute(apiId, key, {
      Target: `integrations/${integration}`,
      ...(answers && { RouteResponseSelectionExpression: "$default" }),
    });
    routes[key] = RouteId;
    if (!answers) continue;
    await target.apis.send(new CreateRouteResponseCommand({ ApiId: apiId, RouteId, RouteResponseKey: "$default" }));
  }
  await target.newStage(apiId, { StageName: "live" });
  const { hostname, port } = (await target.lambda.client.config.endpoint?.()) ?? {};
  return { apiId, url: `ws://${hostname}:${port}/_hearth/api/${apiId}/live`, routes };
}

/** The client of `@connections` of an API's stage `live`. */
export async function connectionsClient(
  { lambda, region }: HttpApiTarget,
  apiId: string,
): Promise<ApiGatewayManagementApiClient> {
  const { hostname, port } = (await lambda.client.config.endpoint?.()) ?? {};
  const endpoint = `http://${hostname}:${port}/_hearth/api/${apiId}/live`;
  const credentials = await lambda.client.config.credentials();
  return new ApiGatewayManagementApiClient({ endpoint, region, credentials, maxAttempts: 1 });
}
