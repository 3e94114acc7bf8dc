import { isUtf8 } from "node:buffer";
import type { RestIntegration } from "@hearth/apis";
import { DefinitionFault } from "../definitionFault.ts";
import { queryParameters } from "../queryParameters.ts";
import { isBinary, mediaType } from "./binaryTypes.ts";
import { configurationError, GatewayFailure } from "./gatewayFailure.ts";
import type { RoutedCall } from "./restCall.ts";
import { contextOf } from "./restContext.ts";
import { mappedValues } from "./restParameters.ts";
import { BadBody } from "./templates/inputTool.ts";
import type { Overrides, Rendered, TemplateInput } from "./templates/renderTemplate.ts";
import type { TemplateThreads } from "./templates/templateThreads.ts";

/** What an integration that is no proxy gets. Header names are in lower case. */
export interface IntegrationRequest {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly query: Readonly<Record<string, readonly string[]>>;
  readonly path: Readonly<Record<string, string>>;
  /** The template has set `$context.responseOverride`, too. */
  readonly response: Overrides | undefined;
}

export type Templates = Pick<TemplateThreads, "call">;

/** The request for an integration: body by its mapping template, parameters by their mappings, and what the template overrides. */
export async function integrationRequest(
  call: RoutedCall,
  integration: RestIntegration,
  templates: Templates,
): Promise<IntegrationRequest> {
  const sent = convertedBody(call, integration, await call.body());
  const template = templateFor(call, integration);
  const headers: Record<string, readonly string[]> = {};
  const query: Record<string, readonly string[]> = {};
  const path: Record<string, string> = {};
  for (const [target, expression] of Object.entries(integration.requestParameters ?? {})) {
    const [, kind, name = ""] = /^integration\.request\.(header|querystring|path)\.(.+)$/s.exec(target) ?? [];
    const values = kind === undefined ? [] : mappedValues(expression, call, { body: sent });
    if (values.length === 0) continue;
    if (kind === "header") headers[name.toLowerCase()] = values;
    else if (kind === "querystring") query[name] = values;
    else path[name] = values[0] ?? "";
  }
  if (template === undefined) return { body: sent, headers, query, path, response: undefined };
  const { text, request, response } = await render(call, template, sent, templates);
  override(headers, request?.header, (name) => name.toLowerCase());
  override(query, request?.querystring);
  for (const [name, value] of Object.entries(request?.path ?? {})) path[name] = [value].flat().join(",");
  return { body: Buffer.from(text), headers, query, path, response };
}

/** Renders a template of the call's API. A template that is wrong is an error of the API's definition, a body that is no JSON one of the client. */
export async function render(
  call: RoutedCall,
  template: string,
  body: Uint8Array,
  templates: Templates,
): Promise<Rendered> {
  try {
    return await templates.call(call.api.accountId, "renderTemplate", templateInput(call, template, body));
  } catch (error) {
    if (error instanceof BadBody) {
      throw new GatewayFailure("BAD_REQUEST_BODY", {
        text: `Could not parse request body into json: ${error.message}`,
        cause: error,
      });
    }
    const why = error instanceof Error ? error.message : String(error);
    throw configurationError(500, new DefinitionFault(`a mapping template failed: ${why}`, { cause: error }));
  }
}

function templateInput(call: RoutedCall, template: string, body: Uint8Array): TemplateInput {
  const { request, pathParameters, stage } = call;
  return {
    template,
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString(),
    params: {
      path: pathParameters,
      querystring: Object.fromEntries(queryParameters(request.query)),
      header: Object.fromEntries(request.headers),
    },
    context: contextOf(call),
    stageVariables: stage.variables,
  };
}

function override(
  values: Record<string, readonly string[]>,
  given: Overrides["header"] | undefined,
  nameOf: (name: string) => string = (name) => name,
): void {
  for (const [name, value] of Object.entries(given ?? {})) values[nameOf(name)] = [value].flat();
}

/**
 * The template for the body's content type; `undefined` when the body passes through as it is.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
 */
function templateFor(
  { request }: RoutedCall,
  { requestTemplates = {}, passthroughBehavior }: RestIntegration,
): string | undefined {
  const type = mediaType(request.header("content-type")) || "application/json";
  const templates = Object.entries(requestTemplates);
  const found = templates.find(([key]) => key.toLowerCase() === type) ?? templates.find(([key]) => key === "$default");
  if (found) return found[1] === "" ? undefined : found[1];
  if (
    passthroughBehavior === "WHEN_NO_MATCH" ||
    (passthroughBehavior === "WHEN_NO_TEMPLATES" && templates.length === 0)
  )
    return undefined;
  throw new GatewayFailure("UNSUPPORTED_MEDIA_TYPE");
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html */
function convertedBody(call: RoutedCall, { contentHandling }: RestIntegration, body: Buffer): Buffer {
  const isBinaryBody = isBinary(
    mediaType(call.request.header("content-type")),
    call.stage.contents.api.binaryMediaTypes,
  );
  if (contentHandling === "CONVERT_TO_TEXT" && isBinaryBody) return Buffer.from(body.toString("base64"));
  if (contentHandling === "CONVERT_TO_BINARY" && !isBinaryBody) return decodedBase64(body);
  return body;
}

/** Throws GatewayFailure when the body is no base64. */
export function decodedBase64(body: Uint8Array): Buffer {
  const text = isUtf8(body) ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString().trim() : "?";
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw configurationError(
      500,
      new DefinitionFault("a body is not base64, as contentHandling CONVERT_TO_BINARY asks for"),
    );
  }
  return Buffer.from(text, "base64");
}
