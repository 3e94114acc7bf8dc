import { memberOf, type Node, nodeOf, nodesOf, textOf } from "../../apigateway/openapi/readDocument.ts";
import { type BasePathMode, basePathOf, prefixOf } from "../../apigateway/openapi/readDefinition.ts";
import { BadRequestException } from "../errors.ts";
import type { Settings } from "../partOperations.ts";

/** What a definition in OpenAPI 3 says about an HTTP API. Integrations and authorizers by a name that routes refer to. */
export interface HttpDefinition {
  /** `name`, `version`, `description`, `corsConfiguration`. */
  readonly settings: Settings & { readonly name: string };
  readonly tags: Readonly<Record<string, string>>;
  readonly routes: readonly ImportedRoute[];
  readonly integrations: ReadonlyMap<string, Settings>;
  readonly authorizers: ReadonlyMap<string, Settings>;
  readonly warnings: readonly string[];
}

export interface ImportedRoute {
  readonly routeKey: string;
  readonly integration: string | undefined;
  readonly authorizer: string | undefined;
  readonly settings: Settings;
}

const ANY = "x-amazon-apigateway-any-method";
const METHODS: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  ...{ get: "GET", put: "PUT", post: "POST", delete: "DELETE", options: "OPTIONS", head: "HEAD", patch: "PATCH" },
  [ANY]: "ANY",
});
const INTEGRATIONS = "x-amazon-apigateway-integrations";

/**
 * Reads a definition with the extensions of API Gateway. Throws BadRequestException.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
 */
export function readHttpDefinition(document: Node, mode: BasePathMode): HttpDefinition {
  if (!textOf(document["openapi"])?.startsWith("3.")) {
    throw new BadRequestException("Invalid OpenAPI input: only OpenAPI 3 definitions can be imported as HTTP APIs");
  }
  const { title, description, version } = nodeOf(document["info"]);
  const name = textOf(title);
  if (name === undefined || name === "") throw new BadRequestException("The definition has no title");
  const cors = document["x-amazon-apigateway-cors"];
  const reading = new Reading(document);
  const prefix = prefixOf(basePathOf(document, false), mode);
  for (const [path, item] of Object.entries(nodeOf(document["paths"]))) reading.readPath(prefix, path, nodeOf(item));
  return {
    settings: {
      ...(textOf(description) !== undefined && { description: textOf(description) }),
      ...(version !== undefined && { version: String(version as string | number) }),
      ...(cors !== undefined && { corsConfiguration: nodeOf(cors) }),
      name,
    },
    tags: tagsOf(document),
    ...reading.result,
  };
}

/** Tags of a definition with a value are tags of the API. */
function tagsOf(document: Node): Readonly<Record<string, string>> {
  const tags = nodesOf(document["tags"]).flatMap(({ name, "x-amazon-apigateway-tag-value": value }) =>
    typeof name === "string" && typeof value === "string" ? [[name, value] as const] : [],
  );
  return Object.fromEntries(tags);
}

class Reading {
  readonly #components: Node;
  /** Of operations that name no requirements. */
  readonly #security: unknown;
  readonly #routes: ImportedRoute[] = [];
  readonly #integrations = new Map<string, Settings>();
  readonly #authorizers = new Map<string, Settings>();
  readonly #warnings: string[] = [];

  constructor(document: Node) {
    this.#components = nodeOf(document["components"]);
    this.#security = document["security"];
  }

