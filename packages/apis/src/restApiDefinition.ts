import type { ApiPart, ApiRecord, ApiSnapshot } from "@hearth/store";
import { RouteTable } from "./routeTable.ts";

/*
 * REST APIs as requests are served by them. Members are named as on the wire. https://docs.aws.amazon.com/apigateway/latest/api/API_Types.html
 * A stage serves what its deployment copied, so that nothing of the API that was changed later is seen by clients before the next deployment.
 */

/** What a deployment copied. */
export interface RestApiContents {
  readonly api: RestApiSettings;
  /** By method and path, such as `GET /pets/{id}`; the method may be ANY. */
  readonly routes: RouteTable<RestRoute>;
  /** By id. */
  readonly resources: ReadonlyMap<string, RestResource>;
  /** By id. */
  readonly authorizers: ReadonlyMap<string, RestAuthorizer>;
  /** By id. */
  readonly requestValidators: ReadonlyMap<string, RestRequestValidator>;
  /** By name. */
  readonly models: ReadonlyMap<string, RestModel>;
  /** By type, such as `DEFAULT_4XX`; only those that were changed. */
  readonly gatewayResponses: ReadonlyMap<string, RestGatewayResponse>;
}

export interface RestRoute {
  readonly resource: RestResource;
  readonly method: RestMethod;
}

export interface RestApiSettings {
  readonly name: string;
  readonly binaryMediaTypes?: readonly string[];
  /** Bytes; absent: answers are not compressed. */
  readonly minimumCompressionSize?: number;
  /** Default: HEADER. */
  readonly apiKeySource?: "HEADER" | "AUTHORIZER";
  readonly disableExecuteApiEndpoint?: boolean;
  readonly endpointConfiguration?: { readonly types?: readonly string[]; readonly vpcEndpointIds?: readonly string[] };
  /** The resource policy as JSON, with whole ARNs in the place of `execute-api:/…`. */
  readonly policy?: string;
  readonly rootResourceId: string;
}

export interface RestResource {
  readonly id: string;
  readonly parentId?: string;
  readonly pathPart?: string;
  /** Such as `/pets/{id}` or `/{proxy+}`. */
  readonly path: string;
}

export interface RestMethod {
  readonly resourceId: string;
  readonly httpMethod: string;
  readonly authorizationType: "NONE" | "AWS_IAM" | "CUSTOM" | "COGNITO_USER_POOLS";
  readonly authorizerId?: string;
  readonly authorizationScopes?: readonly string[];
  readonly apiKeyRequired: boolean;
  readonly requestValidatorId?: string;
  readonly operationName?: string;
  /** `method.request.querystring.name` ─▶ whether it is required. */
  readonly requestParameters?: Readonly<Record<string, boolean>>;
  /** Content type ─▶ name of a model. */
  readonly requestModels?: Readonly<Record<string, string>>;
  /** By status. */
  readonly methodResponses?: Readonly<Record<string, RestMethodResponse>>;
  /** A deployment is refused where a method has none. */
  readonly methodIntegration?: RestIntegration;
}

export interface RestMethodResponse {
  readonly statusCode: string;
  /** `method.response.header.name` ─▶ whether it is required. */
  readonly responseParameters?: Readonly<Record<string, boolean>>;
  readonly responseModels?: Readonly<Record<string, string>>;
}

export interface RestIntegration {
  readonly type: "HTTP" | "AWS" | "MOCK" | "HTTP_PROXY" | "AWS_PROXY";
  readonly httpMethod?: string;
  readonly uri?: string;
  /** ARN of a role, or `arn:aws:iam::*:user/*` for the caller's own credentials. */
  readonly credentials?: string;
  /** `integration.request.header.name` ─▶ `method.request.querystring.name`, `'literal'`, `context.…` or `stageVariables.…`. */
  readonly requestParameters?: Readonly<Record<string, string>>;
  /** Content type ─▶ mapping template. */
  readonly requestTemplates?: Readonly<Record<string, string>>;
  readonly passthroughBehavior: "WHEN_NO_MATCH" | "WHEN_NO_TEMPLATES" | "NEVER";
  readonly contentHandling?: "CONVERT_TO_BINARY" | "CONVERT_TO_TEXT";
  readonly timeoutInMillis: number;
  readonly cacheNamespace?: string;
  readonly cacheKeyParameters?: readonly string[];
  readonly tlsConfig?: { readonly insecureSkipVerification?: boolean };
  /** STREAM: the answer is sent while it arrives. Default: BUFFERED. */
  readonly responseTransferMode?: "BUFFERED" | "STREAM";
  /** By status of the method's answer. */
  readonly integrationResponses?: Readonly<Record<string, RestIntegrationResponse>>;
}

