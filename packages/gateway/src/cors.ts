import type { HttpReply } from "./httpEndpoint.ts";
import type { HttpRequest } from "./httpRequest.ts";

/** Which pages of other origins may call an endpoint, as function URLs and HTTP APIs have it. */
export interface CorsRules {
  readonly AllowCredentials?: boolean | undefined;
  readonly AllowHeaders?: readonly string[] | undefined;
  readonly AllowMethods?: readonly string[] | undefined;
  /** `*`, or origins; `http://*` and `https://*` stand for all of that scheme. */
  readonly AllowOrigins?: readonly string[] | undefined;
  readonly ExposeHeaders?: readonly string[] | undefined;
  readonly MaxAge?: number | undefined;
}

/** A browser asks whether a page may send a request. The platform answers this itself where it has rules: the function is not asked. */
export function isPreflight(request: HttpRequest): boolean {
  return (
    request.method === "OPTIONS" &&
    request.header("origin") !== undefined &&
    request.header("access-control-request-method") !== undefined
  );
}

/** The answer to a preflight; without CORS headers when the rules do not allow the request, which is how browsers learn it. */
export function preflightReply(rules: CorsRules, request: HttpRequest, status: 200 | 204): HttpReply {
  const origin = originHeaders(rules, request);
  if (!origin) return { status, headers: {}, body: null };
  const { AllowMethods = [], AllowHeaders = [], MaxAge } = rules;
  const asked = request.header("access-control-request-headers");
  const headers: Record<string, string> = { ...origin };
  if (AllowMethods.length > 0) headers["access-control-allow-methods"] = AllowMethods.join(",");
  if (AllowHeaders.includes("*")) headers["access-control-allow-headers"] = asked ?? "*";
  else if (AllowHeaders.length > 0) headers["access-control-allow-headers"] = AllowHeaders.join(",").toLowerCase();
  if (MaxAge !== undefined) headers["access-control-max-age"] = String(MaxAge);
  return { status, headers, body: null };
}

/** The headers of a reply with those of the rules; the function's own CORS headers do not count. */
export function withCors(
  headers: HttpReply["headers"],
  rules: CorsRules,
  request: HttpRequest,
): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !name.startsWith("access-control-")) kept[name] = value;
  }
  const origin = originHeaders(rules, request);
  if (!origin) return kept;
  const { vary, ...cors } = origin;
  Object.assign(kept, cors);
  if (vary !== undefined) kept["vary"] = [...[kept["vary"] ?? []].flat(), vary];
  const { ExposeHeaders = [] } = rules;
  if (ExposeHeaders.length > 0) kept["access-control-expose-headers"] = ExposeHeaders.join(",");
  return kept;
}

function originHeaders(
  { AllowOrigins = [], AllowCredentials }: CorsRules,
  request: HttpRequest,
): Record<string, string> | undefined {
  const origin = request.header("origin");
  if (origin === undefined || !AllowOrigins.some((allowed) => allows(allowed, origin))) return undefined;
  // A page that sends credentials is not satisfied by `*`.
  const any = AllowOrigins.includes("*") && AllowCredentials !== true;
  return {
    "access-control-allow-origin": any ? "*" : origin,
    ...(!any && { vary: "Origin" }),
    ...(AllowCredentials === true && { "access-control-allow-credentials": "true" }),
  };
}

function allows(allowed: string, origin: string): boolean {
  if (allowed === "*" || allowed.toLowerCase() === origin.toLowerCase()) return true;
  const isScheme = allowed === "http://*" || allowed === "https://*";
  return isScheme && origin.toLowerCase().startsWith(allowed.slice(0, -1));
}
