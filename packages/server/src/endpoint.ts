import type { Server } from "node:net";
import { totalmem } from "node:os";
import type { SandboxApi } from "@hearth/environments";
import { TrustedProxies } from "@hearth/gateway";
import { AuditRecorder, ENVIRONMENT_SESSION_MS } from "@hearth/access";
import {
  createRequestHandler,
  type ForwardedFrom,
  type RequestHandler,
  type RequestHandlerDeps,
  type RequestHead,
  RequestMetrics,
  type Service,
} from "@hearth/wire";
import type { Base } from "./base.ts";
import { Certificates } from "./certificates.ts";
import { type Config, type ListenAddress, regionsOf, usesDefaultKey } from "./config.ts";
import type { ConnectionLimits } from "./connections.ts";
import { forwardedFrom } from "./forwardedFrom.ts";
import { FrontDoor } from "./frontDoor.ts";
import { hearthVersion } from "./hearthVersion.ts";
import type { House } from "./house.ts";
import { type GatewayParts, openGateway } from "./openGateway.ts";
import { openQuotas } from "./openQuotas.ts";
import { LandingPage } from "./landingPage.ts";
import { knownHosts, pageGuardOf } from "./pageGuardOf.ts";
import { linkRoutes } from "./linkRoutes.ts";
import { loopbackPort } from "./loopbackPort.ts";
import { publicUrl } from "./publicUrl.ts";
import { serviceDoor } from "./serviceDoor.ts";
import { StartError } from "./startError.ts";
import { ENDPOINT_VARIABLES } from "./servedBy.ts";
import type { ServiceHouse } from "./services.ts";

/** Limits of the bodies that are held of calls from sandboxes: of all together at least this, and of those of one account. Bodies of objects are streamed and not held. */
const SANDBOX_BODIES_BYTES = 256 * 1024 * 1024;
const SANDBOX_BODIES_PER_ACCOUNT_BYTES = 80 * 1024 * 1024;
/** Credentials in an environment's variables outlive it by more than its longest invocation. */
const MAX_ENVIRONMENT_AGE_MS = ENVIRONMENT_SESSION_MS - 3_600_000;

/** What a process answers requests with. */
export interface Served {
  readonly services: readonly Service[];
  /** Takes requests for services that other processes serve. */
  readonly elsewhere?: RequestHandler;
  readonly driver?: "docker" | "process";
  /** Runs functions, in a process that does: it serves function URLs and APIs. */
  readonly invoker?: Pick<GatewayParts, "invoking" | "functions">;
  /** Listens at HEARTH_LISTEN already. */
  readonly listener?: Server | undefined;
  /** Listens at HEARTH_TLS_LISTEN already. */
  readonly tlsListener?: Server | undefined;
  /** What the process's services were opened with. */
  readonly serviceHouse: ServiceHouse;
}

/** All clients of `control` and `events` come through invokers, which have limits of their own. */
function connectionLimits(config: Config): ConnectionLimits {
  const { HEARTH_ROLE: role, HEARTH_CONNECTIONS: total, HEARTH_CONNECTIONS_PER_PEER: perPeer } = config;
  return { total, perPeer: role === "control" || role === "events" ? total : perPeer };
}

/** Sandboxes may call before the services are open. */
const notYet: RequestHandler = (_request, response) => void response.writeHead(503).end();

/** The AWS endpoint of one process: the port for clients, and the entrance for its sandboxes. */
export class Endpoint {
  readonly #base: Base;
  readonly #house: House;
  #fromSandboxes: RequestHandler = notYet;
  #door: FrontDoor | undefined;
  #isStopping = false;
  #linkPort: number | undefined;

  constructor(base: Base, house: House) {
    this.#base = base;
    this.#house = house;
  }

  /** What environments need in order to call Hearth. Answers 503 until `open`. */
  sandboxApi(): SandboxApi {
    const { environmentCredentials } = this.#house.access;
    return {
      handle: (request, response, sandboxId) => this.#fromSandboxes(request, response, sandboxId),
      credentials: (version, sandboxId) => environmentCredentials.issue(version, sandboxId),
      endpointVariables: ENDPOINT_VARIABLES,
      linkPort: () => this.#linkPort,
      maxAgeMs: MAX_ENVIRONMENT_AGE_MS,
    };
  }

