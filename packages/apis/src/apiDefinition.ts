import type { ApiPart, ApiRecord, ApiSnapshot } from "@hearth/store";
import type { RestStage, RestStagePlan } from "./restApiDefinition.ts";
import { RouteTable } from "./routeTable.ts";

/** What a deployment copies, and a stage serves: the API's own settings and its parts by id. */
export interface ApiContents {
  readonly api: ApiSettings;
  readonly routes: RouteTable<ApiRoute>;
  /** By route key: how WebSocket APIs find theirs. */
  readonly routesByKey: ReadonlyMap<string, ApiRoute>;
  readonly integrations: ReadonlyMap<string, ApiIntegration>;
  readonly authorizers: ReadonlyMap<string, ApiAuthorizer>;
  /** Of WebSocket APIs, by route id: the routes that answer. */
  readonly routeResponses: ReadonlyMap<string, unknown>;
  /** Of WebSocket APIs, by the id of the integration. */
  readonly integrationResponses: ReadonlyMap<string, readonly ApiIntegrationResponse[]>;
  /** Of WebSocket APIs: JSON schemas by the name of the model. */
  readonly models: Readonly<Record<string, string>>;
}

/** Members are named as on the wire. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/api-reference.html */
export interface ApiSettings {
  readonly corsConfiguration?: ApiCors;
  readonly disableExecuteApiEndpoint?: boolean;
  readonly routeSelectionExpression?: string;
  /** Of WebSocket APIs: where the API key of a client is. */
  readonly apiKeySelectionExpression?: string;
}

export interface ApiCors {
  readonly allowCredentials?: boolean;
  readonly allowHeaders?: readonly string[];
  readonly allowMethods?: readonly string[];
  readonly allowOrigins?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  /** Seconds. */
  readonly maxAge?: number;
}

export interface ApiRoute {
  readonly routeId: string;
  readonly routeKey: string;
  /** `integrations/<id>`. */
  readonly target?: string;
  readonly authorizationType?: "NONE" | "AWS_IAM" | "CUSTOM" | "JWT";
  readonly authorizerId?: string;
  readonly authorizationScopes?: readonly string[];
  readonly operationName?: string;
  readonly routeResponseSelectionExpression?: string;
  /** Of `$connect` of WebSocket APIs. */
  readonly apiKeyRequired?: boolean;
  /** Of WebSocket APIs: gives a key of `requestModels`. */
  readonly modelSelectionExpression?: string;
  /** By key: the name of a model. */
  readonly requestModels?: Readonly<Record<string, string>>;
  /** `route.request.querystring.name` ─▶ whether it is required. */
  readonly requestParameters?: Readonly<Record<string, { readonly required?: boolean }>>;
}

export interface ApiIntegration {
  readonly integrationId: string;
  readonly integrationType: "AWS" | "HTTP" | "MOCK" | "HTTP_PROXY" | "AWS_PROXY";
  readonly integrationUri?: string;
  /** Of HTTP APIs: an operation of a service in the place of a URI. Its parameters are `requestParameters`. */
  readonly integrationSubtype?: string;
  readonly integrationMethod?: string;
  readonly payloadFormatVersion?: string;
  readonly timeoutInMillis?: number;
  readonly credentialsArn?: string;
  readonly requestParameters?: Readonly<Record<string, string>>;
  /** By status of the integration's answer. */
  readonly responseParameters?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly tlsConfig?: { readonly serverNameToVerify?: string };
  /** Of WebSocket APIs: gives a key of `requestTemplates`. */
  readonly templateSelectionExpression?: string;
  readonly requestTemplates?: Readonly<Record<string, string>>;
  readonly passthroughBehavior?: "WHEN_NO_MATCH" | "WHEN_NO_TEMPLATES" | "NEVER";
  readonly contentHandlingStrategy?: "CONVERT_TO_BINARY" | "CONVERT_TO_TEXT";
}

