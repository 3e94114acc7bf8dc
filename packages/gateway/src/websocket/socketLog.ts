import { logTime } from "../payloadV2.ts";
import type { SocketFacts } from "./openSocket.ts";
import type { SocketHappening } from "./socketEvent.ts";

/**
 * The values of `$context.…` in access logs of WebSocket APIs.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-mapping-template-reference.html
 */
export function accessLogValues(
  facts: SocketFacts,
  { eventType, routeKey, requestId, at, messageId }: SocketHappening,
  status: number,
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
  };
  return (variable) => {
    const name = variable.replace(/^\$context\./, "");
    if (name.startsWith("authorizer.")) return textOf(facts.authorizer, name.slice("authorizer.".length));
    return Object.hasOwn(values, name) ? values[name] : undefined;
  };
}

function textOf(values: Readonly<Record<string, unknown>> | undefined, name: string): string | undefined {
  const value = values && Object.hasOwn(values, name) ? values[name] : undefined;
  return value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);
}
