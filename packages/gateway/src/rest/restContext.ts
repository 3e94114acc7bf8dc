import { domainOf } from "../http/httpCall.ts";
import { extendedRequestId } from "../extendedRequestId.ts";
import { logTime } from "../payloadV2.ts";
import { traceOf } from "../trace.ts";
import type { Learned, RestCall } from "./restCall.ts";

type Context = Readonly<Record<string, unknown>>;

/** `$context` of mapping templates, gateway responses and access logs. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html */
export function contextOf(call: RestCall): Context {
  const { request, api, stage, route, learned } = call;
  const { failure } = learned;
  return {
    accountId: api.accountId,
    apiId: api.apiId,
    ...domainOf(call),
    stage: stage.stageName,
    deploymentId: stage.deploymentId,
    ...(stage.isCanary !== undefined && { isCanaryRequest: stage.isCanary }),
    requestId: request.requestId,
    extendedRequestId: extendedRequestId(request.requestId),
    requestTime: logTime(request.receivedAt),
    requestTimeEpoch: request.receivedAt,
    httpMethod: request.method,
    path: call.fullPath,
    protocol: request.protocol,
    ...(route && { resourceId: route.resource.id, resourcePath: route.resource.path }),
    ...(stage.tracingEnabled === true && { xrayTraceId: traceOf(request) }),
    identity: identityOf(call),
    ...(learned.authorizer && { authorizer: learned.authorizer }),
    ...(failure && {
      error: {
        message: failure.text,
        messageString: JSON.stringify(failure.text),
        responseType: failure.type,
        ...(failure.validation !== undefined && { validationErrorString: failure.validation }),
      },
    }),
    ...integrationOf(learned),
  };
}

/** Of an integration that was reached. `integration.status` is that of the function's own code behind a proxy integration. */
function integrationOf({ integration, functionStatus, integrationFailure }: Learned): Context {
  const error = integrationFailure?.integrationMessage;
  const status = integration?.status ?? integrationFailure?.integrationStatus?.toString();
  return {
    ...(status !== undefined && { integrationStatus: status }),
    ...(integration && { integrationLatency: integration.latencyMs }),
    ...(error !== undefined && { integrationErrorMessage: error }),
    ...((integration ?? integrationFailure) && {
      integration: {
        ...(integration && { status: String(functionStatus ?? integration.status), latency: integration.latencyMs }),
        ...(status !== undefined && { integrationStatus: status }),
        ...(error !== undefined && { error }),
      },
    }),
  };
}

/** `requestContext.identity`: what is not known is null. */
export function identityOf({ request, learned: { caller, apiKey } }: RestCall): Context {
  return {
    cognitoIdentityPoolId: null,
    accountId: caller?.accountId ?? null,
    cognitoIdentityId: null,
    caller: caller?.userId ?? null,
    ...(apiKey && { apiKey: apiKey.value, apiKeyId: apiKey.keyId }),
    sourceIp: request.sourceIp,
    principalOrgId: null,
    accessKey: caller?.accessKeyId ?? null,
    cognitoAuthenticationType: null,
    cognitoAuthenticationProvider: null,
    userArn: caller?.arn ?? null,
    userAgent: request.userAgent ?? null,
    user: caller?.userId ?? null,
  };
}

/** The value of `$context.<name>` as text, where `name` may have dots; `undefined` when there is none. */
export function contextValue(context: Context, name: string): string | undefined {
  let value: unknown = context;
  const parts = name.split(".");
  // Claims are members of the authorizer's answer.
  if (parts[0] === "authorizer" && parts[1] === "claims") parts.splice(1, 1);
  for (const part of parts) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Context)[part];
  }
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}
