import type { RestIntegration, RestIntegrationResponse } from "@hearth/apis";
import { DefinitionFault } from "../definitionFault.ts";
import type { HttpReply } from "../httpEndpoint.ts";
import { isBinary, mediaType } from "./binaryTypes.ts";
import { configurationError } from "./gatewayFailure.ts";
import { decodedBase64, render, type Templates } from "./integrationRequest.ts";
import { isHeader } from "./isHeader.ts";
import { matchesWhole } from "./linearPattern.ts";
import type { RoutedCall } from "./restCall.ts";
import { type IntegrationAnswer, mappedValues } from "./restParameters.ts";
import type { Overrides } from "./templates/renderTemplate.ts";

const HEADER = "method.response.header.";
const QUOTE = 0x22;
const JSON_TYPE = "application/json";
const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * The reply of an integration that is no proxy: the first integration response whose pattern matches all of `subject`, else the one without a pattern.
 * `subject`: the status of an HTTP endpoint, the error message of a function, nothing when the function succeeded.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html
 */
export async function integrationReply(
  call: RoutedCall,
  integration: RestIntegration,
  answer: IntegrationAnswer,
  {
    subject,
    overrides,
    templates,
  }: { readonly subject: string | undefined; readonly overrides: Overrides | undefined; readonly templates: Templates },
): Promise<HttpReply> {
  const response = responseFor(integration, subject);
  if (!response) {
    const fault =
      "no integration response of the method fits what the integration answered: add one without a selection pattern";
    throw configurationError(500, new DefinitionFault(fault));
  }
  const accept = call.request.header("accept");
  const headers: Record<string, string | string[]> = {};
  const [type, template] = templateFor(response, accept);
  headers["content-type"] = type;
  for (const [target, expression] of Object.entries(response.responseParameters ?? {})) {
    const name = target.toLowerCase();
    if (name.startsWith(HEADER))
      setHeader(headers, name.slice(HEADER.length), mappedValues(expression, call, { answer }));
  }
  let status = Number(response.statusCode);
  let body = convertedBody(call, response, answer, template !== undefined);
  const set = [overrides];
  if (template !== undefined) {
    const rendered = await render(call, template, body, templates);
    body = Buffer.from(rendered.text);
    set.push(rendered.response);
  }
  for (const override of set) {
    if (override?.status !== undefined && override.status >= 200 && override.status <= 599) ({ status } = override);
    for (const [name, value] of Object.entries(override?.header ?? {}))
      setHeader(headers, name.toLowerCase(), [value].flat());
  }
  return { status, headers, body: WITHOUT_BODY.has(status) ? null : body };
}

function responseFor(
  { integrationResponses }: RestIntegration,
  subject: string | undefined,
): RestIntegrationResponse | undefined {
  const all = Object.values(integrationResponses ?? {});
  const hasPattern = ({ selectionPattern: pattern }: RestIntegrationResponse): boolean =>
    pattern !== undefined && pattern !== "";
  const matching =
    subject === undefined
      ? undefined
      : all.find((one) => hasPattern(one) && matchesWhole(one.selectionPattern ?? "", subject));
  return matching ?? all.find((one) => !hasPattern(one));
}

/** The template for a type that the client accepts, else the first one; an empty one passes the body through. */
function templateFor(
  { responseTemplates = {} }: RestIntegrationResponse,
  accept: string | undefined,
): readonly [string, string | undefined] {
  const templates = Object.entries(responseTemplates);
  const [type, template] = templates.find(([key]) => accept?.includes(key)) ?? templates[0] ?? [JSON_TYPE, ""];
  return [type, template === "" ? undefined : template];
}

function setHeader(headers: Record<string, string | string[]>, name: string, values: readonly string[]): void {
  const good = values.filter((value) => isHeader(name, value));
  if (good.length > 0) headers[name] = good.length === 1 ? (good[0] ?? "") : [...good];
}

/**
 * The body as the method's answer has it, by what it is, what the client accepts, and what the definition asks for.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html
 */
function convertedBody(
  { request, stage }: RoutedCall,
  { contentHandling }: RestIntegrationResponse,
  { headers, body }: IntegrationAnswer,
  hasTemplate: boolean,
): Buffer {
  const { binaryMediaTypes } = stage.contents.api;
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const isBytes = isBinary(mediaType([headers["content-type"]].flat()[0]), binaryMediaTypes);
  const wantsBytes = isBinary(mediaType(request.header("accept")), binaryMediaTypes);
  if (isBytes) {
    const isKept = contentHandling === "CONVERT_TO_BINARY" || (contentHandling === undefined && wantsBytes);
    return isKept ? buffer : Buffer.from(buffer.toString("base64"));
  }
  if (contentHandling === "CONVERT_TO_BINARY") return decodedBase64(withoutQuotes(buffer));
  // A template makes text of text: AWS has none where text becomes bytes.
  return contentHandling === undefined && wantsBytes && !hasTemplate ? decodedBase64(withoutQuotes(buffer)) : buffer;
}

/** A function that answers with base64 alone answers with a text in JSON. */
function withoutQuotes(body: Buffer): Buffer {
  const isQuoted = body.length >= 2 && body[0] === QUOTE && body.at(-1) === QUOTE;
  return isQuoted ? body.subarray(1, -1) : body;
}
