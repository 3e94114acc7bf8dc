import type { RestIntegration } from "@hearth/apis";
import type { Outbound } from "@hearth/outbound";
import { MAX_RESPONSE_BYTES, PATH_VARIABLE, receivedHeaders, urlText } from "../http/httpIntegration.ts";
import { queryParameters } from "../queryParameters.ts";
import { configurationError } from "./gatewayFailure.ts";
import type { IntegrationRequest } from "./integrationRequest.ts";
import { isHeader } from "./isHeader.ts";
import type { RoutedCall } from "./restCall.ts";
import { mappedValues } from "./restParameters.ts";

type Sent = Omit<IntegrationRequest, "response">;

/** What the connection and the address decide. */
export const NOT_SENT = new Set(["host", "content-length", "connection", "transfer-encoding"]);

/** What an HTTP proxy passes on: everything that the client sent, and the mappings of the integration. */
export function proxyRequest(call: RoutedCall, integration: RestIntegration, body: Uint8Array): Sent {
  const { request } = call;
  const headers: Record<string, readonly string[]> = {};
  const query: Record<string, readonly string[]> = {};
  const path: Record<string, string> = {};
  for (const [name, value] of request.headers) headers[name] = [...(headers[name] ?? []), value];
  for (const [name, value] of queryParameters(request.query)) query[name] = [...own(query, name), value];
  for (const [target, expression] of Object.entries(integration.requestParameters ?? {})) {
    const [, kind, name = ""] = /^integration\.request\.(header|querystring|path)\.(.+)$/s.exec(target) ?? [];
    const values = kind === undefined ? [] : mappedValues(expression, call, { body });
    if (values.length === 0) continue;
    if (kind === "header") headers[name.toLowerCase()] = values;
    else if (kind === "querystring") query[name] = values;
    else path[name] = values[0] ?? "";
  }
  return { body, headers, query, path };
}

function own(values: Readonly<Record<string, readonly string[]>>, name: string): readonly string[] {
  return Object.hasOwn(values, name) ? (values[name] ?? []) : [];
}

/** Sends a request to the endpoint of an integration, through the door to addresses that accounts choose. */
export async function callRestEndpoint(
  outbound: Pick<Outbound, "request">,
  call: RoutedCall,
  { uri = "", httpMethod = "ANY" }: RestIntegration,
  { body, headers, query, path }: Sent,
  timeoutMs: number,
): Promise<{
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: Uint8Array;
}> {
  const { request, api, stage } = call;
  const url = targetUrl(uri, path, stage.variables);
  if (!url) throw configurationError();
  for (const [name, values] of Object.entries(query)) {
    url.searchParams.delete(name);
    for (const value of values) url.searchParams.append(name, value);
  }
  const sent: Record<string, string> = {};
  const type = request.header("content-type");
  if (type !== undefined) sent["content-type"] = type;
  for (const [name, values] of Object.entries(headers)) {
    const value = values.join(name === "cookie" ? "; " : ",");
    if (!NOT_SENT.has(name) && isHeader(name, value)) sent[name] = value;
  }
  // Endpoints may know their API by it: it is never the client's.
  sent["x-amzn-apigateway-api-id"] = api.apiId;
  const answer = await outbound.request({
    accountId: api.accountId,
    url: url.href,
    method: httpMethod === "ANY" ? request.method : httpMethod,
    headers: sent,
    ...(body.byteLength > 0 && { body }),
    timeoutMs,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    signal: request.signal,
  });
  if (answer.isTruncated) throw configurationError();
  return { status: answer.status, headers: receivedHeaders(answer.headers), body: answer.body };
}

/** The endpoint with the values of the path's variables and of the stage's. `undefined` when they make no URL. */
export function targetUrl(
  uri: string,
  path: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>>,
): URL | undefined {
  const text = uri
    .replaceAll(/\$\{stageVariables\.([A-Za-z0-9_]+)\}/g, (_, name: string) => variables[name] ?? "")
    .replaceAll(PATH_VARIABLE, (_, name: string, at: number, whole: string) =>
      urlText(Object.hasOwn(path, name) ? path[name] : "", at, whole),
    );
  return URL.canParse(text) ? new URL(text) : undefined;
}