  /** Listens at HEARTH_LISTEN. The listener is put on `stack`. Resolves with the address. */
  async open(served: Served, stack: AsyncDisposableStack): Promise<ListenAddress> {
    const { config, clock, random, logger } = this.#base;
    const { access, auditTrail: trail, disk, dependencies } = this.#house;
    const authorizer = access.authorizer(served.serviceHouse);
    const recordsDataEvents = config.HEARTH_AUDIT_INVOKES;
    const pageGuard = pageGuardOf(config);
    const proxies = new TrustedProxies(config.HEARTH_TRUSTED_PROXIES);
    const quotas = openQuotas(this.#base);
    const deps: RequestHandlerDeps = {
      services: served.services,
      ...(served.elsewhere && { elsewhere: served.elsewhere }),
      ...(pageGuard && { pageGuard }),
      findAccessKey: access.keys.find,
      authorize: authorizer.authorize,
      recorder: new AuditRecorder({
        trail,
        authorizer,
        recordsDataEvents,
        clock,
        random,
        logger,
        isDiskShort: () => disk.isShort,
      }),
      clock,
      random,
      logger,
      regions: regionsOf(config),
      ...(served.driver === "process" && { responseHeaders: { "X-Hearth-Driver": "process" } }),
      quotas,
      metrics: new RequestMetrics(this.#base.registry),
      maxHeldBytes: memoryBytes() / 4,
      forwardedFrom: (request) => forwardedFrom(access.sessions, request) ?? behindProxy(proxies, request),
    };
    const aws = createRequestHandler(deps);
    const fromSandboxes = createRequestHandler({
      ...deps,
      maxHeldBytes: Math.max(SANDBOX_BODIES_BYTES, memoryBytes() / 8),
      maxHeldBytesPerPeer: SANDBOX_BODIES_PER_ACCOUNT_BYTES,
    });
    const door = serviceDoor(fromSandboxes, publicUrl(config).startsWith("https:") ? "https" : "http");
    const gateway =
      served.invoker &&
      (await openGateway(this.#base, this.#house, { ...served.invoker, authorizer, quotas, door }, stack));
    this.#fromSandboxes = (request, response, sandboxId) => {
      const address = gateway?.addressOf(request);
      if (gateway && address) void gateway.handle(request, response, address, sandboxId);
      else fromSandboxes(request, response, sandboxId);
    };
    const hosts = served.services.flatMap(({ hosts: own = [] }) => own.map((pattern) => ({ pattern, target: aws })));
    const certificates = openCertificates(this.#base, stack);
    const notReady = (): string | undefined => (this.#isStopping ? "stopping" : undefined);
    this.#door = stack.use(
      new FrontDoor({
        aws,
        awsWhole: aws,
        ...(gateway && { gateway }),
        ...(certificates && { certificates }),
        hosts,
        links: linkRoutes(served),
        landingPage: new LandingPage({
          version: hearthVersion(),
          region: config.HEARTH_REGION,
          usesDefaultKey: usesDefaultKey(config),
          hosts: knownHosts(config),
        }),
        notReady,
        problems: () => dependencies.problems,
        clock,
        registry: this.#base.registry,
        limits: connectionLimits(config),
        proxies,
      }),
    );
    const address = await this.#door.listen(config.HEARTH_LISTEN, served.listener);
    if (config.HEARTH_TLS_LISTEN) await this.#door.listenTls(config.HEARTH_TLS_LISTEN, served.tlsListener);
    this.#linkPort = loopbackPort(publicUrl({ ...config, HEARTH_LISTEN: address }));
    return address;
  }

  /** The number of requests that have no answer yet. */
  get inFlight(): number {
    return this.#door?.inFlight ?? 0;
  }

  /** Reports that it is no longer ready, takes no new connections, and resolves when all requests are answered or `signal` aborts. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#isStopping = true;
    await this.#door?.drain(signal);
  }
}

/** What it opens is put on `stack`. Throws a StartError when the files cannot be used. */
function openCertificates({ config, clock, logger }: Base, stack: AsyncDisposableStack): Certificates | undefined {
  const [first, ...more] = config.HEARTH_TLS_CERTIFICATES;
  if (!first) return undefined;
  try {
    return stack.use(new Certificates({ files: [first, ...more], clock, logger }));
  } catch (error) {
    throw new StartError(`HEARTH_TLS_CERTIFICATES cannot be used: ${(error as Error).message}`);
  }
}

/** Where a request came from that a trusted proxy has passed on. */
function behindProxy(proxies: TrustedProxies, request: RequestHead): ForwardedFrom | undefined {
  const sourceIp = proxies.namedClient(request);
  return sourceIp === undefined ? undefined : { channel: undefined, sourceIp };
}

/** The memory that this process may use: its container's limit if there is one below the machine's memory. */
function memoryBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
