import type { ApiIntegration, ApiRoute, ApiStage } from "@hearth/apis";
import type { Clock } from "@hearth/kit";
import { arn, AwsError, TooManyRequestsException } from "@hearth/model";
import { type Outbound, OutboundFailed, OutboundRefused } from "@hearth/outbound";
import type { ApiRecord } from "@hearth/store";
import { ClientGone } from "@hearth/wire";
import { Deadline, TimedOut } from "../deadline.ts";
import { MalformedAnswer, replyV1 } from "../functionReply.ts";
import { type FunctionCaller, NotCallable } from "../http/functionCaller.ts";
import type { HttpReply } from "../httpEndpoint.ts";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const DEFAULT_TIMEOUT_MS = 29_000;
const MAX_RESPONSE_BYTES = 128 * 1024;
const NOTHING: HttpReply = { status: 200, headers: {}, body: null };

export interface SocketRouteDeps {
  readonly caller: FunctionCaller;
  readonly outbound: Pick<Outbound, "request">;
  readonly clock: Clock;
}

export interface RoutedEvent {
  readonly api: ApiRecord;
  readonly stage: ApiStage;
  readonly route: ApiRoute;
  /** For a function. */
  readonly event: Uint8Array;
  /** For an HTTP endpoint. */
  readonly body: Uint8Array;
  readonly requestId: string;
  readonly traceId: string | undefined;
  /** Aborts when the answer is of no use any more. */
  readonly signal: AbortSignal;
}

/** How the integration of a route has ended. `failed`: the client is told so, and not why. */
export type RouteOutcome =
  | { readonly kind: "answered"; readonly reply: HttpReply }
  | { readonly kind: "failed"; readonly status: 500 | 502 | 504; readonly why: string };

/** Runs the integration of a route of a WebSocket API. Rejects with `ClientGone` only. */
export async function runRoute(deps: SocketRouteDeps, routed: RoutedEvent): Promise<RouteOutcome> {
  const { stage, route } = routed;
  const [, integrationId = ""] = (route.target ?? "").split("/");
  const integration = stage.contents.integrations.get(integrationId);
  if (!integration) return failed(500, "the route has no integration");
  try {
    switch (integration.integrationType) {
      case "MOCK":
        return answered(NOTHING);
      case "HTTP_PROXY":
        return answered(await callEndpoint(deps, routed, integration));
      default:
        return await callFunction(deps, routed, integration);
    }
  } catch (error) {
    if (error instanceof TimedOut) return failed(504, "the integration did not answer in time");
    if (error instanceof NotCallable || error instanceof OutboundRefused) return failed(500, error.message);
    if (error instanceof OutboundFailed) return failed(502, error.message);
    if (error instanceof TooManyRequestsException) return failed(500, error.message);
    if (error instanceof AwsError && !(error instanceof ClientGone)) return failed(500, error.message);
    throw error;
  }
}

async function callFunction(
  { caller, clock }: SocketRouteDeps,
  { api, stage, route, event: payload, requestId, traceId, signal }: RoutedEvent,
  { integrationUri: uri = "", credentialsArn, timeoutInMillis = DEFAULT_TIMEOUT_MS }: ApiIntegration,
): Promise<RouteOutcome> {
  const { accountId, region } = api;
  using deadline = new Deadline(signal, timeoutInMillis, clock);
  const call = caller.call(
    {
      ...{ accountId, region, uri, credentialsArn, payload, requestId, traceId },
      stageVariables: stage.stageVariables,
      sourceArn: socketArn(api, stage.stageName, route.routeKey),
    },
    deadline.signal,
  );
  const { outcome } = await Promise.race([call, deadline.over]);
  if (outcome.kind !== "success") return failed(502, `the function ended with ${outcome.kind}`);
  try {
    return answered(replyV1(outcome.payload));
  } catch (error) {
    if (!(error instanceof MalformedAnswer)) throw error;
    // Only the answers of $connect and of routes that answer are looked at.
    return answersMatter(route) ? failed(502, error.message) : answered(NOTHING);
  }
}

async function callEndpoint(
  { outbound }: SocketRouteDeps,
  { api, stage, body, signal }: RoutedEvent,
  { integrationUri = "", integrationMethod = "POST", timeoutInMillis = DEFAULT_TIMEOUT_MS }: ApiIntegration,
): Promise<HttpReply> {
  const url = integrationUri.replaceAll(
    /\$\{stageVariables\.([A-Za-z0-9_]+)\}/g,
    (_, name: string) => stage.stageVariables[name] ?? "",
  );
  const { status, body: answer } = await outbound.request({
    accountId: api.accountId,
    url,
    method: integrationMethod === "ANY" ? "POST" : integrationMethod,
    headers: { "content-type": "application/json" },
    ...(body.byteLength > 0 && integrationMethod !== "GET" && { body }),
    timeoutMs: timeoutInMillis,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    signal,
  });
  return { status, headers: {}, body: answer };
}

/** The client gets what the route's integration answers. */
export function repliesToClient(
  { routeId, routeResponseSelectionExpression }: ApiRoute,
  { contents }: ApiStage,
): boolean {
  return routeResponseSelectionExpression !== undefined && contents.routeResponses.has(routeId);
}

function answersMatter({ routeKey, routeResponseSelectionExpression }: ApiRoute): boolean {
  return routeKey === "$connect" || routeResponseSelectionExpression !== undefined;
}

/** `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<route key>`: what policies of functions and authorizers name. */
export function socketArn(
  { accountId, region, apiId }: Pick<ApiRecord, "accountId" | "region" | "apiId">,
  stage: string,
  routeKey: string,
): string {
  return arn({ service: "execute-api", region, accountId, resource: `${apiId}/${stage}/${routeKey}` });
}

function answered(reply: HttpReply): RouteOutcome {
  return { kind: "answered", reply };
}

function failed(status: 500 | 502 | 504, why: string): RouteOutcome {
  return { kind: "failed", status, why };
}