  get result(): Pick<HttpDefinition, "routes" | "integrations" | "authorizers" | "warnings"> {
    const [routes, integrations] = [this.#routes, this.#integrations];
    return { routes, integrations, authorizers: this.#authorizers, warnings: this.#warnings };
  }

  readPath(prefix: string, path: string, item: Node): void {
    if (!path.startsWith("/")) throw new BadRequestException(`Invalid path in the definition: ${path}`);
    for (const [key, value] of Object.entries(item)) {
      const method = METHODS[key];
      if (method === undefined) continue;
      const operation = nodeOf(value);
      const isDefault = path === "/$default" && key === ANY && operation["isDefaultRoute"] === true;
      this.#readOperation(isDefault ? "$default" : `${method} ${prefix}${path}`, operation);
    }
  }

  #readOperation(routeKey: string, operation: Node): void {
    const operationName = textOf(operation["operationId"]);
    const { authorizer, ...authorization } = this.#authorizationOf(operation);
    const integration = this.#integrationOf(routeKey, operation);
    if (integration === undefined) this.#warnings.push(`The route ${routeKey} has no integration`);
    const settings = { ...(operationName !== undefined && { operationName }), ...authorization };
    this.#routes.push({ routeKey, integration, authorizer, settings });
  }

  /** Integrations that routes share are one, by name or because they are the same. */
  #integrationOf(routeKey: string, operation: Node): string | undefined {
    const given = nodeOf(operation["x-amazon-apigateway-integration"]);
    if (Object.keys(given).length === 0) return undefined;
    const reference = textOf(given["$ref"]);
    const [, referred] = /^#\/components\/x-amazon-apigateway-integrations\/(.+)$/.exec(reference ?? "") ?? [];
    const found = referred === undefined ? given : memberOf(nodeOf(this.#components[INTEGRATIONS]), referred);
    if (reference !== undefined && (referred === undefined || found === undefined)) {
      throw new BadRequestException(`The integration ${reference} of the route ${routeKey} is not in the definition`);
    }
    const settings = integrationSettings(nodeOf(found));
    const key = JSON.stringify(settings);
    this.#integrations.set(key, settings);
    return key;
  }

  #authorizationOf(operation: Node): Settings & { readonly authorizer: string | undefined } {
    const { type } = nodeOf(operation["x-amazon-apigateway-auth"]);
    if (textOf(type)?.toUpperCase() === "AWS_IAM") return { authorizationType: "AWS_IAM", authorizer: undefined };
    const isOwn = operation["security"] !== undefined;
    const [requirement = {}] = nodesOf(isOwn ? operation["security"] : this.#security);
    const [name] = Object.keys(requirement);
    if (name === undefined) return { authorizer: undefined };
    const scheme = nodeOf(memberOf(nodeOf(this.#components["securitySchemes"]), name));
    const given = nodeOf(scheme["x-amazon-apigateway-authorizer"]);
    if (Object.keys(given).length === 0) {
      // API Gateway may know nothing of what is said about the whole definition, and leaves it out as on import of a REST API.
      if (!isOwn) this.#warnings.push(`The security scheme ${name} has no x-amazon-apigateway-authorizer`);
      if (!isOwn) return { authorizer: undefined };
      throw new BadRequestException(`The security scheme ${name} has no x-amazon-apigateway-authorizer`);
    }
    const authorizer = authorizerSettings(name, given);
    this.#authorizers.set(name, authorizer);
    const scopes = memberOf(requirement, name);
    const isJwt = authorizer["authorizerType"] === "JWT";
    return {
      authorizer: name,
      authorizationType: isJwt ? "JWT" : "CUSTOM",
      ...(isJwt && Array.isArray(scopes) && scopes.length > 0 && { authorizationScopes: scopes }),
    };
  }
}

function integrationSettings(given: Node): Settings {
  return defined({
    integrationType: textOf(given["type"])?.toUpperCase(),
    integrationUri: textOf(given["uri"]),
    integrationMethod: textOf(given["httpMethod"]),
    integrationSubtype: textOf(given["integrationSubtype"]),
    payloadFormatVersion: version(given["payloadFormatVersion"]),
    connectionType: textOf(given["connectionType"]),
    connectionId: textOf(given["connectionId"]),
    credentialsArn: textOf(given["credentials"]),
    timeoutInMillis: given["timeoutInMillis"],
    requestParameters: given["requestParameters"],
    responseParameters: given["responseParameters"],
    tlsConfig: given["tlsConfig"],
  });
}

function authorizerSettings(name: string, given: Node): Settings {
  const sources = given["identitySource"];
  return defined({
    name,
    authorizerType: textOf(given["type"])?.toUpperCase(),
    jwtConfiguration: given["jwtConfiguration"],
    identitySource: typeof sources === "string" ? sources.split(",").map((source) => source.trim()) : sources,
    authorizerUri: textOf(given["authorizerUri"]),
    authorizerCredentialsArn: textOf(given["authorizerCredentials"]),
    authorizerPayloadFormatVersion: version(given["authorizerPayloadFormatVersion"]),
    authorizerResultTtlInSeconds: given["authorizerResultTtlInSeconds"],
    enableSimpleResponses: given["enableSimpleResponses"],
  });
}

/** YAML reads `2.0` as a number. */
function version(given: unknown): unknown {
  return typeof given === "number" ? given.toFixed(1) : given;
}

function defined(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
