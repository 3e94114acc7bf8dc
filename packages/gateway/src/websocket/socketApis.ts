import type { ApiDefinition, ApiDirectory, ApiStage } from "@hearth/apis";
import type { Clock, Logger, Registry } from "@hearth/kit";
import type { MetricSink } from "@hearth/model";
import type { Database, WebSocketCommandStore, WebSocketConnectionStore } from "@hearth/store";
import { mappingFor } from "../domainMapping.ts";
import type { HttpAddress } from "../httpAddress.ts";
import type { EndpointKind, HttpEndpoint } from "../httpEndpoint.ts";
import { Throttle } from "../http/throttle.ts";
import { NamedBuckets } from "../rest/namedBuckets.ts";
import type { UsagePlans } from "../rest/usagePlans.ts";
import { ConnectAuthorizer, type ConnectAuthorizerDeps } from "./connectAuthorizer.ts";
import type { CommandReply, ConnectionCommand } from "./connectionCommand.ts";
import { newProcessId, processOf } from "./connectionId.ts";
import { ConnectionsApi } from "./connectionsApi.ts";
import { Handshakes } from "./handshake.ts";
import { OpenSockets, type SocketLimits } from "./openSockets.ts";
import { SocketEndpoint, type SocketEndpointDeps } from "./socketEndpoint.ts";
import { SocketMetrics } from "./socketMetrics.ts";
import { SocketRecords } from "./socketRecords.ts";
import { LostSockets } from "./lostSockets.ts";
import type { SocketFacts } from "./openSocket.ts";
import { SocketPeers } from "./socketPeers.ts";
import { SocketStageMetrics } from "./socketStageMetrics.ts";
import { SocketTraffic, type SocketTrafficDeps } from "./socketTraffic.ts";

export type SocketApisDeps = Omit<SocketTrafficDeps, "sockets" | "records" | "throttleOf" | "onMessage" | "metrics"> &
  ConnectAuthorizerDeps & {
    readonly directory: ApiDirectory;
    readonly database: Pick<Database, "listen">;
    readonly commands: WebSocketCommandStore;
    readonly records: WebSocketConnectionStore;
    readonly plans: UsagePlans;
    readonly limits: SocketLimits;
    readonly registry: Registry;
    readonly metricSink: MetricSink;
    readonly clock: Clock;
    readonly logger: Logger;
  };

/** How the connections of a process that died have ended, as the WebSocket protocol has it. */
const GONE = { code: 1006, reason: "" };

/**
 * WebSocket APIs of API Gateway. A connection lives in the process that accepted it; its id says which one that is.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html
 */
export class SocketApis implements EndpointKind, AsyncDisposable {
  readonly forms = ["api", "domain"] as const;
  readonly speaksWebSocket = true;
  readonly #deps: SocketApisDeps;
  readonly #processId = newProcessId();
  readonly #sockets: OpenSockets;
  readonly #peers: SocketPeers;
  readonly #traffic: SocketTraffic;
  readonly #lost: LostSockets;
  readonly #endpointDeps: SocketEndpointDeps;
  readonly #endpoints = new WeakMap<ApiStage, Map<string, SocketEndpoint>>();
  readonly #throttles = new WeakMap<ApiStage, Throttle>();
  readonly #keyThrottles = new WeakMap<ApiStage, NamedBuckets>();

