import { OutboundFailed, OutboundRefused } from "@hearth/outbound";
import { TimedOut } from "../deadline.ts";
import { DefinitionFault } from "../definitionFault.ts";
import { extendedRequestId } from "../extendedRequestId.ts";
import { failureReason } from "../failureReason.ts";
import { authorizerFailure } from "../http/authorizerFailure.ts";
import { FunctionFailed } from "../functionFailed.ts";
import { MalformedAnswer } from "../functionReply.ts";
import { NotCallable, RoleNotAssumable } from "../http/functionCaller.ts";
import type { HttpReply } from "../httpEndpoint.ts";
import { queryParameters } from "../queryParameters.ts";
import { traceOf } from "../trace.ts";
import type { ExecutionTrace } from "./executionTrace.ts";
import type { GatewayFailure } from "./gatewayFailure.ts";
import { type RestCall, type RoutedCall, sourceArn } from "./restCall.ts";

const CONFIGURATION = "Execution failed due to configuration error";
const TIMED_OUT = "Execution failed due to a timeout error";
const FUNCTION_URI = /:lambda:path\/(.+)$/;

/** The first line. It is written before keys, quotas and authorizers are checked. */
export function traceBegin(trace: ExecutionTrace, { request }: RestCall): void {
  trace.hideHeaders(request.headers);
  trace.error(`Extended Request Id: ${extendedRequestId(request.requestId)}`);
}

/** The key was looked at, or the method needs none. */
export function traceUsagePlan(trace: ExecutionTrace, { api, stage, request, route, learned }: RoutedCall): void {
  const { apiKeyRequired, httpMethod } = route.method;
  const key = learned.apiKey?.value ?? "";
  trace.hide(key);
  const stageName = `${api.apiId}/${stage.stageName}`;
  trace.info(`Verifying Usage Plan for request: ${request.requestId}. API Key: ${key} API Stage: ${stageName}`);
  if (!apiKeyRequired) {
    const method = `'${httpMethod} ${route.resource.path}'`;
    trace.info(
      `API Key ${key} authorized because method ${method} does not require API Key. Request will not contribute to throttle or quota limits`,
    );
  }
  trace.info(`Usage Plan check succeeded for API Key ${key} and API Stage ${stageName}`);
}

/** The request as the method gets it. */
export async function traceMethodRequest(trace: ExecutionTrace, call: RoutedCall): Promise<void> {
  const { request, route, pathParameters } = call;
  trace.info(`Starting execution for request: ${request.requestId}`);
  trace.info(`HTTP Method: ${request.method}, Resource Path: ${route.resource.path}`);
  trace.values("Method request path", () => Object.entries(pathParameters));
  trace.values("Method request query string", () => grouped(queryParameters(request.query)));
  trace.values("Method request headers", () => grouped(request.headers));
  const body = await call.body();
  trace.data("Method request body before transformations", () => body);
}

interface EndpointRequest {
  readonly uri: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Uint8Array;
}

/** What the integration is sent. The URI of a function becomes that of the Lambda API. */
export function traceEndpointRequest(trace: ExecutionTrace, call: RoutedCall, sent: EndpointRequest): void {
  const path = FUNCTION_URI.exec(sent.uri)?.[1];
  const { api, request } = call;
  const uri = path === undefined ? sent.uri : `https://lambda.${api.region}.amazonaws.com/${path}`;
  trace.data("Endpoint request URI", () => uri);
  trace.values("Endpoint request headers", () =>
    Object.entries({
      ...(path !== undefined && {
        "x-amzn-lambda-integration-tag": request.requestId,
        "X-Amz-Source-Arn": sourceArn(call),
        Accept: "application/json",
        "User-Agent": `AmazonAPIGateway_${api.apiId}`,
        "X-Amzn-Trace-Id": traceOf(request),
      }),
      "x-amzn-apigateway-api-id": api.apiId,
      ...sent.headers,
    }),
  );
  trace.data("Endpoint request body after transformations", () => sent.body);
  trace.info(`Sending request to ${uri}`);
}

interface EndpointResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Absent while it is still being sent. */
  readonly body?: Uint8Array;
}

/** What the integration answered. */
export function traceEndpointResponse(trace: ExecutionTrace, call: RoutedCall, answer: EndpointResponse): void {
  const latencyMs = call.learned.integration?.latencyMs ?? 0;
  trace.info(`Received response. Status: ${answer.status}, Integration latency: ${latencyMs} ms`);
  trace.values("Endpoint response headers", () => Object.entries(answer.headers ?? {}));
  if (answer.body) trace.data("Endpoint response body before transformations", () => answer.body);
}

