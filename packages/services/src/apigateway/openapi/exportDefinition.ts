import type {
  RestAuthorizer,
  RestGatewayResponse,
  RestIntegration,
  RestMethod,
  RestMethodResponse,
  RestModel,
  RestRequestValidator,
  RestResource,
} from "@hearth/apis";
import { given } from "../editing.ts";
import type { Settings } from "../patch.ts";
import { isNode, type Node } from "./readDocument.ts";

/** What a deployment copied of an API. */
export interface ExportedApi {
  readonly api: Settings;
  readonly resource?: readonly RestResource[];
  readonly method?: readonly RestMethod[];
  readonly model?: readonly RestModel[];
  readonly authorizer?: readonly RestAuthorizer[];
  readonly requestValidator?: readonly RestRequestValidator[];
  readonly gatewayResponse?: readonly RestGatewayResponse[];
}

export interface ExportOptions {
  readonly format: "oas30" | "swagger";
  /** Which extensions of API Gateway are in it. */
  readonly integrations: boolean;
  readonly authorizers: boolean;
  /** Where the stage is served. */
  readonly host: string;
  readonly stageName: string;
  readonly version: string;
}

const API_KEY = "api_key";
const SIGV4 = "sigv4";
const MODEL_URL = /^https:\/\/apigateway\.amazonaws\.com\/restapis\/[a-z0-9]+\/models\/([A-Za-z0-9]+)$/;

/** The definition of a stage in OpenAPI 3 or Swagger 2. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html */
export function exportDefinition(exported: ExportedApi, options: ExportOptions): Node {
  const { format, host, stageName, version, integrations } = options;
  const { api, model: models = [] } = exported;
  const isSwagger = format === "swagger";
  const root = isSwagger ? "#/definitions" : "#/components/schemas";
  const info = given({ title: api["name"], description: api["description"], version: api["version"] ?? version });
  const schemas = Object.fromEntries(models.map((one) => [one.name, schemaOf(one, root)]));
  const schemes = schemesOf(exported, options);
  return given({
    ...(isSwagger
      ? { swagger: "2.0", info, host, basePath: `/${stageName}`, schemes: ["https"] }
      : {
          openapi: "3.0.1",
          info,
          servers: [{ url: `https://${host}/{basePath}`, variables: { basePath: { default: stageName } } }],
        }),
    paths: pathsOf(exported, options, root),
    ...(isSwagger
      ? { securityDefinitions: schemes, definitions: schemas }
      : { components: given({ schemas, securitySchemes: schemes }) }),
    ...(integrations && extensionsOf(exported)),
  });
}

function schemaOf({ schema }: RestModel, root: string): unknown {
  const referring = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(referring);
    if (!isNode(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => key !== "$schema")
        .map(([key, member]) => {
          const name = key === "$ref" && typeof member === "string" ? MODEL_URL.exec(member)?.[1] : undefined;
          return [key, name === undefined ? referring(member) : `${root}/${name}`];
        }),
    );
  };
  return referring(JSON.parse(schema === undefined || schema === "" ? "{}" : schema));
}

function schemesOf({ authorizer = [], method = [] }: ExportedApi, options: ExportOptions): Node | undefined {
  const header = (name: string): object => ({ type: "apiKey", name, in: "header" });
  const schemes: Record<string, unknown> = {};
  if (method.some(({ apiKeyRequired }) => apiKeyRequired)) schemes[API_KEY] = header("x-api-key");
  if (method.some(({ authorizationType }) => authorizationType === "AWS_IAM")) {
    schemes[SIGV4] = { ...header("Authorization"), "x-amazon-apigateway-authtype": "awsSigv4" };
  }
  for (const one of authorizer) {
    const source = /^method\.request\.header\.(.+)$/.exec(one.identitySource ?? "")?.[1];
    const extension = given({
      type: one.type.toLowerCase(),
      authorizerUri: one.authorizerUri,
      authorizerCredentials: one.authorizerCredentials,
      identitySource: one.identitySource,
      identityValidationExpression: one.identityValidationExpression,
      authorizerResultTtlInSeconds: one.authorizerResultTtlInSeconds,
    });
    schemes[one.name] = {
      ...header(one.type === "TOKEN" ? (source ?? "Authorization") : "Unused"),
      "x-amazon-apigateway-authtype": "custom",
      ...(options.authorizers && { "x-amazon-apigateway-authorizer": extension }),
    };
  }
  return Object.keys(schemes).length > 0 ? schemes : undefined;
}

function pathsOf(exported: ExportedApi, options: ExportOptions, root: string): Node {
  const { resource = [], method = [] } = exported;
  const paths = resource
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .map((one): [string, Node] => {
      const own = method.filter(({ resourceId }) => resourceId === one.id);
      const operations = own.map((each): [string, Node] => [
        each.httpMethod === "ANY" ? "x-amazon-apigateway-any-method" : each.httpMethod.toLowerCase(),
        operationOf(each, exported, options, root),
      ]);
      return [one.path, Object.fromEntries(operations)];
    });
  return Object.fromEntries(paths.filter(([, item]) => Object.keys(item).length > 0));
}

