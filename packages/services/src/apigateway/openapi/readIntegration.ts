import type { Settings } from "../patch.ts";
import { given } from "../editing.ts";
import { isNode, type Node, nodeOf } from "./readDocument.ts";

/** Members of `x-amazon-apigateway-integration` that are named as those of the integration. */
const MEMBERS = [
  "httpMethod",
  "uri",
  "connectionType",
  "connectionId",
  "credentials",
  "requestParameters",
  "requestTemplates",
  "contentHandling",
  "timeoutInMillis",
  "cacheNamespace",
  "cacheKeyParameters",
  "tlsConfig",
  "responseTransferMode",
];

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html */
export function readIntegration(value: unknown): {
  readonly integration?: Settings;
  readonly integrationResponses: readonly Settings[];
} {
  if (!isNode(value)) return { integrationResponses: [] };
  const upper = (member: unknown): string | undefined =>
    typeof member === "string" ? member.toUpperCase() : undefined;
  const integration = given({
    ...Object.fromEntries(MEMBERS.map((member) => [member, value[member]])),
    type: upper(value["type"]),
    passthroughBehavior: upper(value["passthroughBehavior"]),
  });
  const responses = Object.entries(nodeOf(value["responses"])).map(([pattern, response]) =>
    readResponse(pattern, nodeOf(response)),
  );
  return { integration, integrationResponses: responses };
}

function readResponse(pattern: string, response: Node): Settings {
  const { statusCode, responseParameters, responseTemplates, contentHandling } = response;
  return given({
    statusCode: typeof statusCode === "number" ? String(statusCode) : statusCode,
    ...{ responseParameters, responseTemplates, contentHandling },
    selectionPattern: pattern === "default" ? undefined : pattern,
  });
}