export interface ApiIntegrationResponse {
  readonly integrationId: string;
  /** `$default`, or a pattern between slashes. Never run it as RegExp. */
  readonly integrationResponseKey: string;
  /** Gives a key of `responseTemplates`. */
  readonly templateSelectionExpression?: string;
  readonly responseTemplates?: Readonly<Record<string, string>>;
  /** `method.response.header.name` ─▶ `integration.response.header.name`, `'literal'` … */
  readonly responseParameters?: Readonly<Record<string, string>>;
  readonly contentHandlingStrategy?: "CONVERT_TO_BINARY" | "CONVERT_TO_TEXT";
}

export interface ApiAuthorizer {
  readonly authorizerId: string;
  readonly authorizerType: "REQUEST" | "JWT";
  readonly authorizerUri?: string;
  readonly authorizerCredentialsArn?: string;
  readonly authorizerPayloadFormatVersion?: string;
  readonly authorizerResultTtlInSeconds?: number;
  readonly enableSimpleResponses?: boolean;
  readonly identitySource?: readonly string[];
  readonly jwtConfiguration?: { readonly audience?: readonly string[]; readonly issuer?: string };
}

export interface RouteSettings {
  readonly detailedMetricsEnabled?: boolean;
  readonly throttlingBurstLimit?: number;
  /** Requests per second. */
  readonly throttlingRateLimit?: number;
}

export interface ApiStage {
  readonly stageName: string;
  readonly deploymentId?: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly defaultRouteSettings?: RouteSettings;
  /** By route key. */
  readonly routeSettings: Readonly<Record<string, RouteSettings>>;
  readonly accessLogSettings?: { readonly destinationArn?: string; readonly format?: string };
  /** Of WebSocket APIs, by plan id: the usage plans that give access to this stage. */
  readonly plans: ReadonlyMap<string, RestStagePlan>;
  readonly contents: ApiContents;
}

/** An API as requests are served by it. */
export interface ApiDefinition {
  readonly record: ApiRecord;
  /** By name. A stage without a deployment is left out: it serves nothing. */
  readonly stages: ReadonlyMap<string, ApiStage>;
  /** Of a REST API, by name: `stages` is empty then. */
  readonly restStages: ReadonlyMap<string, RestStage>;
}

/** The kinds of parts that a deployment copies. */
export const DEPLOYED_KINDS = [
  "route",
  "routeResponse",
  "integration",
  "integrationResponse",
  "authorizer",
  "model",
] as const;

/** What a deployment made now copies. `parts` are those of `DEPLOYED_KINDS`. */
export function snapshotOf({ settings }: Pick<ApiRecord, "settings">, parts: readonly ApiPart[]): ApiSnapshot {
  const documents = (wanted: string): unknown[] =>
    parts.filter(({ kind }) => kind === wanted).map(({ settings }) => settings);
  return { api: settings, ...Object.fromEntries(DEPLOYED_KINDS.map((kind) => [kind, documents(kind)])) };
}

export function contentsOf(snapshot: ApiSnapshot): ApiContents {
  const documents = <T>(kind: (typeof DEPLOYED_KINDS)[number]): readonly T[] => (snapshot[kind] ?? []) as readonly T[];
  const routes = documents<ApiRoute>("route");
  return {
    api: (snapshot.api ?? {}) as ApiSettings,
    routes: new RouteTable(routes.map((route) => [route.routeKey, route])),
    routesByKey: new Map(routes.map((route) => [route.routeKey, route])),
    integrations: new Map(documents<ApiIntegration>("integration").map((one) => [one.integrationId, one])),
    authorizers: new Map(documents<ApiAuthorizer>("authorizer").map((one) => [one.authorizerId, one])),
    routeResponses: new Map(documents<{ routeId: string }>("routeResponse").map((one) => [one.routeId, one])),
    integrationResponses: Map.groupBy(
      documents<ApiIntegrationResponse>("integrationResponse"),
      ({ integrationId }) => integrationId,
    ),
    models: Object.fromEntries(
      documents<{ name: string; schema: string }>("model").map(({ name, schema }) => [name, schema]),
    ),
  };
}
