import type { ApiDefinition, ApiDirectory, ApiRoute, ApiStage } from "@hearth/apis";
import type { Clock, Logger } from "@hearth/kit";
import type { ApiRecord } from "@hearth/store";
import type { AccountQuotas } from "@hearth/wire";
import type { RawData, WebSocket } from "ws";
import type { ApiFailureLog } from "../apiFailureLog.ts";
import type { AccessLog } from "../http/accessLog.ts";
import type { Throttle } from "../http/throttle.ts";
import { AccountTurns } from "./accountTurns.ts";
import type { OpenSocket, SocketFacts } from "./openSocket.ts";
import type { OpenSockets } from "./openSockets.ts";
import { MessageBody } from "./messageBody.ts";
import { routeOfMessage } from "./routeOfMessage.ts";
import { newMessageId, socketEvent, type SocketHappening } from "./socketEvent.ts";
import { accessLogValues } from "./socketLog.ts";
import type { SocketStageMetrics } from "./socketStageMetrics.ts";
import type { SocketRecords } from "./socketRecords.ts";
import { sourcesOf } from "./socketSources.ts";
import { repliesToClient, type RouteOutcome, runRoute, type SocketRouteDeps } from "./socketRoute.ts";

export interface SocketTrafficDeps extends SocketRouteDeps {
  readonly directory: Pick<ApiDirectory, "findApi">;
  readonly sockets: OpenSockets;
  readonly records: Pick<SocketRecords, "opened" | "closed">;
  readonly throttleOf: (stage: ApiStage) => Throttle;
  readonly quotas: AccountQuotas;
  readonly accessLog: AccessLog;
  readonly failures: ApiFailureLog;
  readonly onMessage: (facts: SocketFacts) => void;
  readonly metrics: SocketStageMetrics;
  /** Bytes of messages that functions work on at a time. */
  readonly maxHeldBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Leaving {
  readonly facts: SocketFacts;
  readonly closed: Closed;
}

interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** Messages of one connection that are worked on at a time. The client's next ones are not read meanwhile. */
const MAX_IN_FLIGHT = 10;
const TOO_MANY = "Too Many Requests";
/** For how long messages wait for the record of their connection. */
const RECORD_PATIENCE_MS = 1_000;
const UNSUPPORTED_DATA = 1003;
const GOING_AWAY = 1001;
const NEVER = new AbortController().signal;

/** What happens on connections after their handshake: messages find their routes, and `$disconnect` follows the end. */
export class SocketTraffic implements AsyncDisposable {
  readonly #deps: SocketTrafficDeps;
  readonly #leaving: AccountTurns<Leaving>;
  /** Of messages that functions work on, by account. */
  readonly #held = new Map<string, number>();
  #heldBytes = 0;

  constructor(deps: SocketTrafficDeps) {
    this.#deps = deps;
    this.#leaving = new AccountTurns(({ facts, closed }) => this.#disconnect(facts, closed));
  }

  /** `hasDisconnect`: the API has a route that is to run when the connection ends. */
  begin(open: OpenSocket, socket: WebSocket, hasDisconnect: boolean): void {
    const { sockets, records, clock } = this.#deps;
    sockets.add(open);
    if (hasDisconnect) {
      // A client that was answered on the connection can rely on its `$disconnect`, also when this process is killed.
      open.pause();
      void Promise.race([records.opened(open.facts), clock.sleep(RECORD_PATIENCE_MS)]).then(() => open.resume());
    }
    const touch = (): void => open.touch(clock.monotonicMs(), clock.now());
    socket.on("ping", touch);
    socket.on("error", () => undefined); // it closes too
    socket.on("close", (code, reason) => {
      sockets.remove(open);
      this.disconnected(open.facts, { code, reason: reason.toString() });
    });
    socket.on("message", (data, isBinary) => {
      if (!open.isOpen) return; // it is being closed, perhaps because of this very message
      touch();
      this.#deps.onMessage(open.facts);
      if (isBinary) return open.close(UNSUPPORTED_DATA, "Unsupported Data");
      const body = textOf(data);
      const { accountId } = open.facts.api;
      if (!this.#hold(accountId, body.length)) return this.#refuse(open, TOO_MANY, crypto.randomUUID());
      if (++open.inFlight === MAX_IN_FLIGHT) open.pause();
      return void this.#receive(open, body).finally(() => {
        this.#release(accountId, body.length);
        if (open.inFlight-- === MAX_IN_FLIGHT) open.resume();
      });
    });
  }

