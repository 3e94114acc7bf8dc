import { randomBytes } from "node:crypto";
import type { HttpRequest } from "../httpRequest.ts";
import { namedAsSent } from "../namedAsSent.ts";
import { valuesOf } from "../payloadV1.ts";
import { logTime } from "../payloadV2.ts";
import { queryParameters } from "../queryParameters.ts";
import type { SocketFacts } from "./openSocket.ts";

/** What happened at a connection. */
export interface SocketHappening {
  readonly eventType: "CONNECT" | "MESSAGE" | "DISCONNECT";
  readonly routeKey: string;
  /** UUID. */
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Of a message. */
  readonly body?: string;
  readonly messageId?: string;
  /** The code and reason with which a connection was closed. */
  readonly closed?: { readonly code: number; readonly reason: string };
}

/** Headers that events of `$disconnect` have without a value, as on AWS. */
const EMPTY_AT_THE_END = { "x-api-key": "", "X-Forwarded-For": "", "x-restapi": "" };

export type StageVariables = Readonly<Record<string, string>>;

export function newMessageId(): string {
  return `${randomBytes(11).toString("base64url")}=`;
}

/** `requestContext` of events, and of authorizers. */
export function requestContextOf(facts: SocketFacts, happening: SocketHappening): Record<string, unknown> {
  const { eventType, routeKey, requestId, at, messageId, closed } = happening;
  return {
    routeKey,
    ...(facts.authorizer && { authorizer: facts.authorizer }),
    ...(messageId !== undefined && { messageId }),
    ...(closed && { disconnectStatusCode: closed.code, disconnectReason: closed.reason }),
    eventType,
    extendedRequestId: requestId,
    requestTime: logTime(at),
    messageDirection: "IN",
    stage: facts.stage,
    connectedAt: facts.connectedAt,
    requestTimeEpoch: at,
    identity: { ...(facts.userAgent !== undefined && { userAgent: facts.userAgent }), sourceIp: facts.sourceIp },
    requestId,
    domainName: facts.domainName,
    connectionId: facts.connectionId,
    apiId: facts.api.apiId,
  };
}

/**
 * The event for a function behind a WebSocket API.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
 */
export function socketEvent(
  facts: SocketFacts,
  happening: SocketHappening,
  stageVariables: StageVariables,
  handshake?: HttpRequest,
): Buffer {
  const { eventType, body } = happening;
  const event = {
    ...(handshake && handshakeMembers(handshake)),
    ...(eventType === "DISCONNECT" && {
      headers: { Host: facts.host, ...EMPTY_AT_THE_END },
      multiValueHeaders: valuesOf(Object.entries({ Host: facts.host, ...EMPTY_AT_THE_END })).all,
    }),
    ...(hasAny(stageVariables) && { stageVariables }),
    requestContext: requestContextOf(facts, happening),
    ...(body !== undefined && { body }),
    isBase64Encoded: false,
  };
  return Buffer.from(JSON.stringify(event));
}

/** Headers and query of the request that opens a connection, without what functions may not see. Objects without a prototype: names are the client's choice. */
export function handshakeMembers(request: HttpRequest): object {
  const headers = valuesOf(namedAsSent(request));
  const parameters = valuesOf(queryParameters(request.query));
  return {
    headers: headers.last,
    multiValueHeaders: headers.all,
    ...(request.query !== "" && {
      queryStringParameters: parameters.last,
      multiValueQueryStringParameters: parameters.all,
    }),
  };
}

function hasAny(values: object): boolean {
  for (const _ in values) return true;
  return false;
}