  constructor(deps: SocketApisDeps) {
    this.#deps = deps;
    const { clock, limits } = deps;
    this.#sockets = new OpenSockets(limits, { clock, onSweep: () => this.#onSweep() });
    const onCommand = this.#sockets.do.bind(this.#sockets);
    this.#peers = new SocketPeers(this.#processId, { ...deps, onCommand });
    const metrics = new SocketMetrics(deps.registry, () => this.#sockets.size);
    const stageMetrics = new SocketStageMetrics(deps.metricSink, clock);
    const throttleOf = (stage: ApiStage): Throttle => this.#throttleOf(stage);
    this.#traffic = new SocketTraffic({
      ...deps,
      records: new SocketRecords(this.#processId, deps),
      sockets: this.#sockets,
      throttleOf,
      metrics: stageMetrics,
      onMessage: (facts) => {
        metrics.received();
        stageMetrics.message(facts);
      },
    });
    const onLost = (facts: SocketFacts): void => this.#traffic.disconnected(facts, GONE);
    this.#lost = new LostSockets(this.#processId, { ...deps, onLost });
    this.#endpointDeps = {
      ...deps,
      processId: this.#processId,
      sockets: this.#sockets,
      handshakes: new Handshakes(),
      announce: () => this.#peers.keepLease(),
      traffic: this.#traffic,
      metrics: stageMetrics,
      onSent: (facts) => {
        metrics.sent();
        stageMetrics.message(facts);
      },
      authorizer: new ConnectAuthorizer(deps),
      connections: new ConnectionsApi({ ...deps, command: (command) => this.#command(command) }),
    };
  }

  /** Begins to run `$disconnect` for connections of processes that died. */
  start(): void {
    void this.#lost.look();
  }

  #onSweep(): void {
    void this.#peers.keepLease();
    this.#lost.lookAtTimes();
  }

  find(address: HttpAddress): HttpEndpoint | undefined | Promise<HttpEndpoint | undefined> {
    if (address.form === "domain") return this.#ofDomain(address);
    const api = this.#deps.directory.findApi(address.id);
    return api instanceof Promise ? api.then((found) => this.#ofApi(found, address)) : this.#ofApi(api, address);
  }

  #ofApi(api: ApiDefinition | undefined, { path, region }: HttpAddress): HttpEndpoint | undefined {
    if (api?.record.protocol !== "WEBSOCKET") return undefined;
    if (region !== undefined && region !== api.record.region) return undefined;
    if (api.record.settings["disableExecuteApiEndpoint"] === true) return undefined;
    const name = path.split("/", 2)[1] ?? "";
    const stage = api.stages.get(name);
    return stage && this.#endpoint(api, stage, `/${name}`);
  }

  async #ofDomain({ id, path }: HttpAddress): Promise<HttpEndpoint | undefined> {
    const domain = await this.#deps.directory.findDomain(id);
    const mapping = domain && mappingFor(domain, path);
    if (!mapping) return undefined;
    const api = await this.#deps.directory.findApi(mapping.apiId);
    const stage = api?.record.protocol === "WEBSOCKET" ? api.stages.get(mapping.stage) : undefined;
    return api && stage && this.#endpoint(api, stage, mapping.mappingKey === "" ? "" : `/${mapping.mappingKey}`);
  }

  #endpoint({ record }: ApiDefinition, stage: ApiStage, prefix: string): SocketEndpoint {
    let known = this.#endpoints.get(stage);
    if (!known) this.#endpoints.set(stage, (known = new Map()));
    let endpoint = known.get(prefix);
    if (endpoint) return endpoint;
    endpoint = new SocketEndpoint(
      { api: record, stage, throttle: this.#throttleOf(stage), throttles: this.#keyThrottlesOf(stage), prefix },
      this.#endpointDeps,
    );
    known.set(prefix, endpoint);
    return endpoint;
  }

  #throttleOf(stage: ApiStage): Throttle {
    let throttle = this.#throttles.get(stage);
    if (!throttle) this.#throttles.set(stage, (throttle = new Throttle(stage, this.#deps.clock)));
    return throttle;
  }

  #keyThrottlesOf(stage: ApiStage): NamedBuckets {
    let throttles = this.#keyThrottles.get(stage);
    if (!throttles) this.#keyThrottles.set(stage, (throttles = new NamedBuckets(this.#deps.clock)));
    return throttles;
  }

  async #command(command: ConnectionCommand): Promise<CommandReply> {
    const processId = processOf(command.connectionId);
    if (processId === undefined) return { kind: "gone" };
    if (processId === this.#processId) return this.#sockets.do(command);
    return await this.#peers.ask(processId, command);
  }

  /** Closes all connections and runs `$disconnect` for them, until `signal` aborts. */
  async drain(signal: AbortSignal): Promise<void> {
    await this.#sockets.closeAll(signal);
    await this.#traffic.drain(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lost[Symbol.dispose]();
    this.#sockets[Symbol.dispose]();
    await this.#traffic[Symbol.asyncDispose]();
    await this.#peers[Symbol.asyncDispose]();
  }
}
