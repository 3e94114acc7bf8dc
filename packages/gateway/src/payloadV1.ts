import type { HeaderLine, HttpRequest } from "./httpRequest.ts";
import { logTime } from "./payloadV2.ts";
import { queryParameters } from "./queryParameters.ts";

/** What an endpoint adds to the event of payload format 1.0, which REST APIs send too. */
export interface EndpointFactsV1 {
  readonly accountId: string;
  readonly apiId: string;
  readonly domainName: string;
  readonly domainPrefix: string;
  readonly stage: string;
  readonly resource: string;
  /** With `requestContext.resourceId`; HTTP APIs give the route there. */
  readonly resourceId: string;
  /** `path` of the event: without the stage. */
  readonly path: string;
  /** `requestContext.path`: with the stage. */
  readonly contextPath: string;
  /** `requestContext.authorizer`. */
  readonly authorizer?: object | undefined;
  /** `requestContext.identity`, besides sourceIp and userAgent. */
  readonly identity?: object | undefined;
  readonly pathParameters: Readonly<Record<string, string>> | null;
  readonly stageVariables: Readonly<Record<string, string>> | null;
  /** Whether the body is encoded, by the endpoint's rules. */
  readonly isBase64Encoded: boolean;
  /** Further members of `requestContext`. */
  readonly more?: object | undefined;
  /** In the place of the request's headers: with the names as functions see them. */
  readonly headers?: readonly HeaderLine[] | undefined;
  /** The members `version: "1.0"`, as HTTP APIs have it. */
  readonly version?: "1.0" | undefined;
}

/**
 * The event of payload format 1.0: of a repeated header or parameter the last value, and all of them in the members `multiValue…`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function eventV1(request: HttpRequest, body: Uint8Array, facts: EndpointFactsV1): Buffer {
  const headers = valuesOf(facts.headers ?? request.headers);
  const parameters = valuesOf(queryParameters(request.query));
  const hasQuery = request.query !== "";
  const event = {
    ...(facts.version && { version: facts.version }),
    resource: facts.resource,
    path: facts.path,
    httpMethod: request.method,
    headers: headers.last,
    multiValueHeaders: headers.all,
    queryStringParameters: hasQuery ? parameters.last : null,
    multiValueQueryStringParameters: hasQuery ? parameters.all : null,
    pathParameters: facts.pathParameters,
    stageVariables: facts.stageVariables,
    requestContext: {
      accountId: facts.accountId,
      apiId: facts.apiId,
      ...(facts.authorizer && { authorizer: facts.authorizer }),
      domainName: facts.domainName,
      domainPrefix: facts.domainPrefix,
      extendedRequestId: request.requestId,
      httpMethod: request.method,
      identity: { ...facts.identity, sourceIp: request.sourceIp, userAgent: request.userAgent ?? null },
      path: facts.contextPath,
      protocol: request.protocol,
      requestId: request.requestId,
      requestTime: logTime(request.receivedAt),
      requestTimeEpoch: request.receivedAt,
      resourceId: facts.resourceId,
      resourcePath: facts.resource,
      stage: facts.stage,
      ...facts.more,
    },
    body: body.byteLength === 0 ? null : textOf(body, facts.isBase64Encoded),
    isBase64Encoded: body.byteLength > 0 && facts.isBase64Encoded,
  };
  return Buffer.from(JSON.stringify(event));
}

function textOf(body: Uint8Array, isBase64Encoded: boolean): string {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return buffer.toString(isBase64Encoded ? "base64" : "utf8");
}

/** Objects without a prototype: names are the client's choice, `__proto__` too. */
export function valuesOf(pairs: Iterable<readonly [string, string]>) {
  const last = Object.create(null) as Record<string, string>;
  const all = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of pairs) {
    last[name] = value;
    (all[name] ??= []).push(value);
  }
  return { last, all };
}
