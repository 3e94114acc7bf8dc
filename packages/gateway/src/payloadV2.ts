import { isUtf8 } from "node:buffer";
import type { HttpRequest } from "./httpRequest.ts";
import { queryParameters } from "./queryParameters.ts";

/** What an endpoint adds to the event of payload format 2.0. Members that are `undefined` are left out. */
export interface EndpointFactsV2 {
  readonly accountId: string;
  readonly apiId: string;
  readonly domainName: string;
  readonly domainPrefix: string;
  readonly routeKey: string;
  readonly stage: string;
  /** `rawPath`, and the path in `requestContext.http`. */
  readonly path: string;
  readonly authorizer?: object | undefined;
  readonly pathParameters?: Readonly<Record<string, string>> | undefined;
  readonly stageVariables?: Readonly<Record<string, string>> | undefined;
  /** The header `x-amzn-trace-id` of a request that has none. */
  readonly traceId?: string;
}

/**
 * The event of payload format 2.0: values of a repeated header or parameter are joined by a comma, cookies are a list.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function eventV2(request: HttpRequest, body: Uint8Array, facts: EndpointFactsV2): Buffer {
  const { cookies, query } = request;
  const event = {
    version: "2.0",
    routeKey: facts.routeKey,
    rawPath: facts.path,
    rawQueryString: query,
    ...(cookies.length > 0 && { cookies }),
    headers: joinedHeaders(request, facts),
    ...(query !== "" && { queryStringParameters: joined(queryParameters(query)) }),
    requestContext: {
      accountId: facts.accountId,
      apiId: facts.apiId,
      ...(facts.authorizer && { authorizer: facts.authorizer }),
      domainName: facts.domainName,
      domainPrefix: facts.domainPrefix,
      http: {
        method: request.method,
        path: facts.path,
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: request.userAgent ?? "",
      },
      requestId: request.requestId,
      routeKey: facts.routeKey,
      stage: facts.stage,
      time: logTime(request.receivedAt),
      timeEpoch: request.receivedAt,
    },
    ...(facts.pathParameters && { pathParameters: facts.pathParameters }),
    ...(facts.stageVariables && { stageVariables: facts.stageVariables }),
    ...bodyMembers(request, body),
  };
  return Buffer.from(JSON.stringify(event));
}

function bodyMembers(request: HttpRequest, body: Uint8Array) {
  if (body.byteLength === 0) return { isBase64Encoded: false };
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const isText = isTextBody(request, body);
  return { body: buffer.toString(isText ? "utf8" : "base64"), isBase64Encoded: !isText };
}

/** Whether a body goes into the event as text. */
export function isTextBody(request: HttpRequest, body: Uint8Array): boolean {
  return isTextType(request.header("content-type"), request.header("content-encoding")) && isUtf8(body);
}

const TEXT = /^\s*(text\/[^;]*|application\/(json|javascript|xml|[^;\s]*\+(json|xml)))\s*(;|$)/i;

/** Whether bodies of a content type are passed on as text. All others are encoded, forms too. */
function isTextType(contentType: string | undefined, contentEncoding: string | undefined): boolean {
  const isPlain = contentEncoding === undefined || contentEncoding.toLowerCase() === "identity";
  return isPlain && contentType !== undefined && TEXT.test(contentType);
}

function joinedHeaders(request: HttpRequest, { traceId }: EndpointFactsV2): Record<string, string> {
  const headers = joined(request.headers.filter(([name]) => name !== "cookie"));
  if (traceId !== undefined) headers["x-amzn-trace-id"] ??= traceId;
  return headers;
}

/** An object without a prototype: names are the client's choice, `__proto__` too. */
function joined(pairs: Iterable<readonly [string, string]>): Record<string, string> {
  const members = Object.create(null) as Record<string, string>;
  for (const [name, value] of pairs) {
    const before = members[name];
    members[name] = before === undefined ? value : `${before},${value}`;
  }
  return members;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** As in access logs: `10/Apr/2026:13:30:05 +0000`. */
export function logTime(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  const month = MONTHS[Number(iso.slice(5, 7)) - 1] ?? "";
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
