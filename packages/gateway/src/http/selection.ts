import { parsedJson } from "@hearth/kit";
import type { HttpCall } from "./httpCall.ts";
import { domainOf } from "./httpCall.ts";
import { queryParameters } from "../queryParameters.ts";
import { logTime } from "../payloadV2.ts";

/** What `$context.…` is of a call, for access logs, parameter mapping and identity sources. */
export interface CallContext {
  readonly call: HttpCall;
  /** Of the authorizer: `$context.authorizer.<name>`. */
  readonly authorizer?: Readonly<Record<string, unknown>> | undefined;
  /** Of the answer, and only for access logs. */
  readonly outcome?: Readonly<Record<string, string>>;
}

const REQUEST = /^\$request\.(header|querystring|path|body)(?:\.(.+))?$/;

/**
 * The value of an expression such as `$request.header.authorization`, `$context.requestId` or `$stageVariables.x`; `undefined` when the request has none.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
 */
export function select(expression: string, context: CallContext, body?: Uint8Array): string | undefined {
  const { call } = context;
  const [, kind, name] = REQUEST.exec(expression) ?? [];
  switch (kind) {
    case "header":
      return name === undefined ? undefined : call.request.header(name.toLowerCase());
    case "querystring": {
      const values = queryParameters(call.request.query).filter(([known]) => known === name);
      return values.length === 0 ? undefined : values.map(([, value]) => value).join(",");
    }
    case "path":
      return name === undefined ? call.path : own(call.pathParameters, name);
    case "body":
      return body && textAt(body, name);
    default:
      break;
  }
  const [, root, member] = /^\$(context|stageVariables)\.(.+)$/.exec(expression) ?? [];
  if (root === "stageVariables") return own(call.stage.stageVariables, member ?? "");
  return root === "context" ? contextValue(member ?? "", context) : undefined;
}

function own(values: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** Longer texts are no values of headers, parameters or paths. */
const MAX_TEXT_LENGTH = 64 * 1024;
/** Values in a list or an object that is given as text. */
const MAX_VALUES = 2_000;
/** Bodies as they were parsed: a mapping may read many members of one. */
const parsedBodies = new WeakMap<Uint8Array, { readonly value: unknown }>();

/** The member of a JSON body at a path of names, such as `user.id`, as text; `undefined` when there is none, or it is too long for a header. */
export function textAt(body: Uint8Array, path: string | undefined): string | undefined {
  let parsed = parsedBodies.get(body);
  if (!parsed) parsedBodies.set(body, (parsed = { value: parsedJson(body) }));
  let { value } = parsed;
  for (const name of path === undefined ? [] : path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return textOf(value);
}

function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "object" && value !== null && !isSmall(value)) return undefined;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > MAX_TEXT_LENGTH ? undefined : text;
}

/** Whether it has so few values, its texts counted by their length, that it can be written at once. */
function isSmall(value: object): boolean {
  let left = MAX_VALUES;
  let length = MAX_TEXT_LENGTH;
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const one = waiting.pop();
    if (typeof one === "string") length -= one.length;
    if (typeof one === "object" && one !== null) {
      const members = Object.values(one);
      left -= members.length;
      if (left < 0) return false;
      for (const member of members) waiting.push(member);
    }
    if (length < 0) return false;
  }
  return true;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html */
function contextValue(name: string, { call, authorizer, outcome }: CallContext): string | undefined {
  const { request, api, stage, route, path } = call;
  if (outcome && Object.hasOwn(outcome, name)) return outcome[name];
  if (name.startsWith("authorizer.")) return claim(name.slice("authorizer.".length), authorizer);
  switch (name) {
    case "accountId":
      return api.accountId;
    case "apiId":
      return api.apiId;
    case "stage":
      return stage.stageName;
    case "routeKey":
      return route.routeKey;
    case "path":
      return path;
    case "httpMethod":
      return request.method;
    case "protocol":
      return request.protocol;
    case "requestId":
    case "extendedRequestId":
      return request.requestId;
    case "requestTime":
      return logTime(request.receivedAt);
    case "requestTimeEpoch":
      return String(request.receivedAt);
    case "domainName":
      return domainOf(call).domainName;
    case "domainPrefix":
      return domainOf(call).domainPrefix;
    case "identity.sourceIp":
      return request.sourceIp;
    case "identity.userAgent":
      return request.userAgent;
    default:
      return undefined;
  }
}

function claim(name: string, values: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const key = name.startsWith("claims.") ? name.slice("claims.".length) : name;
  const value = values && Object.hasOwn(values, key) ? values[key] : undefined;
  return textOf(value);
}
