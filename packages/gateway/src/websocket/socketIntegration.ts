import type { ApiIntegration, ApiRoute } from "@hearth/apis";
import type { Clock } from "@hearth/kit";
import type { Outbound } from "@hearth/outbound";
import { Deadline } from "../deadline.ts";
import { DefinitionFault } from "../definitionFault.ts";
import { FunctionFailed } from "../functionFailed.ts";
import { MalformedAnswer, replyV1 } from "../functionReply.ts";
import type { FunctionCall, FunctionCaller } from "../http/functionCaller.ts";
import type { HttpReply } from "../httpEndpoint.ts";
import { configurationError } from "../rest/gatewayFailure.ts";
import { errorMessage, mockStatus } from "../rest/integrationOutcome.ts";
import type { Templates } from "../rest/integrationRequest.ts";
import type { IntegrationAnswer } from "../rest/restParameters.ts";
import { customReply } from "./customIntegration.ts";
import { type RoutedEvent, socketArn } from "./routedEvent.ts";
import { callEndpoint, mappedParameters } from "./socketHttpIntegration.ts";
import { requestBody, sentBody } from "./socketTemplates.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const DEFAULT_TIMEOUT_MS = 29_000;
const EMPTY_OBJECT = Buffer.from("{}");
const NO_BODY = new Uint8Array();

export interface SocketIntegrationDeps {
  readonly caller: FunctionCaller;
  readonly outbound: Pick<Outbound, "request">;
  readonly templates: Templates;
  readonly clock: Clock;
}

/** What an integration that was called has answered. */
export interface IntegrationRun {
  readonly status: number;
  /** Status that the Lambda API answered with, where that is not `status`. */
  readonly serviceStatus?: number;
  /** `undefined` for a mock, which takes no time of its own. */
  readonly latencyMs?: number;
}

interface Learned {
  ran?: IntegrationRun;
}

/**
 * Runs an integration. The reply of one that is no proxy has a body only where a client gets it. Rejects with GatewayFailure, `TimedOut`, and with the errors
 * of functions' calls and of outbound requests. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
 */
export async function runIntegration(
  deps: SocketIntegrationDeps,
  routed: RoutedEvent,
  integration: ApiIntegration,
  learned: Learned,
): Promise<HttpReply> {
  switch (integration.integrationType) {
    case "MOCK":
      return await runMock(deps, routed, integration, learned);
    case "HTTP":
    case "HTTP_PROXY":
      return await runHttp(deps, routed, integration, learned);
    case "AWS":
      return await runCustomFunction(deps, routed, integration, learned);
    case "AWS_PROXY":
      return await runFunction(deps, routed, integration, learned);
  }
}

/** The request template says which status the integration would have answered; without one it is 200. */
async function runMock(
  { templates }: SocketIntegrationDeps,
  routed: RoutedEvent,
  integration: ApiIntegration,
  learned: Learned,
): Promise<HttpReply> {
  const { api, sources } = routed;
  const { requestTemplates = {} } = integration;
  const isBare = Object.keys(requestTemplates).length === 0;
  const status = isBare ? 200 : mockStatus((await requestBody(templates, api.accountId, sources, integration)).body);
  if (status === undefined) {
    throw configurationError(500, new DefinitionFault("the request template of the mock gives no statusCode"));
  }
  learned.ran = { status };
  const answer = { status, headers: {}, body: NO_BODY };
  const { stage } = routed;
  if (isBare && !stage.contents.integrationResponses.has(integration.integrationId)) return answer;
  return await custom(templates, routed, integration, answer, String(status));
}

async function runHttp(
  { outbound, templates, clock }: SocketIntegrationDeps,
  routed: RoutedEvent,
  integration: ApiIntegration,
  learned: Learned,
): Promise<HttpReply> {
  const { api, sources, signal } = routed;
  const { accountId } = api;
  const { timeoutInMillis: timeoutMs = DEFAULT_TIMEOUT_MS } = integration;
  const isProxy = integration.integrationType === "HTTP_PROXY";
  const sent = isProxy
    ? { body: sentBody(sources, integration), request: undefined }
    : await requestBody(templates, accountId, sources, integration);
  const call = { accountId, sources, body: sent.body, overrides: sent.request, timeoutMs, signal };
  const begun = clock.monotonicMs();
  const answer = await callEndpoint(outbound, integration, call);
  learned.ran = { status: answer.status, latencyMs: clock.monotonicMs() - begun };
  if (isProxy) return answer;
  return await custom(templates, routed, integration, answer, String(answer.status));
}

