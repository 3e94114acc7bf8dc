import type { ApiIntegration } from "@hearth/apis";
import { type Outbound, OutboundFailed, OutboundRefused } from "@hearth/outbound";
import { DefinitionFault } from "../definitionFault.ts";
import type { HttpReply } from "../httpEndpoint.ts";
import type { HttpCall } from "./httpCall.ts";
import { requestChanges } from "./parameterMapping.ts";
import { INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE } from "./replies.ts";
import type { CallContext } from "./selection.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
export const MAX_RESPONSE_BYTES = 10 * 1024 * 1024;
/** Of answers, what belongs to the connection to the integration. */
const NOT_PASSED_ON = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** Of requests, besides what the request itself leaves out. */
const NOT_SENT = new Set(["host", "content-length"]);

/**
 * Passes a call on to an HTTP endpoint of the API's owner, through the door to addresses that accounts choose.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-http.html
 */
export async function callEndpoint(
  outbound: Pick<Outbound, "request">,
  context: CallContext,
  integration: ApiIntegration,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<HttpReply> {
  const { call } = context;
  const { request, api } = call;
  const { integrationMethod = "ANY", timeoutInMillis = 30_000 } = integration;
  const headers = sentHeaders(call);
  const url = targetUrl(call, integration.integrationUri ?? "");
  const { measured = {} } = call;
  const failed = (failure: Error, reply = INTERNAL_SERVER_ERROR): HttpReply => {
    measured.failure = failure;
    return reply;
  };
  if (!url)
    return failed(new DefinitionFault("the integration's URI, with its variables, is not a URL: change the URI"));
  for (const { action, target, name, value } of requestChanges(integration.requestParameters, context, body)) {
    if (target === "path" && action === "overwrite") url.pathname = withoutDotSegments(value);
    if (target === "querystring" && action !== "append") url.searchParams.delete(name);
    if (target === "querystring" && action !== "remove") url.searchParams.append(name, value);
    if (target !== "header") continue;
    const known = name.toLowerCase();
    if (action === "remove") delete headers[known];
    else headers[known] = action === "append" && headers[known] !== undefined ? `${headers[known]},${value}` : value;
  }
  try {
    const answer = await outbound.request({
      accountId: api.accountId,
      url: url.href,
      method: integrationMethod === "ANY" ? request.method : integrationMethod,
      headers,
      ...(body.byteLength > 0 && { body }),
      timeoutMs: timeoutInMillis,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      signal,
    });
    if (answer.isTruncated) return failed(new DefinitionFault("the answer of the HTTP endpoint is longer than 10 MB"));
    measured.integrationStatus = measured.serviceStatus = answer.status;
    return { status: answer.status, headers: receivedHeaders(answer.headers), body: answer.body };
  } catch (error) {
    if (error instanceof OutboundFailed) return failed(error, SERVICE_UNAVAILABLE);
    if (error instanceof OutboundRefused) return failed(error);
    throw error;
  }
}

/** The endpoint with the values of the path's variables, the stage's, and the query of the request. `undefined` when they make no URL. */
function targetUrl({ request, pathParameters, stage }: HttpCall, uri: string): URL | undefined {
  const text = uri
    .replaceAll(/\$\{stageVariables\.([A-Za-z0-9_]+)\}/g, (_, name: string) => stage.stageVariables[name] ?? "")
    .replaceAll(PATH_VARIABLE, (_, name: string, at: number, whole: string) =>
      urlText(Object.hasOwn(pathParameters, name) ? pathParameters[name] : "", at, whole),
    );
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (request.query !== "") url.search = url.search === "" ? request.query : `${url.search.slice(1)}&${request.query}`;
  return url;
}

/** A variable of the path in the URI of an integration. */
export const PATH_VARIABLE = /\{([A-Za-z0-9._:-]+)\+?\}/g;

/** A client's value in a URI, at position `at`: it cannot leave its place by `..`, `?` or `#`, and in the name of the host it is part of one label. */
export function urlText(value = "", at: number, uri: string): string {
  const path = uri.indexOf("/", uri.indexOf("://") + 3);
  if (path < 0 || at < path) return /^[A-Za-z0-9-]*$/.test(value) ? value : "%"; // which is no host
  return value
    .split("/")
    .map((part) => (part === "." || part === ".." ? "" : encodeURIComponent(part.toWellFormed())))
    .join("/");
}

/** A path whose values may be the client's: what URLs take for `.` and `..` leads nowhere else. */
function withoutDotSegments(path: string): string {
  return path
    .split(/[/\\]/)
    .map((part) => (/^(?:\.|%2e){1,2}$/i.test(part.replaceAll(/[\t\n\r]/g, "")) ? "" : part))
    .join("/");
}

function sentHeaders(call: HttpCall): Record<string, string> {
  const { request } = call;
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) {
    if (NOT_SENT.has(name)) continue;
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}${name === "cookie" ? "; " : ","}${value}`;
  }
  headers["forwarded"] =
    `for=${quoted(request.sourceIp)};host=${quoted(request.address.host)};proto=${request.isSecure ? "https" : "http"}`;
  return headers;
}

/** https://www.rfc-editor.org/rfc/rfc7239#section-4 */
export function quoted(value: string): string {
  return /^[A-Za-z0-9.-]+$/.test(value)
    ? value
    : `"${value.includes(":") ? `[${value}]` : value.replaceAll(/["\\]/g, "")}"`;
}

export function receivedHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !NOT_PASSED_ON.has(name)) kept[name] = value;
  }
  return kept;
}