const PLACES: Readonly<Record<string, string>> = { querystring: "query", header: "header", path: "path" };

function operationOf(method: RestMethod, exported: ExportedApi, options: ExportOptions, root: string): Node {
  const isSwagger = options.format === "swagger";
  const { requestModels = {}, requestParameters = {}, methodResponses = {}, methodIntegration } = method;
  const parameters = Object.entries(requestParameters).flatMap(([key, required]): object[] => {
    const [, kind = "", name = ""] = /^method\.request\.(\w+)\.(.+)$/.exec(key) ?? [];
    const place = PLACES[kind];
    if (place === undefined) return [];
    const type = isSwagger ? { type: "string" } : { schema: { type: "string" } };
    return [{ name, in: place, required: required || place === "path", ...type }];
  });
  const types = Object.keys(requestModels);
  const [model] = Object.values(requestModels);
  const body = { in: "body", name: String(model), required: true, schema: { $ref: `${root}/${String(model)}` } };
  const all = isSwagger && model !== undefined ? [...parameters, body] : parameters;
  const produced = [
    ...new Set(Object.values(methodResponses).flatMap(({ responseModels = {} }) => Object.keys(responseModels))),
  ];
  const validator = exported.requestValidator?.find(({ id }) => id === method.requestValidatorId);
  const responses = Object.entries(methodResponses).map(([status, one]) => [status, responseOf(one, isSwagger, root)]);
  return given({
    operationId: method.operationName,
    consumes: isSwagger && types.length > 0 ? types : undefined,
    produces: isSwagger && produced.length > 0 ? produced : undefined,
    parameters: all.length > 0 ? all : undefined,
    requestBody:
      !isSwagger && types.length > 0 ? { content: contentOf(requestModels, root), required: true } : undefined,
    responses: Object.fromEntries(responses),
    security: securityOf(method, exported),
    ...(options.integrations && {
      "x-amazon-apigateway-request-validator": validator?.name,
      "x-amazon-apigateway-integration": methodIntegration && integrationOf(methodIntegration),
    }),
  });
}

function contentOf(models: Readonly<Record<string, string>>, root: string): Node {
  return Object.fromEntries(
    Object.entries(models).map(([type, name]) => [type, { schema: { $ref: `${root}/${name}` } }]),
  );
}

function responseOf(
  { statusCode, responseModels = {}, responseParameters = {} }: RestMethodResponse,
  isSwagger: boolean,
  root: string,
): Node {
  const headers = Object.keys(responseParameters).map((key) => [
    key.replace("method.response.header.", ""),
    isSwagger ? { type: "string" } : { schema: { type: "string" } },
  ]);
  const [model] = Object.values(responseModels);
  return given({
    description: `${statusCode} response`,
    headers: headers.length > 0 ? Object.fromEntries(headers) : undefined,
    schema: isSwagger && model !== undefined ? { $ref: `${root}/${model}` } : undefined,
    content: isSwagger ? undefined : contentOf(responseModels, root),
  });
}

function securityOf(method: RestMethod, { authorizer = [] }: ExportedApi): readonly object[] | undefined {
  const named = authorizer.find(({ id }) => id === method.authorizerId)?.name;
  const all = [
    ...(named === undefined ? [] : [{ [named]: method.authorizationScopes ?? [] }]),
    ...(method.authorizationType === "AWS_IAM" ? [{ [SIGV4]: [] }] : []),
    ...(method.apiKeyRequired ? [{ [API_KEY]: [] }] : []),
  ];
  return all.length > 0 ? all : undefined;
}

function integrationOf({ integrationResponses = {}, passthroughBehavior, type, ...rest }: RestIntegration): Node {
  const responses = Object.values(integrationResponses).map(({ selectionPattern, ...response }) => [
    selectionPattern === undefined || selectionPattern === "" ? "default" : selectionPattern,
    response,
  ]);
  return {
    ...rest,
    type: type.toLowerCase(),
    passthroughBehavior: passthroughBehavior.toLowerCase(),
    ...(responses.length > 0 && { responses: Object.fromEntries(responses) as Node }),
  };
}

function extensionsOf({ api, gatewayResponse = [], requestValidator = [] }: ExportedApi): Node {
  const responses = gatewayResponse.map(({ responseType, statusCode, responseParameters, responseTemplates }) => [
    responseType,
    given({ statusCode, responseParameters, responseTemplates }),
  ]);
  const validators = requestValidator.map(({ name, validateRequestBody, validateRequestParameters }) => [
    name,
    { validateRequestBody, validateRequestParameters },
  ]);
  const policy = api["policy"];
  return given({
    "x-amazon-apigateway-gateway-responses": responses.length > 0 ? Object.fromEntries(responses) : undefined,
    "x-amazon-apigateway-request-validators": validators.length > 0 ? Object.fromEntries(validators) : undefined,
    "x-amazon-apigateway-binary-media-types": api["binaryMediaTypes"],
    "x-amazon-apigateway-minimum-compression-size": api["minimumCompressionSize"],
    "x-amazon-apigateway-api-key-source": api["apiKeySource"],
    "x-amazon-apigateway-policy": typeof policy === "string" ? (JSON.parse(policy) as unknown) : undefined,
  });
}