/** A function behind a proxy failed. `message`: what it reported. */
export function traceFunctionError(trace: ExecutionTrace, { request }: RoutedCall, message: string): void {
  const text = `Lambda execution failed with status 200 due to customer function error: ${message}`;
  trace.error(`${text}. Lambda request id: ${request.requestId}`);
}

/** The answer of a method whose integration was run. */
export function traceMethodResponse(trace: ExecutionTrace, call: RestCall, { body, headers, status }: HttpReply): void {
  trace.data("Method response body after transformations", () => (body instanceof Uint8Array ? body : ""));
  trace.values("Method response headers", () => Object.entries(headers));
  trace.info("Successfully completed execution");
  trace.info(`Method completed with status: ${status}`);
  if (call.route?.method.methodIntegration?.uri !== undefined) {
    trace.info(`AWS Integration Endpoint RequestId : ${call.request.requestId}`);
  }
}

/** The answer is one of the API's own. */
export function traceFailure(trace: ExecutionTrace, call: RestCall, failure: GatewayFailure, reply: HttpReply): void {
  const text = failureText(call, failure);
  if (text !== undefined) trace.error(text);
  trace.info(`Gateway response type: ${failure.type} with status code: ${reply.status}`);
  trace.data("Gateway response body", () => (reply.body instanceof Uint8Array ? reply.body : ""));
  trace.values("Gateway response headers", () => Object.entries(reply.headers));
  trace.error(`Method completed with status: ${reply.status}`);
}

/** `undefined` for what was written where it happened. */
function failureText({ api, stage, route, request }: RestCall, failure: GatewayFailure): string | undefined {
  switch (failure.type) {
    case "UNAUTHORIZED":
      return `Unauthorized request: ${request.requestId}`;
    case "ACCESS_DENIED":
      return "The client is not authorized to perform this operation.";
    case "INVALID_API_KEY": {
      const method = `'${route?.method.httpMethod ?? request.method} ${route?.resource.path ?? ""}'`;
      const given = request.header("x-api-key");
      const why = given === undefined ? "API Key was not provided." : "No Usage Plan found for API Key and API Stage";
      return `API Key ${given ?? ""} not authorized because method ${method} requires API Key and API Key is not associated with a Usage Plan for API Stage ${api.apiId}/${stage.stageName}: ${why}`;
    }
    case "THROTTLED":
      return "Method request throttled";
    case "QUOTA_EXCEEDED":
      return "Usage Plan check failed: Key quota limit exceeded";
    case "BAD_REQUEST_BODY":
      return failure.validation === undefined
        ? (failure.text ?? "")
        : `Request body does not match model schema for content type ${request.header("content-type") ?? "application/json"}: ${failure.validation}`;
    case "AUTHORIZER_CONFIGURATION_ERROR":
    case "AUTHORIZER_FAILURE":
      return `${CONFIGURATION}: ${authorizerFailure(failure.cause)}`;
    case "INTEGRATION_TIMEOUT":
      return TIMED_OUT;
    default:
      return causeText(failure);
  }
}

function causeText({ cause, status, text }: GatewayFailure): string | undefined {
  if (cause instanceof FunctionFailed) return undefined;
  if (cause instanceof RoleNotAssumable) {
    return `${CONFIGURATION}: API Gateway does not have permission to assume the provided role`;
  }
  if (cause instanceof NotCallable) return `${CONFIGURATION}: Invalid permissions on Lambda function`;
  if (cause instanceof MalformedAnswer) return `${CONFIGURATION}: Malformed Lambda proxy response`;
  if (cause instanceof TimedOut) return TIMED_OUT;
  if (cause instanceof OutboundRefused) return `${CONFIGURATION}: Invalid endpoint address`;
  if (cause instanceof OutboundFailed) return "Execution failed due to a network error communicating with endpoint";
  if (cause instanceof DefinitionFault) return `${CONFIGURATION}: ${failureReason(cause).integrationMessage ?? ""}`;
  if (status < 500) return text ?? undefined;
  return `Execution failed due to an internal error: ${failureReason(cause).integrationMessage ?? ""}`;
}

function grouped(pairs: Iterable<readonly [string, string]>): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const known = all.get(name);
    if (known) known.push(value);
    else all.set(name, [value]);
  }
  return all;
}