export interface RestIntegrationResponse {
  readonly statusCode: string;
  /** A pattern of the integration's status, or of the error message of a function; absent or empty: the default response. Never run it as RegExp. */
  readonly selectionPattern?: string;
  /** `method.response.header.name` ─▶ `integration.response.header.name`, `'literal'` … */
  readonly responseParameters?: Readonly<Record<string, string>>;
  /** Content type ─▶ mapping template. */
  readonly responseTemplates?: Readonly<Record<string, string>>;
  readonly contentHandling?: "CONVERT_TO_BINARY" | "CONVERT_TO_TEXT";
}

export interface RestModel {
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  /** JSON Schema, draft 4, as text. */
  readonly schema?: string;
}

export interface RestRequestValidator {
  readonly id: string;
  readonly name: string;
  readonly validateRequestBody: boolean;
  readonly validateRequestParameters: boolean;
}

export interface RestAuthorizer {
  readonly id: string;
  readonly name: string;
  readonly type: "TOKEN" | "REQUEST";
  readonly authorizerUri: string;
  readonly authorizerCredentials?: string;
  /** `method.request.header.Authorization`; REQUEST: several with commas between them. */
  readonly identitySource?: string;
  /** TOKEN: a pattern that the whole token must match. Never run it as RegExp. */
  readonly identityValidationExpression?: string;
  readonly authorizerResultTtlInSeconds: number;
}

export interface RestGatewayResponse {
  readonly responseType: string;
  readonly statusCode?: string;
  /** `gatewayresponse.header.name` ─▶ `'literal'`, `method.request.header.name`, `context.…` … */
  readonly responseParameters?: Readonly<Record<string, string>>;
  /** Content type ─▶ template with `$context.…` in it. */
  readonly responseTemplates?: Readonly<Record<string, string>>;
}

export interface RestMethodSettings {
  readonly metricsEnabled?: boolean;
  readonly loggingLevel?: "OFF" | "ERROR" | "INFO";
  readonly dataTraceEnabled?: boolean;
  readonly throttlingBurstLimit?: number;
  /** Requests per second. */
  readonly throttlingRateLimit?: number;
  readonly cachingEnabled?: boolean;
  readonly cacheTtlInSeconds?: number;
  /** Default: true. */
  readonly requireAuthorizationForCacheControl?: boolean;
  readonly unauthorizedCacheControlHeaderStrategy?:
    | "FAIL_WITH_403"
    | "SUCCEED_WITH_RESPONSE_HEADER"
    | "SUCCEED_WITHOUT_RESPONSE_HEADER";
}

export interface RestThrottle {
  readonly burstLimit?: number;
  /** Requests per second. */
  readonly rateLimit?: number;
}

export interface RestQuota {
  readonly limit: number;
  /** On which day of the period it begins: 0 to 6 after Sunday, 0 to 27 after the first of the month. */
  readonly offset: number;
  readonly period: "DAY" | "WEEK" | "MONTH";
}

/** A usage plan as it applies to one stage. */
export interface RestStagePlan {
  readonly planId: string;
  readonly throttle?: RestThrottle;
  readonly quota?: RestQuota;
  /** Throttles of single methods, by `/pets/{id}/GET`. */
  readonly methodThrottles: ReadonlyMap<string, RestThrottle>;
}