async function runCustomFunction(
  { caller, templates, clock }: SocketIntegrationDeps,
  routed: RoutedEvent,
  integration: ApiIntegration,
  learned: Learned,
): Promise<HttpReply> {
  const { api, sources, signal } = routed;
  const { timeoutInMillis = DEFAULT_TIMEOUT_MS } = integration;
  const { body, request } = await requestBody(templates, api.accountId, sources, integration);
  const call = callOf(routed, integration, body.byteLength === 0 ? EMPTY_OBJECT : body);
  const { header } = mappedParameters(integration, sources, request);
  const begun = clock.monotonicMs();
  const learn = (status: number): void => {
    learned.ran = { status, latencyMs: clock.monotonicMs() - begun };
  };
  if (header["x-amz-invocation-type"]?.[0] === "Event") {
    await caller.enqueue(call);
    learn(202);
    return await custom(templates, routed, integration, { status: 202, headers: {}, body: NO_BODY }, undefined);
  }
  using deadline = new Deadline(signal, timeoutInMillis, clock);
  const { outcome } = await Promise.race([caller.call(call, deadline.signal), deadline.over]);
  const hasFailed = outcome.kind !== "success";
  learn(hasFailed ? 502 : 200);
  if (hasFailed && routed.route.routeKey === "$connect") {
    throw configurationError(502, new FunctionFailed(outcome.kind));
  }
  const answer = { status: 200, headers: { "content-type": "application/json" }, body: outcome.payload };
  return await custom(templates, routed, integration, answer, hasFailed ? errorMessage(outcome.payload) : undefined);
}

async function runFunction(
  { caller, clock }: SocketIntegrationDeps,
  routed: RoutedEvent,
  integration: ApiIntegration,
  learned: Learned,
): Promise<HttpReply> {
  const { timeoutInMillis = DEFAULT_TIMEOUT_MS } = integration;
  const begun = clock.monotonicMs();
  const learn = (status: number): void => {
    learned.ran = { status, serviceStatus: 200, latencyMs: clock.monotonicMs() - begun };
  };
  using deadline = new Deadline(routed.signal, timeoutInMillis, clock);
  const call = caller.call(callOf(routed, integration, routed.event()), deadline.signal);
  const { outcome } = await Promise.race([call, deadline.over]);
  if (outcome.kind !== "success") {
    learn(502);
    throw configurationError(502, new FunctionFailed(outcome.kind));
  }
  try {
    const reply = replyV1(outcome.payload);
    learn(reply.status);
    return reply;
  } catch (error) {
    if (!(error instanceof MalformedAnswer)) throw error;
    learn(200);
    // Only the answers of $connect and of routes that answer are looked at.
    if (answersMatter(routed.route)) throw configurationError(502, error);
    return { status: 200, headers: {}, body: null };
  }
}

/** The reply by an integration response, where the answer is looked at: `$connect` needs no integration response. */
async function custom(
  templates: Templates,
  routed: RoutedEvent,
  integration: ApiIntegration,
  answer: IntegrationAnswer,
  subject: string | undefined,
): Promise<HttpReply> {
  const { api, stage, route, sources } = routed;
  const needsNone = route.routeResponseSelectionExpression === undefined;
  const hasNone = !stage.contents.integrationResponses.has(integration.integrationId);
  if (!answersMatter(route) || (needsNone && hasNone)) return { ...answer, body: null };
  return await customReply(templates, api.accountId, stage, integration, { sources, answer, subject });
}

function answersMatter({ routeKey, routeResponseSelectionExpression }: ApiRoute): boolean {
  return routeKey === "$connect" || routeResponseSelectionExpression !== undefined;
}

function callOf(
  { api, stage, route, requestId, traceId }: RoutedEvent,
  { integrationUri: uri = "", credentialsArn }: ApiIntegration,
  payload: Uint8Array,
): FunctionCall {
  const { accountId, region } = api;
  return {
    ...{ accountId, region, uri, credentialsArn, payload, requestId, traceId },
    stageVariables: stage.stageVariables,
    sourceArn: socketArn(api, stage.stageName, route.routeKey),
  };
}
