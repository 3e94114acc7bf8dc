import { extendedRequestId } from "../extendedRequestId.ts";
import { domainOf } from "../http/httpCall.ts";
import type { HeaderLine, HttpRequest } from "../httpRequest.ts";
import { eventV1 } from "../payloadV1.ts";
import { traceOf } from "../trace.ts";
import { isBinary, mediaType } from "./binaryTypes.ts";
import type { RoutedCall } from "./restCall.ts";
import { identityOf } from "./restContext.ts";

/** Names of headers that the platform sets, as functions see them. */
const PLATFORM_NAMES: Readonly<Record<string, string>> = {
  host: "Host",
  "x-amzn-trace-id": "X-Amzn-Trace-Id",
  "x-forwarded-for": "X-Forwarded-For",
  "x-forwarded-port": "X-Forwarded-Port",
  "x-forwarded-proto": "X-Forwarded-Proto",
};

/** The event for a function behind a REST API. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html */
export function restEvent(call: RoutedCall, body: Uint8Array): Buffer {
  const { request, api, stage, route, pathParameters, learned } = call;
  const { accountId, apiId } = api;
  return eventV1(request, body, {
    ...{ accountId, apiId, ...domainOf(call), stage: stage.stageName },
    resource: route.resource.path,
    resourceId: route.resource.id,
    path: call.eventPath,
    contextPath: call.fullPath,
    authorizer: learned.authorizer,
    identity: identityOf(call),
    pathParameters: notEmpty(pathParameters),
    stageVariables: notEmpty(stage.variables),
    isBase64Encoded: isBinary(mediaType(request.header("content-type")), stage.contents.api.binaryMediaTypes),
    headers: namedAsSent(request),
    more: {
      extendedRequestId: extendedRequestId(request.requestId),
      deploymentId: stage.deploymentId,
      ...(route.method.operationName !== undefined && { operationName: route.method.operationName }),
    },
  });
}

/** The headers with their names as the client wrote them, and the trace. */
function namedAsSent(request: HttpRequest): readonly HeaderLine[] {
  const names = new Map<string, string>(Object.entries(PLATFORM_NAMES));
  const { rawHeaders } = request.incoming;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const lower = name.toLowerCase();
    if (!names.has(lower)) names.set(lower, name);
  }
  const lines = request.headers.map(([name, value]): HeaderLine => [names.get(name) ?? name, value]);
  if (request.header("x-amzn-trace-id") === undefined) lines.push(["X-Amzn-Trace-Id", traceOf(request)]);
  return lines;
}

function notEmpty(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> | null {
  for (const _ in values) return values;
  return null;
}
