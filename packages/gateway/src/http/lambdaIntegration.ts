import type { ApiIntegration } from "@hearth/apis";
import { FunctionFailed } from "../functionFailed.ts";
import { MalformedAnswer, replyV1, replyV2 } from "../functionReply.ts";
import type { HttpReply } from "../httpEndpoint.ts";
import { eventV1 } from "../payloadV1.ts";
import { eventV2, isTextBody } from "../payloadV2.ts";
import { traceOf } from "../trace.ts";
import type { AuthorizerContext } from "./authorizerContext.ts";
import type { FunctionCaller } from "./functionCaller.ts";
import { domainOf, type HttpCall, routeSourceArn } from "./httpCall.ts";
import { INTERNAL_SERVER_ERROR } from "./replies.ts";

/** The event for a function behind an HTTP API. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export function eventFor(
  call: HttpCall,
  body: Uint8Array,
  format: string | undefined,
  authorizer: AuthorizerContext | undefined,
): Buffer {
  const { request, api, stage, route, pathParameters, fullPath } = call;
  const { accountId, apiId } = api;
  const variables = notEmpty(stage.stageVariables);
  const parameters = notEmpty(pathParameters);
  const facts = { accountId, apiId, ...domainOf(call), stage: stage.stageName };
  if (format === "2.0") {
    return eventV2(request, body, {
      ...facts,
      routeKey: route.routeKey,
      path: fullPath,
      authorizer: authorizer?.v2,
      ...(parameters && { pathParameters: parameters }),
      ...(variables && { stageVariables: variables }),
    });
  }
  // Of a custom domain name the key of the mapping is part of the path in this format.
  const shown = request.address.form === "domain" ? request.path : fullPath;
  const resource = route.routeKey === "$default" ? "$default" : (route.routeKey.split(" ")[1] ?? "");
  return eventV1(request, body, {
    ...facts,
    version: "1.0",
    resource,
    resourceId: route.routeKey,
    path: shown,
    contextPath: shown,
    authorizer: authorizer?.v1,
    pathParameters: parameters ?? null,
    stageVariables: variables ?? null,
    isBase64Encoded: !isTextBody(request, body),
  });
}

function notEmpty(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  for (const _ in values) return values;
  return undefined;
}

/** Runs the function of an integration and makes its answer a reply. Rejects as `FunctionCaller.call`. */
export async function callFunction(
  caller: FunctionCaller,
  call: HttpCall,
  integration: ApiIntegration,
  payload: Uint8Array,
  signal: AbortSignal,
): Promise<HttpReply> {
  const { request, api, stage } = call;
  const { outcome } = await caller.call(
    {
      accountId: api.accountId,
      region: api.region,
      uri: integration.integrationUri ?? "",
      stageVariables: stage.stageVariables,
      credentialsArn: integration.credentialsArn,
      sourceArn: routeSourceArn(call),
      payload,
      requestId: request.requestId,
      traceId: traceOf(request),
    },
    signal,
  );
  const { measured = {} } = call;
  const failed = (failure: Error): HttpReply => {
    measured.failure = failure;
    return INTERNAL_SERVER_ERROR;
  };
  measured.serviceStatus = 200;
  if (outcome.kind !== "success") return failed(new FunctionFailed(outcome.kind));
  try {
    const reply = integration.payloadFormatVersion === "2.0" ? replyV2(outcome.payload) : replyV1(outcome.payload);
    measured.integrationStatus = reply.status;
    return reply;
  } catch (error) {
    if (error instanceof MalformedAnswer) return failed(error);
    throw error;
  }
}
