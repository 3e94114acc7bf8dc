import { BadRequestException } from "../../apigatewayv2/errors.ts";
import { given } from "../editing.ts";
import type { Settings } from "../patch.ts";
import type { ImportedApi, ImportedMethod } from "./importedApi.ts";
import { isNode, memberOf, type Node, nodeOf, nodesOf, textOf } from "./readDocument.ts";
import { readOperation } from "./readOperation.ts";
import { Security } from "./readSecurity.ts";
import { Models } from "./schemas.ts";

const METHODS: Readonly<Record<string, string>> = {
  get: "GET",
  put: "PUT",
  post: "POST",
  delete: "DELETE",
  options: "OPTIONS",
  head: "HEAD",
  patch: "PATCH",
  "x-amazon-apigateway-any-method": "ANY",
};

/** What is done with the base path of a definition. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-basePath.html */
export type BasePathMode = "ignore" | "prepend" | "split";

/** Reads a definition in OpenAPI 3 or Swagger 2 with the extensions of API Gateway. `apiId`: the API that models refer to each other in. */
export function readDefinition(document: Node, apiId: string, mode: BasePathMode): ImportedApi {
  const isSwagger = document["swagger"] === "2.0";
  if (!isSwagger && !/^3\.0\.\d+$/.test(textOf(document["openapi"]) ?? "")) {
    throw new BadRequestException("Unsupported API definition: it must be Swagger 2.0 or OpenAPI 3.0");
  }
  const components = nodeOf(document["components"]);
  const models = new Models(apiId, nodeOf(isSwagger ? document["definitions"] : components["schemas"]));
  const security = new Security(isSwagger ? document["securityDefinitions"] : components["securitySchemes"]);
  const prefix = prefixOf(basePathOf(document, isSwagger), mode);
  const methods: ImportedMethod[] = [];
  const paths: string[] = [];
  const warnings: string[] = [];
  for (const [path, value] of Object.entries(nodeOf(document["paths"]))) {
    const item = nodeOf(value);
    if (!path.startsWith("/")) throw new BadRequestException(`Invalid path in the definition: ${path}`);
    const whole = `${prefix}${path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path}`;
    paths.push(whole);
    for (const [key, operation] of Object.entries(item)) {
      const httpMethod = memberOf(METHODS, key) as string | undefined;
      if (httpMethod === undefined || !isNode(operation)) continue;
      const place = { path: whole, httpMethod, shared: item["parameters"] };
      const read = readOperation(operation, place, { document, models, security });
      methods.push(read.method);
      warnings.push(...read.warnings);
    }
  }
  return {
    ...{ settings: settingsOf(document), paths, methods, warnings },
    authorizers: security.authorizers(),
    validators: mapOf(document["x-amazon-apigateway-request-validators"]),
    gatewayResponses: gatewayResponses(document["x-amazon-apigateway-gateway-responses"]),
    models: models.all,
  };
}

function settingsOf(document: Node): Settings & { readonly name: string } {
  const { title, description, version } = nodeOf(document["info"]);
  const name = textOf(title);
  if (name === undefined || name === "") throw new BadRequestException("The definition has no title");
  const policy = document["x-amazon-apigateway-policy"];
  const ofServer = nodesOf(document["servers"])[0]?.["x-amazon-apigateway-endpoint-configuration"];
  const endpoint = nodeOf(document["x-amazon-apigateway-endpoint-configuration"] ?? ofServer);
  const { types, vpcEndpointIds, disableExecuteApiEndpoint } = endpoint;
  const configuration = given({ types, vpcEndpointIds });
  return {
    ...given({
      description: textOf(description),
      version: typeof version === "number" ? String(version) : textOf(version),
      binaryMediaTypes: document["x-amazon-apigateway-binary-media-types"],
      minimumCompressionSize: document["x-amazon-apigateway-minimum-compression-size"],
      apiKeySource: textOf(document["x-amazon-apigateway-api-key-source"])?.toUpperCase(),
      policy: isNode(policy) ? JSON.stringify(policy) : undefined,
      endpointConfiguration: Object.keys(configuration).length > 0 ? configuration : undefined,
      disableExecuteApiEndpoint,
    }),
    name,
  };
}

/** Without a slash at its end. */
export function basePathOf(document: Node, isSwagger: boolean): string {
  if (isSwagger) return (textOf(document["basePath"]) ?? "").replace(/\/$/, "");
  const [server = {}] = nodesOf(document["servers"]);
  const variables = nodeOf(server["variables"]);
  const filled = (textOf(server["url"]) ?? "").replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    (textOf(nodeOf(memberOf(variables, name))["default"]) ?? "").replace(/^\//, ""),
  );
  const path = filled.startsWith("/") ? filled : filled.replace(/^[a-z]+:\/\/[^/]*/i, "");
  return path.replace(/\/$/, "");
}

export function prefixOf(basePath: string, mode: BasePathMode): string {
  if (mode === "ignore" || basePath === "") return "";
  const [, ...rest] = basePath.slice(1).split("/");
  const path = mode === "prepend" ? basePath : rest.map((part) => `/${part}`).join("");
  return path.startsWith("/") || path === "" ? path : `/${path}`;
}

function mapOf(value: unknown): ReadonlyMap<string, Settings> {
  return new Map(Object.entries(nodeOf(value)).map(([name, one]) => [name, nodeOf(one)]));
}

function gatewayResponses(value: unknown): ReadonlyMap<string, Settings> {
  const responses = [...mapOf(value)].map(([type, response]): [string, Settings] => {
    const { statusCode, responseParameters, responseTemplates } = response;
    const status = typeof statusCode === "number" ? String(statusCode) : statusCode;
    return [type, given({ statusCode: status, responseParameters, responseTemplates, responseType: type })];
  });
  return new Map(responses);
}
