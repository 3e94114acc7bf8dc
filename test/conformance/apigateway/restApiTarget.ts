import {
  APIGatewayClient,
  CreateResourceCommand,
  CreateRestApiCommand,
  type CreateRestApiCommandInput,
  DeleteRestApiCommand,
  PutIntegrationCommand,
  type PutIntegrationCommandInput,
  PutMethodCommand,
  type PutMethodCommandInput,
} from "@aws-sdk/client-api-gateway";
import { type HttpApiTarget, httpApiTarget } from "../apigatewayv2/httpApiTarget.ts";

/** A target with a client of API Gateway for REST APIs. Disposing deletes the APIs that it made. */
export interface RestApiTarget extends Pick<HttpApiTarget, "lambda" | "newFunction" | "call" | "region" | "accountId"> {
  readonly rest: APIGatewayClient;
  /** The same target for HTTP APIs. */
  readonly http: HttpApiTarget;
  newRestApi(
    more?: Partial<CreateRestApiCommandInput>,
  ): Promise<{ readonly restApiId: string; readonly rootId: string }>;
  newResource(restApiId: string, parentId: string, pathPart: string): Promise<string>;
  /** A method with an integration, a MOCK one unless `integration` says otherwise. */
  newMethod(
    of: { readonly restApiId: string; readonly resourceId: string; readonly httpMethod?: string },
    method?: Partial<PutMethodCommandInput>,
    integration?: Partial<PutIntegrationCommandInput>,
  ): Promise<void>;
}

export async function restApiTarget(
  own?: Parameters<typeof httpApiTarget>[0],
): Promise<RestApiTarget & AsyncDisposable> {
  const http = await httpApiTarget(own);
  const { lambda, region, accountId, newFunction, call } = http;
  const { protocol, hostname, port } = (await http.apis.config.endpoint?.()) ?? {};
  const credentials = await http.apis.config.credentials();
  const endpoint = `${protocol}//${hostname}:${port}`;
  const rest = new APIGatewayClient({ endpoint, region, credentials, maxAttempts: 1 });
  const made: string[] = [];
  return {
    ...{ lambda, region, accountId, newFunction, call, rest, http },
    async newRestApi(more = {}) {
      const { id: restApiId = "", rootResourceId: rootId = "" } = await rest.send(
        new CreateRestApiCommand({ name: "pets", ...more }),
      );
      made.push(restApiId);
      return { restApiId, rootId };
    },
    async newResource(restApiId, parentId, pathPart) {
      const { id = "" } = await rest.send(new CreateResourceCommand({ restApiId, parentId, pathPart }));
      return id;
    },
    async newMethod({ httpMethod = "GET", ...of }, method = {}, integration = {}) {
      const name = { ...of, httpMethod };
      await rest.send(new PutMethodCommand({ ...name, authorizationType: "NONE", ...method }));
      await rest.send(new PutIntegrationCommand({ ...name, type: "MOCK", ...integration }));
    },
    async [Symbol.asyncDispose]() {
      for (const restApiId of made) await rest.send(new DeleteRestApiCommand({ restApiId })).catch(() => undefined);
      rest.destroy();
      await http[Symbol.asyncDispose]();
    },
  };
}
