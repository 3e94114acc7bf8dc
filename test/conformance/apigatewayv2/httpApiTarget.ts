import {
  ApiGatewayV2Client,
  CreateApiCommand,
  type CreateApiCommandInput,
  CreateIntegrationCommand,
  CreateRouteCommand,
  type CreateRouteCommandInput,
  CreateStageCommand,
  type CreateStageCommandInput,
  DeleteApiCommand,
} from "@aws-sdk/client-apigatewayv2";
import { AddPermissionCommand } from "@aws-sdk/client-lambda";
import { type UrlAnswer, type UrlCall, urlCall } from "../../support/urlCall.ts";
import { type LambdaTarget, lambdaTarget } from "../lambda/lambdaTarget.ts";

/** A target with a client of API Gateway. Disposing deletes what it made. */
export interface HttpApiTarget {
  readonly lambda: LambdaTarget;
  readonly apis: ApiGatewayV2Client;
  readonly region: string;
  readonly accountId: string;
  newApi(more?: Partial<CreateApiCommandInput>): Promise<string>;
  /** A function that API Gateway may call; resolves with its ARN. */
  newFunction(zip: Uint8Array, more?: { readonly Handler?: string }): Promise<string>;
  newIntegration(ApiId: string, IntegrationUri: string, PayloadFormatVersion?: string): Promise<string>;
  newRoute(ApiId: string, RouteKey: string, more?: Partial<CreateRouteCommandInput>): Promise<string>;
  newStage(ApiId: string, more?: Partial<CreateStageCommandInput>): Promise<void>;
  /** Sends a request to the API's own host name. */
  call(ApiId: string, path: string, how?: UrlCall): Promise<UrlAnswer>;
}

export async function httpApiTarget(
  own?: Parameters<typeof lambdaTarget>[0],
): Promise<HttpApiTarget & AsyncDisposable> {
  const lambda = await lambdaTarget(own);
  const { client, accountId, region } = lambda;
  const { protocol, hostname, port } = (await client.config.endpoint?.()) ?? {};
  const endpoint = `${protocol}//${hostname}:${port}`;
  const credentials = await client.config.credentials();
  const apis = new ApiGatewayV2Client({ endpoint, region, credentials, maxAttempts: 1 });
  const made: string[] = [];
  return {
    ...{ lambda, apis, region, accountId },
    async newApi(more = {}) {
      const { ApiId = "" } = await apis.send(new CreateApiCommand({ Name: "pets", ProtocolType: "HTTP", ...more }));
      made.push(ApiId);
      return ApiId;
    },
    async newFunction(ZipFile, more = {}) {
      const { FunctionName, FunctionArn = "" } = await lambda.newFunction({ Code: { ZipFile }, ...more });
      const Action = "lambda:InvokeFunction";
      const Principal = "apigateway.amazonaws.com";
      await client.send(new AddPermissionCommand({ FunctionName, StatementId: "api", Action, Principal }));
      return FunctionArn;
    },
    async newIntegration(ApiId, IntegrationUri, PayloadFormatVersion = "2.0") {
      const integration = { ApiId, IntegrationType: "AWS_PROXY", IntegrationUri, PayloadFormatVersion } as const;
      const { IntegrationId = "" } = await apis.send(new CreateIntegrationCommand(integration));
      return IntegrationId;
    },
    async newRoute(ApiId, RouteKey, more = {}) {
      const { RouteId = "" } = await apis.send(new CreateRouteCommand({ ApiId, RouteKey, ...more }));
      return RouteId;
    },
    async newStage(ApiId, more = {}) {
      await apis.send(new CreateStageCommand({ ApiId, StageName: "$default", AutoDeploy: true, ...more }));
    },
    async call(ApiId, path, how = {}) {
      return await urlCall(endpoint, `http://${ApiId}.execute-api.${region}.localhost/`, { ...how, path });
    },
    async [Symbol.asyncDispose]() {
      for (const ApiId of made) await apis.send(new DeleteApiCommand({ ApiId })).catch(() => undefined);
      apis.destroy();
      await lambda[Symbol.asyncDispose]();
    },
  };
}
