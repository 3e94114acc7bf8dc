import type { Settings } from "../partOperations.ts";

export interface ExportedHttpApi {
  readonly api: Settings;
  readonly routes: readonly Settings[];
  readonly integrations: readonly Settings[];
  readonly authorizers: readonly Settings[];
}

export interface ExportHttpOptions {
  readonly host: string;
  readonly stageName: string | undefined;
  readonly version: string;
  /** Also what is API Gateway's own: integrations, authorizers, CORS. */
  readonly includeExtensions: boolean;
}

const ANY = "x-amazon-apigateway-any-method";

/** An HTTP API as a definition in OpenAPI 3. Imported again it makes the same API. */
export function exportHttpDefinition(api: ExportedHttpApi, options: ExportHttpOptions): object {
  const { includeExtensions, host, stageName, version } = options;
  const { name, description, corsConfiguration: cors, version: own } = api.api;
  const paths: Record<string, Record<string, object>> = Object.create(null) as never;
  for (const route of api.routes) {
    const { method, path } = placeOf(String(route["routeKey"]));
    (paths[path] ??= {})[method] = operationOf(route, api, includeExtensions);
  }
  const schemes = Object.fromEntries(api.authorizers.map((one) => [String(one["name"]), schemeOf(one)]));
  const stage = stageName === undefined || stageName === "$default" ? "" : `/${stageName}`;
  return {
    openapi: "3.0.1",
    info: {
      title: name,
      ...(description !== undefined && { description }),
      version: own ?? version,
    },
    servers: [{ url: `https://${host}${stage}` }],
    paths,
    ...(includeExtensions && {
      ...(api.authorizers.length > 0 && { components: { securitySchemes: schemes } }),
      ...(cors !== undefined && { "x-amazon-apigateway-cors": cors }),
      "x-amazon-apigateway-importexport-version": "1.0",
    }),
  };
}

function placeOf(routeKey: string): { readonly method: string; readonly path: string } {
  if (routeKey === "$default") return { method: ANY, path: "/$default" };
  const [method = "ANY", path = "/"] = routeKey.split(" ");
  return { method: method === "ANY" ? ANY : method.toLowerCase(), path };
}

function operationOf(route: Settings, { integrations, authorizers }: ExportedHttpApi, withExtensions: boolean): object {
  const { routeKey, operationName, target, authorizationType, authorizerId, authorizationScopes = [] } = route;
  const integrationId = typeof target === "string" ? target.split("/")[1] : undefined;
  const integration = integrations.find((one) => one["integrationId"] === integrationId);
  const authorizer = authorizers.find((one) => one["authorizerId"] === authorizerId);
  const parameters = [...String(routeKey).matchAll(/\{([^}+]+)\+?\}/g)].map(([, name]) => ({
    ...{ name, in: "path", required: true, schema: { type: "string" } },
  }));
  return {
    ...(operationName !== undefined && { operationId: operationName }),
    ...(parameters.length > 0 && { parameters }),
    responses: { default: { description: `Default response for ${String(routeKey)}` } },
    ...(routeKey === "$default" && { isDefaultRoute: true }),
    ...(withExtensions && {
      ...(authorizer && { security: [{ [String(authorizer["name"])]: authorizationScopes }] }),
      ...(authorizationType === "AWS_IAM" && { "x-amazon-apigateway-auth": { type: "AWS_IAM" } }),
      ...(integration && { "x-amazon-apigateway-integration": integrationOf(integration) }),
    }),
  };
}

function integrationOf(given: Settings): object {
  return {
    payloadFormatVersion: given["payloadFormatVersion"],
    type: String(given["integrationType"]).toLowerCase(),
    integrationSubtype: given["integrationSubtype"],
    httpMethod: given["integrationMethod"],
    uri: given["integrationUri"],
    connectionType: given["connectionType"],
    credentials: given["credentialsArn"],
    timeoutInMillis: given["timeoutInMillis"],
    requestParameters: given["requestParameters"],
    responseParameters: given["responseParameters"],
    tlsConfig: given["tlsConfig"],
  };
}

/** Only identity sources of headers have a form in OpenAPI; all of them are in the extension. */
function schemeOf(authorizer: Settings): object {
  const { identitySource, jwtConfiguration } = authorizer;
  const isJwt = authorizer["authorizerType"] === "JWT";
  const sources = Array.isArray(identitySource) ? identitySource.join(",") : undefined;
  const [, header = "Unused"] = /^\$request\.header\.([^,]+)/.exec(sources ?? "") ?? [];
  return {
    ...(isJwt ? { type: "oauth2", flows: {} } : { type: "apiKey", name: header, in: "header" }),
    "x-amazon-apigateway-authorizer": {
      type: isJwt ? "jwt" : "request",
      identitySource: sources,
      jwtConfiguration,
      authorizerUri: authorizer["authorizerUri"],
      authorizerCredentials: authorizer["authorizerCredentialsArn"],
      authorizerPayloadFormatVersion: authorizer["authorizerPayloadFormatVersion"],
      authorizerResultTtlInSeconds: authorizer["authorizerResultTtlInSeconds"],
      enableSimpleResponses: authorizer["enableSimpleResponses"],
    },
  };
}
