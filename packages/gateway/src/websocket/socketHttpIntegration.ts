import type { ApiIntegration } from "@hearth/apis";
import type { Outbound } from "@hearth/outbound";
import { receivedHeaders } from "../http/httpIntegration.ts";
import { configurationError } from "../rest/gatewayFailure.ts";
import { isHeader } from "../rest/isHeader.ts";
import { NOT_SENT, targetUrl } from "../rest/restHttpIntegration.ts";
import type { IntegrationAnswer } from "../rest/restParameters.ts";
import type { Overrides } from "../rest/templates/renderTemplate.ts";
import { mappedValues, type SocketSources } from "./socketExpressions.ts";

const MAX_RESPONSE_BYTES = 128 * 1024;
const TARGET = /^integration\.request\.(header|querystring|path)\.(.+)$/s;

export interface EndpointCall {
  readonly accountId: string;
  readonly sources: SocketSources;
  readonly body: Uint8Array;
  /** What the request template has set. */
  readonly overrides: Overrides | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

type Values = Record<string, readonly string[]>;

/** The parameters that an integration's mappings, and the request template, give its request. Names of headers are in lower case. */
export function mappedParameters(
  { requestParameters = {} }: ApiIntegration,
  sources: SocketSources,
  overrides: Overrides | undefined,
): { readonly header: Values; readonly querystring: Values; readonly path: Values } {
  const found: { header: Values; querystring: Values; path: Values } = { header: {}, querystring: {}, path: {} };
  const set = (kind: keyof typeof found, name: string, values: readonly string[]): void => {
    if (values.length > 0) found[kind][kind === "header" ? name.toLowerCase() : name] = values;
  };
  for (const [target, expression] of Object.entries(requestParameters)) {
    const [, kind, name = ""] = TARGET.exec(target) ?? [];
    if (kind !== undefined) set(kind as keyof typeof found, name, mappedValues(expression, sources));
  }
  for (const kind of ["header", "querystring", "path"] as const) {
    for (const [name, value] of Object.entries(overrides?.[kind] ?? {})) set(kind, name, [value].flat());
  }
  return found;
}

/** Sends what an event is for an HTTP endpoint, through the door to addresses that accounts choose. Rejects with GatewayFailure and the errors of `Outbound`. */
export async function callEndpoint(
  outbound: Pick<Outbound, "request">,
  integration: ApiIntegration,
  { accountId, sources, body, overrides, timeoutMs, signal }: EndpointCall,
): Promise<IntegrationAnswer> {
  const { integrationUri = "", integrationMethod = "POST" } = integration;
  const { header, querystring, path } = mappedParameters(integration, sources, overrides);
  const inPath = Object.fromEntries(Object.entries(path).map(([name, values]) => [name, values.join(",")]));
  const url = targetUrl(integrationUri, inPath, sources.variables);
  if (!url) throw configurationError();
  for (const [name, values] of Object.entries(querystring)) {
    url.searchParams.delete(name);
    for (const value of values) url.searchParams.append(name, value);
  }
  const headers: Record<string, string> = { "content-type": "application/json" };
  for (const [name, values] of Object.entries(header)) {
    const value = values.join(",");
    if (!NOT_SENT.has(name) && isHeader(name, value)) headers[name] = value;
  }
  const answer = await outbound.request({
    accountId,
    url: url.href,
    method: integrationMethod === "ANY" ? "POST" : integrationMethod,
    headers,
    ...(body.byteLength > 0 && integrationMethod !== "GET" && { body }),
    timeoutMs,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    signal,
  });
  if (answer.isTruncated) throw configurationError();
  return { status: answer.status, headers: receivedHeaders(answer.headers), body: answer.body };
}
