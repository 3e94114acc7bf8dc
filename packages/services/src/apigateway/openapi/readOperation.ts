import { given } from "../editing.ts";
import type { ImportedMethod } from "./importedApi.ts";
import { isNode, memberOf, type Node, nodeOf, nodesOf, textOf } from "./readDocument.ts";
import { readIntegration } from "./readIntegration.ts";
import type { Models } from "./schemas.ts";
import type { Secured, Security } from "./readSecurity.ts";

const JSON_TYPE = "application/json";
const PLACES: ReadonlyMap<unknown, string> = new Map([
  ["query", "querystring"],
  ["header", "header"],
  ["path", "path"],
]);

/** What operations of a definition refer to. */
export interface DefinitionParts {
  readonly document: Node;
  readonly models: Models;
  readonly security: Security;
}

interface Place {
  readonly path: string;
  readonly httpMethod: string;
  /** Parameters of all operations of the path. */
  readonly shared: unknown;
}

export function readOperation(
  operation: Node,
  { path, httpMethod, shared }: Place,
  parts: DefinitionParts,
): { readonly method: ImportedMethod; readonly warnings: readonly string[] } {
  const { document, security, models } = parts;
  const parameters = [...nodesOf(shared), ...nodesOf(operation["parameters"])].map((one) => resolved(document, one));
  const secured: Secured = security.of(
    operation["security"] ?? document["security"],
    operation["x-amazon-apigateway-auth"] ?? document["x-amazon-apigateway-auth"],
  );
  const validator =
    textOf(operation["x-amazon-apigateway-request-validator"]) ??
    textOf(document["x-amazon-apigateway-request-validator"]);
  const requestModels = { ...bodyModels(operation, parameters, parts), ...contentModels(operation, parts) };
  const requestParameters = parameters.flatMap(({ in: place, name, required }): [string, boolean][] => {
    const kind = PLACES.get(place);
    if (kind === undefined || typeof name !== "string") return [];
    return [[`method.request.${kind}.${name}`, required === true]];
  });
  const method: ImportedMethod = {
    ...{ path, httpMethod },
    settings: given({
      ...secured.settings,
      operationName: textOf(operation["operationId"]),
      requestParameters: requestParameters.length > 0 ? Object.fromEntries(requestParameters) : undefined,
      requestModels: Object.keys(requestModels).length > 0 ? requestModels : undefined,
    }),
    ...(secured.authorizer !== undefined && { authorizer: secured.authorizer }),
    ...(validator !== undefined && { validator }),
    responses: Object.entries(nodeOf(operation["responses"])).flatMap(([status, response]) =>
      /^[1-5]\d\d$/.test(status)
        ? [readResponse(status, resolved(document, nodeOf(response)), operation, models, document)]
        : [],
    ),
    ...readIntegration(operation["x-amazon-apigateway-integration"]),
  };
  const withoutStatus = Object.keys(nodeOf(operation["responses"])).filter((status) => !/^[1-5]\d\d$/.test(status));
  return {
    method,
    warnings: [
      ...secured.warnings,
      ...withoutStatus.map((status) => `Response '${status}' of ${httpMethod} ${path} has no status and was ignored`),
    ],
  };
}

/** What a local `$ref` leads to: one step, because parameters and responses do not refer further. */
function resolved(document: Node, value: Node): Node {
  const [hash, ...path] = (textOf(value["$ref"]) ?? "").split("/");
  if (hash !== "#") return value;
  return nodeOf(path.reduce<unknown>((node, name) => (isNode(node) ? memberOf(node, name) : undefined), document));
}

/** Swagger 2: the parameter that is the body. */
function bodyModels(operation: Node, parameters: readonly Node[], { document, models }: DefinitionParts): Node {
  const body = parameters.find((one) => one["in"] === "body");
  const model = body && models.nameOf(body["schema"]);
  if (model === undefined) return {};
  const types = listOf(operation["consumes"] ?? document["consumes"]);
  return Object.fromEntries((types.length > 0 ? types : [JSON_TYPE]).map((type) => [type, model]));
}

/** OpenAPI 3: the request's body by content type. */
function contentModels(operation: Node, { document, models }: DefinitionParts): Node {
  const { content } = resolved(document, nodeOf(operation["requestBody"]));
  return modelsByType(content, models);
}

function modelsByType(content: unknown, models: Models): Node {
  const named = Object.entries(nodeOf(content)).flatMap(([type, value]): [string, string][] => {
    const model = models.nameOf(nodeOf(value)["schema"]);
    return model === undefined ? [] : [[type, model]];
  });
  return Object.fromEntries(named);
}

function readResponse(
  statusCode: string,
  response: Node,
  operation: Node,
  models: Models,
  document: Node,
): Readonly<Record<string, unknown>> {
  const model = models.nameOf(response["schema"]);
  const types = listOf(operation["produces"] ?? document["produces"]);
  const ofSchema = (types.length > 0 ? types : [JSON_TYPE]).map((type) => [type, model]);
  const responseModels = {
    ...(model !== undefined && Object.fromEntries(ofSchema)),
    ...modelsByType(response["content"], models),
  };
  const headers = Object.keys(nodeOf(response["headers"])).map((name) => [`method.response.header.${name}`, false]);
  return given({
    statusCode,
    responseModels: Object.keys(responseModels).length > 0 ? responseModels : undefined,
    responseParameters: headers.length > 0 ? Object.fromEntries(headers) : undefined,
  });
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