export interface RestStage {
  readonly stageName: string;
  readonly deploymentId: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly accessLogSettings?: { readonly destinationArn?: string; readonly format?: string };
  /** By `/pets/{id}/GET`, and `*\/*` for all methods. Use `methodSettingsOf`. */
  readonly methodSettings: ReadonlyMap<string, RestMethodSettings>;
  readonly tracingEnabled?: boolean;
  /** Replies of methods whose settings ask for it are remembered. */
  readonly cacheClusterEnabled?: boolean;
  /** How often what is remembered was flushed. */
  readonly flushes?: { readonly data?: number; readonly authorizers?: number };
  readonly canarySettings?: { readonly useStageCache?: boolean };
  /** By plan id: the plans that give access to this stage. */
  readonly plans: ReadonlyMap<string, RestStagePlan>;
  readonly contents: RestApiContents;
  /** Takes a part of the requests of the stage. */
  readonly canary?: RestCanary;
  /** Absent where the stage has no canary. */
  readonly isCanary?: boolean;
}

export interface RestCanary {
  /** 0 to 100. */
  readonly percentTraffic: number;
  /** The stage as the canary serves it. */
  readonly stage: RestStage;
}

/** An API key that a client sent. It gives access to a stage when it is enabled and one of its plans is a plan of the stage. */
export interface RestApiKey {
  readonly keyId: string;
  readonly value: string;
  readonly name?: string;
  readonly enabled: boolean;
  readonly planIds: readonly string[];
}

/** The kinds of parts that a deployment of a REST API copies. */
export const REST_DEPLOYED_KINDS = [
  "resource",
  "method",
  "authorizer",
  "requestValidator",
  "model",
  "gatewayResponse",
] as const;

/** What a deployment made now copies. `parts` are those of `REST_DEPLOYED_KINDS`. */
export function restSnapshotOf({ settings }: Pick<ApiRecord, "settings">, parts: readonly ApiPart[]): ApiSnapshot {
  const documents = (wanted: string): unknown[] =>
    parts.filter(({ kind }) => kind === wanted).map(({ settings }) => settings);
  return { api: settings, ...Object.fromEntries(REST_DEPLOYED_KINDS.map((kind) => [kind, documents(kind)])) };
}

export function restContentsOf(snapshot: ApiSnapshot): RestApiContents {
  const documents = <T>(kind: (typeof REST_DEPLOYED_KINDS)[number]): readonly T[] =>
    (snapshot[kind] ?? []) as readonly T[];
  const resources = new Map(documents<RestResource>("resource").map((one) => [one.id, one]));
  const routes = documents<RestMethod>("method").flatMap((method): [string, RestRoute][] => {
    const resource = resources.get(method.resourceId);
    return resource ? [[`${method.httpMethod} ${resource.path}`, { resource, method }]] : [];
  });
  return {
    api: snapshot.api as RestApiSettings,
    routes: new RouteTable(routes),
    resources,
    authorizers: new Map(documents<RestAuthorizer>("authorizer").map((one) => [one.id, one])),
    requestValidators: new Map(documents<RestRequestValidator>("requestValidator").map((one) => [one.id, one])),
    models: new Map(documents<RestModel>("model").map((one) => [one.name, one])),
    gatewayResponses: new Map(documents<RestGatewayResponse>("gatewayResponse").map((one) => [one.responseType, one])),
  };
}

/** A key of method settings or of throttles of methods, such as `~1pets~1{id}/GET` or `pets/{id}/GET`, as `/pets/{id}/GET`. */
export function methodKey(text: string): string {
  const path = text.replaceAll("~1", "/").replaceAll("~0", "~");
  return path === "*/*" ? path : `/${path.replace(/^\/+/, "")}`;
}

/** What applies to a method: its own settings before those of all methods. `path` is that of the resource. */
export function methodSettingsOf(
  { methodSettings }: Pick<RestStage, "methodSettings">,
  { path, httpMethod }: { readonly path: string; readonly httpMethod: string },
): RestMethodSettings {
  const own = methodSettings.get(`${path === "/" ? "" : path}/${httpMethod}`);
  return { ...methodSettings.get("*/*"), ...own };
}
