import type { HeaderLine } from "../httpRequest.ts";
import { contextValue } from "../rest/restContext.ts";
import type { IntegrationAnswer } from "../rest/restParameters.ts";
import { MessageBody } from "./messageBody.ts";
import type { StageVariables } from "./socketEvent.ts";

/** What expressions, mappings and templates of WebSocket APIs read. */
export interface SocketSources {
  /** Of the message; empty for `$connect` and `$disconnect`. */
  readonly body: MessageBody;
  /** Of the request that opens the connection, for `$connect`. Without what functions may not see. */
  readonly handshake?:
    | { readonly headers: readonly HeaderLine[]; readonly query: readonly (readonly [string, string])[] }
    | undefined;
  /** `$context`. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly variables: StageVariables;
}

const VARIABLE = /\\\$|\$\{([^}]*)\}|\$([A-Za-z0-9_.[\]-]+)/g;
const DEFAULT = "$default";

/**
 * The key that a selection expression gives: its variables are replaced by their values, once. One without a value is the empty text.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
 */
export function selectedKey(expression: string, sources: SocketSources, answer?: IntegrationAnswer): string {
  return expression.replaceAll(VARIABLE, (whole, braced: string | undefined, bare: string | undefined) => {
    if (whole === "\\$") return "$";
    if (whole === DEFAULT) return DEFAULT;
    return valuesOf(braced ?? bare ?? "", sources, answer)[0] ?? "";
  });
}

/**
 * The values of a mapping: `route.request.header.x`, `route.request.body.a`, `integration.response.body.id`, `context.connectionId`, `stageVariables.x` or
 * `'text'`. https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-mapping.html
 */
export function mappedValues(
  expression: string,
  sources: SocketSources,
  answer?: IntegrationAnswer,
): readonly string[] {
  const literal = /^'(.*)'$/s.exec(expression)?.[1];
  if (literal !== undefined) return [literal];
  return valuesOf(expression.replace(/^(?:route|method)\.request\./, "request."), sources, answer);
}

const SOURCE = /^(request|integration\.response|context|stageVariables)\.([A-Za-z]+)(?:\.(.+))?$/s;

function valuesOf(
  variable: string,
  { body, handshake, context, variables }: SocketSources,
  answer: IntegrationAnswer | undefined,
): readonly string[] {
  const [, from, kind = "", name] = SOURCE.exec(variable) ?? [];
  switch (from) {
    case "context":
      return some(contextValue(context, variable.slice("context.".length)));
    case "stageVariables": {
      const key = variable.slice("stageVariables.".length);
      return some(Object.hasOwn(variables, key) ? variables[key] : undefined);
    }
    case "request":
      return kind === "body" ? bodyValue(body, name) : ofHandshake(handshake, kind, name);
    case "integration.response":
      return answer ? ofAnswer(answer, kind, name) : [];
    default:
      return [];
  }
}

function ofHandshake(handshake: SocketSources["handshake"], kind: string, name: string | undefined): readonly string[] {
  if (!handshake || name === undefined) return [];
  const lower = name.toLowerCase();
  const isHeader = kind.endsWith("header");
  const pairs = isHeader ? handshake.headers : handshake.query;
  const values = pairs.filter(([known]) => known === (isHeader ? lower : name)).map(([, value]) => value);
  switch (kind) {
    case "header":
    case "querystring":
      return values.slice(-1);
    case "multivalueheader":
    case "multivaluequerystring":
      return values;
    default:
      return [];
  }
}

function ofAnswer(answer: IntegrationAnswer, kind: string, name: string | undefined): readonly string[] {
  if (kind === "statuscode") return [String(answer.status)];
  if (kind === "body") return bodyValue(MessageBody.of(answer.body), name);
  const lower = name?.toLowerCase() ?? "";
  const values = Object.hasOwn(answer.headers, lower) ? [answer.headers[lower] ?? []].flat() : [];
  return kind === "header" ? values.slice(-1) : kind === "multivalueheader" ? values : [];
}

function bodyValue(body: MessageBody, path: string | undefined): readonly string[] {
  if (path === undefined) return some(body.text === "" ? undefined : body.text);
  const value = body.at(path);
  if (value === undefined) return [];
  return [typeof value === "string" ? value : JSON.stringify(value)];
}

function some(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}