  /** False when too much is held: by all accounts, or by this one, which leaves half of it to the others. */
  #hold(accountId: string, bytes: number): boolean {
    const { maxHeldBytes } = this.#deps;
    const own = (this.#held.get(accountId) ?? 0) + bytes;
    if (this.#heldBytes + bytes > maxHeldBytes || own > maxHeldBytes / 2) return false;
    this.#held.set(accountId, own);
    this.#heldBytes += bytes;
    return true;
  }

  #release(accountId: string, bytes: number): void {
    const own = (this.#held.get(accountId) ?? 0) - bytes;
    if (own > 0) this.#held.set(accountId, own);
    else this.#held.delete(accountId);
    this.#heldBytes -= bytes;
  }

  /** Runs `$disconnect` in the background, where the API has it. */
  disconnected(facts: SocketFacts, closed: Closed): void {
    const { accountId, apiId } = facts.api;
    if (this.#leaving.add(accountId, { facts, closed })) return;
    this.#deps.logger.warn({ accountId, apiId }, "$disconnect was not run: too many of the account wait");
  }

  /** Resolves when all that `$disconnect` was to be run for is done with, or `signal` aborts. */
  async drain(signal: AbortSignal): Promise<void> {
    const over = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([this.#leaving.done(), over]);
  }

  /** Never rejects. */
  async #receive(open: OpenSocket, body: string): Promise<void> {
    const { clock, logger } = this.#deps;
    const requestId = crypto.randomUUID();
    try {
      await this.#route(open, body, requestId, clock.now());
    } catch (error) {
      logger.error({ err: error, apiId: open.facts.api.apiId }, "a message of a web socket was not worked on");
      tell(open, "Internal server error", requestId);
    }
  }

  async #route(open: OpenSocket, body: string, requestId: string, at: number): Promise<void> {
    const { facts } = open;
    const found = await this.#stageOf(facts);
    if (!found) return open.close(GOING_AWAY, "Going away");
    const { api, stage } = found;
    const message = new MessageBody(body);
    const route = routeOfMessage(stage.contents, message);
    if (!route) return this.#refuse(open, "Forbidden", requestId);
    const { quotas, throttleOf } = this.#deps;
    const use = quotas.of(api.accountId);
    if (!throttleOf(stage).admits(route.routeKey) || !quotas.enter(use)) return this.#refuse(open, TOO_MANY, requestId);
    try {
      if (!quotas.take(use, "invocations")) return this.#refuse(open, TOO_MANY, requestId);
      const messageId = newMessageId();
      const happening = { eventType: "MESSAGE", routeKey: route.routeKey, requestId, at, messageId, body } as const;
      await this.#run(open, { api, stage, route, happening, message });
    } finally {
      quotas.leave(use);
    }
  }

  async #run(open: OpenSocket, { api, stage, route, happening, message: body }: RoutedMessage): Promise<void> {
    const { requestId } = happening;
    const { stageVariables } = stage;
    const outcome = await runRoute(this.#deps, {
      ...{ api, stage, route, requestId },
      event: () => socketEvent(open.facts, happening, stageVariables),
      sources: sourcesOf(open.facts, happening, stageVariables, { body }),
      traceId: undefined,
      signal: NEVER,
    });
    this.#deps.metrics.routed(open.facts, outcome);
    this.#log(stage, open.facts, happening, outcome);
    if (outcome.kind === "failed") return tell(open, "Internal server error", requestId);
    if (outcome.kind === "refused") return tell(open, outcome.message, requestId);
    const { body: answer } = outcome.reply;
    if (repliesToClient(route, stage) && answer instanceof Uint8Array && answer.byteLength > 0) open.send(answer);
  }

  /** Tells the client that its message is refused. */
  #refuse(open: OpenSocket, message: string, requestId: string): void {
    this.#deps.metrics.refused(open.facts);
    tell(open, message, requestId);
  }

  /** Never rejects: like AWS's, it is done as well as possible, and once. */
  async #disconnect(facts: SocketFacts, closed: Closed): Promise<void> {
    const { clock, logger, records } = this.#deps;
    try {
      await records.closed(facts);
      const found = await this.#stageOf(facts);
      const route = found?.stage.contents.routesByKey.get("$disconnect");
      if (!found || !route) return;
      const requestId = crypto.randomUUID();
      const happening: SocketHappening = {
        eventType: "DISCONNECT",
        routeKey: "$disconnect",
        requestId,
        at: clock.now(),
        closed,
      };
      const outcome = await runRoute(this.#deps, {
        ...found,
        ...{ route, requestId },
        event: () => socketEvent(facts, happening, found.stage.stageVariables),
        sources: sourcesOf(facts, happening, found.stage.stageVariables),
        traceId: undefined,
        signal: NEVER,
      });
      this.#deps.metrics.routed(facts, outcome);
      this.#log(found.stage, facts, happening, outcome);
    } catch (error) {
      logger.warn({ err: error, apiId: facts.api.apiId }, "$disconnect was not run");
    }
  }

  /** The stage as it is now: a connection outlives deployments. */
  async #stageOf({ api, stage }: SocketFacts): Promise<FoundStage | undefined> {
    const found: ApiDefinition | undefined = await this.#deps.directory.findApi(api.apiId);
    const served = found?.stages.get(stage);
    return found && served && { api: found.record, stage: served };
  }

  #log(stage: ApiStage, facts: SocketFacts, happening: SocketHappening, outcome: RouteOutcome): void {
    if (outcome.kind === "failed") {
      const { routeKey: route, requestId } = happening;
      this.#deps.failures.note({ api: facts.api, stage: facts.stage, route, requestId }, outcome.failure);
    }
    const end = { status: statusOf(outcome), outcome };
    this.#deps.accessLog.add({ api: facts.api, stage }, accessLogValues(facts, happening, end));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.forget();
    await this.#leaving.done();
  }
}

function statusOf(outcome: RouteOutcome): number {
  return outcome.kind === "answered" ? outcome.reply.status : outcome.status;
}

interface RoutedMessage extends FoundStage {
  readonly route: ApiRoute;
  readonly happening: SocketHappening;
  readonly message: MessageBody;
}

interface FoundStage {
  readonly api: ApiRecord;
  readonly stage: ApiStage;
}

/** Tells the client, in AWS's words, that its message came to nothing. */
function tell(open: OpenSocket, message: string, requestId: string): void {
  open.send(Buffer.from(JSON.stringify({ message, connectionId: open.facts.connectionId, requestId })));
}

function textOf(data: RawData): string {
  return Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(data as Buffer).toString();
}
