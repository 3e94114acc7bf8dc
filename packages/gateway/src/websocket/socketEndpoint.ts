import type { Duplex } from "node:stream";
import type { ApiRoute, ApiStage } from "@hearth/apis";
import type { Clock, Logger } from "@hearth/kit";
import type { ApiRecord } from "@hearth/store";
import { type AccountQuotas, ClientGone } from "@hearth/wire";
import type { WebSocket } from "ws";
import type { ApiFailureLog } from "../apiFailureLog.ts";
import type { AccessLog } from "../http/accessLog.ts";
import type { HttpEndpoint, HttpReply } from "../httpEndpoint.ts";
import type { HttpRequest } from "../httpRequest.ts";
import type { Throttle } from "../http/throttle.ts";
import { GatewayFailure } from "../rest/gatewayFailure.ts";
import type { NamedBuckets } from "../rest/namedBuckets.ts";
import type { UsagePlans } from "../rest/usagePlans.ts";
import { seenRequest } from "../seenRequest.ts";
import { traceOf } from "../trace.ts";
import type { ConnectAuthorizer, ConnectCall, ConnectDecision } from "./connectAuthorizer.ts";
import { newConnectionId } from "./connectionId.ts";
import type { ConnectionsApi } from "./connectionsApi.ts";
import { type Handshakes, isHandshake, refuseHandshake } from "./handshake.ts";
import { OpenSocket, type SocketFacts } from "./openSocket.ts";
import type { OpenSockets } from "./openSockets.ts";
import { socketEvent, type SocketHappening } from "./socketEvent.ts";
import { accessLogValues, type LoggedEnd } from "./socketLog.ts";
import type { MeasuredStage, SocketStageMetrics } from "./socketStageMetrics.ts";
import { sourcesOf } from "./socketSources.ts";
import type { SocketTraffic } from "./socketTraffic.ts";
import { type RouteOutcome, runRoute, type SocketRouteDeps } from "./socketRoute.ts";

