import type { RestGatewayResponse } from "@hearth/apis";
import type { HttpReply } from "../httpEndpoint.ts";
import type { GatewayFailure } from "./gatewayFailure.ts";
import { isHeader } from "./isHeader.ts";
import type { RestCall } from "./restCall.ts";
import { contextOf, contextValue } from "./restContext.ts";
import { mappedValues } from "./restParameters.ts";

/** `$context.x` or `${context.x}`: a brace after the first form is the template's own. */
const VARIABLE =
  /\$(?:\{(context|stageVariables)\.([A-Za-z0-9_.-]*[A-Za-z0-9_])\}|(context|stageVariables)\.([A-Za-z0-9_.-]*[A-Za-z0-9_]))/g;
const JSON_TYPE = "application/json";
const HEADER = "gatewayresponse.header.";
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const MAX_LENGTH = 10 * 1024 * 1024;

/** The answer of the API itself, as its definition changes it. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html */
export function gatewayReply(call: RestCall, failure: GatewayFailure): HttpReply {
  call.learned.failure = failure;
  const custom = customOf(call, failure);
  const headers: Record<string, string> = { "content-type": JSON_TYPE, "x-amzn-errortype": failure.errorType };
  const status = Number(custom?.statusCode ?? failure.status);
  for (const [key, expression] of Object.entries(custom?.responseParameters ?? {})) {
    const name = key.toLowerCase();
    const [value] = name.startsWith(HEADER) ? mappedValues(expression, call) : [];
    const header = name.slice(HEADER.length);
    if (value !== undefined && isHeader(header, value)) headers[header] = value;
  }
  const [type, template] = templateOf(custom, call.request.header("accept"));
  const body = template === undefined ? undefined : filled(template, call);
  if (body === undefined) return { status, headers, body: Buffer.from(usualBody(failure)) };
  headers["content-type"] = type;
  return { status, headers, body: Buffer.from(body) };
}

function customOf({ stage }: RestCall, { type, status }: GatewayFailure): RestGatewayResponse | undefined {
  const { gatewayResponses } = stage.contents;
  return gatewayResponses.get(type) ?? gatewayResponses.get(status < 500 ? "DEFAULT_4XX" : "DEFAULT_5XX");
}

/** The template for a type that the client accepts, else the first one. */
function templateOf(
  custom: RestGatewayResponse | undefined,
  accept: string | undefined,
): readonly [string, string | undefined] {
  const templates = Object.entries(custom?.responseTemplates ?? {});
  const accepted =
    templates.find(([type]) => accept?.includes(type)) ??
    templates.find(([type]) => type === JSON_TYPE) ??
    templates[0];
  return accepted ?? [JSON_TYPE, undefined];
}

function usualBody({ type, text, status }: GatewayFailure): string {
  if (type === "ACCESS_DENIED") return JSON.stringify({ Message: text });
  return status >= 500 && text !== null ? `{"message": ${JSON.stringify(text)}}` : JSON.stringify({ message: text });
}

/** Gateway responses know variables, and nothing else of mapping templates. `undefined` when the text is too long: values are chosen by clients and functions. */
function filled(template: string, call: RestCall): string | undefined {
  const context = contextOf(call);
  let length = template.length;
  const text = template.replaceAll(VARIABLE, (_, inBraces?: string, named = "", bare?: string, barely = "") => {
    if (length > MAX_LENGTH) return "";
    const [root, name] = inBraces === undefined ? [bare, barely] : [inBraces, named];
    const { variables } = call.stage;
    const ofStage = Object.hasOwn(variables, name) ? variables[name] : undefined;
    const value = (root === "context" ? contextValue(context, name) : ofStage) ?? "";
    length += value.length;
    return value;
  });
  return length > MAX_LENGTH ? undefined : text;
}
