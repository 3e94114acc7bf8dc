import { textAt } from "../http/selection.ts";
import { queryParameters } from "../queryParameters.ts";
import type { RestCall } from "./restCall.ts";
import { contextOf, contextValue } from "./restContext.ts";

/** The answer of an integration, as mappings read it. */
export interface IntegrationAnswer {
  /** Of an HTTP endpoint, of the Lambda API, or of a mock. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Uint8Array;
}

const EXPRESSION = /^(method\.request|integration\.response)\.([a-z]+)(?:\.(.+))?$/s;

/**
 * The values of an expression of a parameter mapping: `method.request.header.x`, `integration.response.body.id`, `context.requestId`, `stageVariables.x` or
 * `'text'`. Several for a multi-value source, none when the request has none.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
 */
export function mappedValues(
  expression: string,
  call: RestCall,
  { body, answer }: { readonly body?: Uint8Array | undefined; readonly answer?: IntegrationAnswer } = {},
): readonly string[] {
  const literal = /^'(.*)'$/s.exec(expression)?.[1];
  if (literal !== undefined) return [literal];
  if (expression.startsWith("context."))
    return some(contextValue(contextOf(call), expression.slice("context.".length)));
  if (expression.startsWith("stageVariables."))
    return some(own(call.stage.variables, expression.slice("stageVariables.".length)));
  const [, from, kind, name] = EXPRESSION.exec(expression) ?? [];
  if (from === "method.request") return ofRequest(kind, name, call, body);
  return from === undefined || !answer ? [] : ofAnswer(kind, name, answer);
}

function ofRequest(
  kind: string | undefined,
  name: string | undefined,
  { request, pathParameters }: RestCall,
  body: Uint8Array | undefined,
): readonly string[] {
  if (kind === "body") return body ? some(textAt(body, memberPath(name))) : [];
  if (name === undefined) return [];
  switch (kind) {
    case "path":
      return some(own(pathParameters, name));
    case "header":
      return linesOf(request.headers, name).slice(-1);
    case "multivalueheader":
      return linesOf(request.headers, name);
    case "querystring":
      return queryValues(request.query, name).slice(-1);
    case "multivaluequerystring":
      return queryValues(request.query, name);
    default:
      return [];
  }
}

function ofAnswer(
  kind: string | undefined,
  name: string | undefined,
  { headers, body }: IntegrationAnswer,
): readonly string[] {
  if (kind === "body") return some(textAt(body, memberPath(name)));
  if (name === undefined) return [];
  const lower = name.toLowerCase();
  const values = Object.hasOwn(headers, lower) ? [headers[lower] ?? []].flat() : [];
  return kind === "header" ? values.slice(-1) : kind === "multivalueheader" ? values : [];
}

/** A path such as `$.user.id` or `user.id`. */
function memberPath(name: string | undefined): string | undefined {
  const path = name?.replace(/^\$\.?/, "");
  return path === "" ? undefined : path;
}

function linesOf(lines: RestCall["request"]["headers"], name: string): readonly string[] {
  const lower = name.toLowerCase();
  return lines.filter(([known]) => known === lower).map(([, value]) => value);
}

function queryValues(query: string, name: string): readonly string[] {
  return queryParameters(query)
    .filter(([known]) => known === name)
    .map(([, value]) => value);
}

function own(values: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function some(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}