const CONNECT = "$connect";
const PROTOCOL = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export interface SocketEndpointDeps extends SocketRouteDeps {
  /** Begins the ids of this process's connections. */
  readonly processId: string;
  readonly sockets: OpenSockets;
  readonly handshakes: Handshakes;
  /** Makes connections of this process known to others. */
  readonly announce: () => Promise<void>;
  readonly traffic: SocketTraffic;
  readonly authorizer: ConnectAuthorizer;
  readonly connections: ConnectionsApi;
  readonly plans: Pick<UsagePlans, "admitKey">;
  readonly quotas: AccountQuotas;
  readonly accessLog: AccessLog;
  readonly failures: ApiFailureLog;
  readonly onSent: (facts: SocketFacts) => void;
  readonly metrics: SocketStageMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ServedSocketStage {
  readonly api: ApiRecord;
  readonly stage: ApiStage;
  readonly throttle: Throttle;
  /** Of API keys. */
  readonly throttles: NamedBuckets;
  /** In the path of the request, what precedes the path within the stage. */
  readonly prefix: string;
}

/** A handshake that is refused. */
class Refusal extends Error {
  readonly status: number;
  /** The API itself refuses, before the integration of `$connect` is called. */
  readonly isOwn: boolean;

  constructor(status: number, message: string, isOwn = status < 500) {
    super(message);
    this.status = status;
    this.isOwn = isOwn;
  }
}

/** One stage of a WebSocket API: accepts connections, and serves `@connections`. */
export class SocketEndpoint implements HttpEndpoint {
  readonly #served: ServedSocketStage;
  readonly #deps: SocketEndpointDeps;

  constructor(served: ServedSocketStage, deps: SocketEndpointDeps) {
    this.#served = served;
    this.#deps = deps;
  }

  async serve(request: HttpRequest): Promise<HttpReply> {
    const { api, stage, prefix } = this.#served;
    const { connections, quotas } = this.#deps;
    const connectionId = connections.connectionOf(request.path.slice(prefix.length));
    if (connectionId === undefined) return UPGRADE_REQUIRED;
    const use = quotas.of(api.accountId);
    if (!quotas.enter(use)) return TOO_MANY_REQUESTS;
    try {
      return await connections.serve(request, api, stage.stageName, connectionId);
    } finally {
      quotas.leave(use);
    }
  }

  upgrade(request: HttpRequest, socket: Duplex, head: Buffer): void {
    const { logger, processId } = this.#deps;
    const connectionId = newConnectionId(processId);
    const { requestId } = request;
    const refuse = (status: number, message: string): void =>
      refuseHandshake(socket, status, { message, connectionId, requestId });
    this.#open(request, socket, head, connectionId).catch((error: unknown) => {
      if (error instanceof Refusal) {
        if (error.isOwn) this.#deps.metrics.refused(this.#measured);
        return refuse(error.status, error.message);
      }
      if (error instanceof ClientGone) return void socket.destroy();
      logger.error({ err: error, apiId: this.#served.api.apiId }, "a web socket could not be opened");
      return refuse(500, INTERNAL);
    });
  }

  async #open(request: HttpRequest, socket: Duplex, head: Buffer, connectionId: string): Promise<void> {
    const { api, stage, prefix } = this.#served;
    const { sockets, quotas, handshakes, announce, traffic, clock } = this.#deps;
    const path = request.path.slice(prefix.length);
    if (path !== "" && path !== "/") throw new Refusal(403, "Forbidden");
    if (!isHandshake(request)) throw new Refusal(400, "Bad Request");
    const use = quotas.of(api.accountId);
    if (!this.#served.throttle.admits(CONNECT) || !quotas.enter(use)) throw new Refusal(429, TOO_MANY);
    const hasPlace = sockets.takePlace(api.accountId);
    let isOpen = false;
    try {
      if (!hasPlace) throw new Refusal(429, TOO_MANY);
      if (!quotas.take(use, "invocations")) throw new Refusal(429, TOO_MANY);
      await announce();
      const facts = this.#factsOf(request, connectionId);
      const route = stage.contents.routesByKey.get(CONNECT);
      const accepted = route ? await this.#connect(request, facts, route) : { facts, protocol: undefined };
      const onOpen = (opened: WebSocket): void => {
        isOpen = true;
        const since = { nowMs: clock.monotonicMs(), onSent: this.#deps.onSent };
        const hasDisconnect = stage.contents.routesByKey.has("$disconnect");
        traffic.begin(new OpenSocket(accepted.facts, opened, since), opened, hasDisconnect);
      };
      if (socket.destroyed) return traffic.disconnected(accepted.facts, { code: 1006, reason: "" });
      handshakes.accept(request, socket, head, accepted.protocol, onOpen);
    } finally {
      if (hasPlace && !isOpen) sockets.givePlaceBack(api.accountId);
      quotas.leave(use);
    }
  }

  /** Asks the authorizer and runs `$connect`. Rejects with Refusal. */
  async #connect(
    request: HttpRequest,
    before: SocketFacts,
    route: ApiRoute,
  ): Promise<{ readonly facts: SocketFacts; readonly protocol: string | undefined }> {
    const { api, stage } = this.#served;
    const { requestId, receivedAt } = request;
    const happening: SocketHappening = { eventType: "CONNECT", routeKey: CONNECT, requestId, at: receivedAt };
    const decision = await this.#authorize({ api, stage, request, facts: before, happening }, route);
    if (decision.kind === "refused") {
      this.#log(before, happening, { status: decision.status, authorizerError: decision.why });
      throw new Refusal(
        decision.status,
        decision.status === 401 ? "Unauthorized" : decision.status === 403 ? "Forbidden" : INTERNAL,
      );
    }
    const facts = decision.authorizer ? { ...before, authorizer: decision.authorizer } : before;
    if (route.apiKeyRequired === true) await this.#admitKey(request, decision.usageKey);
    const seen = seenRequest(request, route.authorizationType);
    const { stageVariables: variables } = stage;
    this.#deps.metrics.connect(facts);
    const outcome = await runRoute(this.#deps, {
      ...{ api, stage, route, requestId },
      event: () => socketEvent(facts, happening, variables, seen),
      sources: sourcesOf(facts, happening, variables, { handshake: seen }),
      traceId: traceOf(request),
      signal: request.signal,
    });
    this.#deps.metrics.routed(facts, outcome);
    this.#log(facts, happening, { status: statusOf(outcome), outcome });
    if (outcome.kind === "failed") throw new Refusal(outcome.status, INTERNAL, false);
    if (outcome.kind === "refused") throw new Refusal(outcome.status, outcome.message, false);
    const { status, headers } = outcome.reply;
    if (status >= 300)
      throw new Refusal(status, status === 401 ? "Unauthorized" : status === 403 ? "Forbidden" : "Refused", false);
    return { facts, protocol: protocolIn(headers) };
  }

  #authorize(
    call: ConnectCall,
    { authorizationType, authorizerId = "" }: ApiRoute,
  ): ConnectDecision | Promise<ConnectDecision> {
    const { authorizer } = this.#deps;
    switch (authorizationType) {
      case "AWS_IAM":
        return authorizer.decideSigned(call);
      case "CUSTOM": {
        const found = call.stage.contents.authorizers.get(authorizerId);
        return found
          ? authorizer.decideByFunction(call, found)
          : { kind: "refused", status: 500, why: "the route's authorizer does not exist" };
      }
      default:
        return { kind: "allowed", authorizer: undefined };
    }
  }

  /** Rejects with Refusal for a client without a key of a usage plan of the stage, and beyond the plan's limits. */
  async #admitKey(request: HttpRequest, usageKey: string | undefined): Promise<void> {
    const { api, stage, throttles } = this.#served;
    const isNamed = /authorizer\.usageIdentifierKey/.test(stage.contents.api.apiKeySelectionExpression ?? "");
    const value = isNamed ? usageKey : request.header("x-api-key");
    try {
      await this.#deps.plans.admitKey({ owner: api, plans: stage.plans, throttles, method: `/${CONNECT}` }, value);
    } catch (error) {
      if (error instanceof GatewayFailure) throw new Refusal(error.status, error.message);
      throw error;
    }
  }

  #factsOf(request: HttpRequest, connectionId: string): SocketFacts {
    const { api, stage } = this.#served;
    const { host, isPathForm } = request.address;
    const domainName = isPathForm ? `${api.apiId}.execute-api.${api.region}.localhost` : host;
    return {
      connectionId,
      api: { accountId: api.accountId, region: api.region, apiId: api.apiId },
      stage: stage.stageName,
      host: request.incoming.headers.host ?? domainName,
      domainName,
      domainPrefix: domainName.split(".")[0] ?? "",
      connectedAt: request.receivedAt,
      sourceIp: request.sourceIp,
      userAgent: request.userAgent,
      authorizer: undefined,
    };
  }

  get #measured(): MeasuredStage {
    const { api, stage } = this.#served;
    return { api, stage: stage.stageName };
  }

  #log(facts: SocketFacts, happening: SocketHappening, end: LoggedEnd): void {
    const { stage } = this.#served;
    const { outcome } = end;
    if (outcome?.kind === "failed") {
      const { routeKey: route, requestId } = happening;
      this.#deps.failures.note({ api: facts.api, stage: facts.stage, route, requestId }, outcome.failure);
    }
    this.#deps.accessLog.add({ api: facts.api, stage }, accessLogValues(facts, happening, end));
  }
}

function statusOf(outcome: RouteOutcome): number {
  return outcome.kind === "answered" ? outcome.reply.status : outcome.status;
}

/** The subprotocol that the function of `$connect` has chosen. */
function protocolIn(headers: HttpReply["headers"]): string | undefined {
  const given = headers["sec-websocket-protocol"];
  return typeof given === "string" && PROTOCOL.test(given) ? given : undefined;
}

const INTERNAL = "Internal server error";
const TOO_MANY = "Too Many Requests";
const UPGRADE_REQUIRED = reply(426, "Upgrade Required");
const TOO_MANY_REQUESTS = reply(429, TOO_MANY);

function reply(status: number, message: string): HttpReply {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify({ message })),
  };
}
