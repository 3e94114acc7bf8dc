import { extendedRequestId } from "../extendedRequestId.ts";
import { domainOf } from "../http/httpCall.ts";
import { namedAsSent } from "../namedAsSent.ts";
import { eventV1 } from "../payloadV1.ts";
import { isBinary, mediaType } from "./binaryTypes.ts";
import type { RoutedCall } from "./restCall.ts";
import { identityOf } from "./restContext.ts";

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

function notEmpty(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> | null {
  for (const _ in values) return values;
  return null;
}
