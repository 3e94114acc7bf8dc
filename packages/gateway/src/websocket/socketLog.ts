import { logTime } from "../payloadV2.ts";
import { failureReason } from "../failureReason.ts";
import type { SocketFacts } from "./openSocket.ts";
import type { SocketHappening } from "./socketEvent.ts";
import type { RouteOutcome } from "./socketRoute.ts";

/** How what happened at a connection has ended. */
export interface LoggedEnd {
  readonly status: number;
  /** Of the route; `undefined` where it was not run. */
  readonly outcome?: RouteOutcome;
  /** Why the authorizer refused the connection. */
  readonly authorizerError?: string | undefined;
}

/**
 * The values of `$context.…` in access logs of WebSocket APIs.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-mapping-template-reference.html
 */
export function accessLogValues(
  facts: SocketFacts,
  { eventType, routeKey, requestId, at, messageId }: SocketHappening,
  { status, outcome, authorizerError }: LoggedEnd,
): (variable: string) => string | undefined {
  const values: Readonly<Record<string, string | undefined>> = {
    accountId: facts.api.accountId,
    apiId: facts.api.apiId,
    connectedAt: String(facts.connectedAt),
    connectionId: facts.connectionId,
    domainName: facts.domainName,
    domainPrefix: facts.domainPrefix,
    eventType,
    extendedRequestId: requestId,
    "identity.sourceIp": facts.sourceIp,
    "identity.userAgent": facts.userAgent,
    messageDirection: "IN",
    messageId,
    requestId,
    requestTime: logTime(at),
    requestTimeEpoch: String(at),
    routeKey,
    stage: facts.stage,
    status: String(status),
    "authorizer.error": authorizerError,
    ...(outcome && outcomeValues(outcome)),
  };
  return (variable) => {
    const name = variable.replace(/^\$context\./, "");
    if (Object.hasOwn(values, name) && values[name] !== undefined) return values[name];
    if (name.startsWith("authorizer.")) return textOf(facts.authorizer, name.slice("authorizer.".length));
    return undefined;
  };
}

/** Of the route's integration, and of the error that the client was told. */
function outcomeValues(outcome: RouteOutcome): Readonly<Record<string, string | undefined>> {
  const { ran } = outcome;
  const reason = outcome.kind === "failed" ? failureReason(outcome.failure) : undefined;
  const latency = ran?.latencyMs === undefined ? undefined : String(Math.round(ran.latencyMs));
  const ofService = (ran?.serviceStatus ?? ran?.status ?? reason?.integrationStatus)?.toString();
  const message =
    outcome.kind === "answered" ? undefined : outcome.kind === "failed" ? "Internal server error" : outcome.message;
  return {
    integrationLatency: latency,
    "integration.latency": latency,
    integrationStatus: ofService,
    "integration.integrationStatus": ofService,
    "integration.status": ran?.status.toString(),
    integrationErrorMessage: reason?.integrationMessage,
    "integration.error": reason?.integrationMessage,
    "error.message": message,
    "error.messageString": message === undefined ? undefined : JSON.stringify(message),
    "error.responseType": outcome.kind === "answered" ? undefined : outcome.type,
  };
}

function textOf(values: Readonly<Record<string, unknown>> | undefined, name: string): string | undefined {
  const value = values && Object.hasOwn(values, name) ? values[name] : undefined;
  return value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);
}
