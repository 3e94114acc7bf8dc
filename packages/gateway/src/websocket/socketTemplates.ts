import type { ApiIntegration, ApiIntegrationResponse } from "@hearth/apis";
import { configurationError, GatewayFailure } from "../rest/gatewayFailure.ts";
import { decodedBase64, type Templates } from "../rest/integrationRequest.ts";
import type { IntegrationAnswer } from "../rest/restParameters.ts";
import { BadBody } from "../rest/templates/inputTool.ts";
import type { Rendered } from "../rest/templates/renderTemplate.ts";
import { type SocketSources, selectedKey } from "./socketExpressions.ts";

const DEFAULT = "$default";

/** What the body of a message becomes for the integration. Throws GatewayFailure. */
export async function requestBody(
  templates: Templates,
  accountId: string,
  sources: SocketSources,
  integration: ApiIntegration,
): Promise<Pick<Rendered, "request"> & { readonly body: Uint8Array }> {
  const { requestTemplates = {}, templateSelectionExpression = DEFAULT, passthroughBehavior } = integration;
  const template = chosen(requestTemplates, selectedKey(templateSelectionExpression, sources));
  const hasNone = Object.keys(requestTemplates).length === 0;
  if (template === undefined) {
    if (passthroughBehavior === "NEVER" || (passthroughBehavior === "WHEN_NO_TEMPLATES" && !hasNone)) {
      throw new GatewayFailure("UNSUPPORTED_MEDIA_TYPE");
    }
    return { body: sentBody(sources, integration), request: undefined };
  }
  const { text, request } = await render(templates, accountId, sources, template, sources.body.text);
  return { body: Buffer.from(text), request };
}

/** A message as the integration gets it without a template. */
export function sentBody({ body }: SocketSources, { contentHandlingStrategy }: ApiIntegration): Uint8Array {
  const bytes = Buffer.from(body.text);
  return contentHandlingStrategy === "CONVERT_TO_BINARY" ? decodedBase64(bytes) : bytes;
}

/** What the client is sent of the answer of an integration. Throws GatewayFailure. */
export async function responseBody(
  templates: Templates,
  accountId: string,
  sources: SocketSources,
  response: ApiIntegrationResponse,
  answer: IntegrationAnswer,
): Promise<Uint8Array> {
  const { responseTemplates = {}, templateSelectionExpression = DEFAULT, contentHandlingStrategy } = response;
  const body = Buffer.from(answer.body.buffer, answer.body.byteOffset, answer.body.byteLength);
  const converted =
    contentHandlingStrategy === "CONVERT_TO_TEXT"
      ? Buffer.from(body.toString("base64"))
      : contentHandlingStrategy === "CONVERT_TO_BINARY"
        ? decodedBase64(body)
        : body;
  const template = chosen(responseTemplates, selectedKey(templateSelectionExpression, sources, answer));
  if (template === undefined) return converted;
  const { text } = await render(templates, accountId, sources, template, converted.toString());
  return Buffer.from(text);
}

/** The template with this key, else the one for all other keys. An empty one passes the body through. */
function chosen(templates: Readonly<Record<string, string>>, key: string): string | undefined {
  const template = Object.hasOwn(templates, key) ? templates[key] : templates[DEFAULT];
  return template === "" ? undefined : template;
}

async function render(
  templates: Templates,
  accountId: string,
  { handshake, context, variables }: SocketSources,
  template: string,
  body: string,
): Promise<Rendered> {
  const params = {
    path: {},
    querystring: Object.fromEntries(handshake?.query ?? []),
    header: Object.fromEntries(handshake?.headers ?? []),
  };
  try {
    return await templates.call(accountId, "renderTemplate", {
      ...{ template, body, params, context },
      stageVariables: variables,
    });
  } catch (error) {
    if (error instanceof BadBody)
      throw new GatewayFailure("BAD_REQUEST_BODY", { text: "Bad request body", cause: error });
    throw configurationError(500, error);
  }
}
