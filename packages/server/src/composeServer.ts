import type { IncomingMessage } from "node:http";
import { totalmem } from "node:os";
import { ENVIRONMENT_SESSION_MS } from "@hearth/access";
import { invokeService } from "@hearth/api";
import { connectLauncher, type LauncherClient } from "@hearth/drivers";
import type { SandboxApi } from "@hearth/environments";
import { collectDefaultMetrics } from "@hearth/kit";
import { CodeCollector } from "@hearth/activation";
import { LogRetention } from "@hearth/store";
import { createRequestHandler, Forwarder, type RequestHandler, type RequestHandlerDeps } from "@hearth/wire";
import { banner } from "./banner.ts";
import type { Base, Running } from "./base.ts";
import { controlServices } from "./composeControl.ts";
import { openInvoker } from "./composeInvoker.ts";
import { formatAddress, regionsOf } from "./config.ts";
import { forwardedFrom, sayForwardedFrom } from "./forwardedFrom.ts";
import { findZipper } from "./findZipper.ts";
import { FrontDoor } from "./frontDoor.ts";
import { lockInstance } from "./instanceLock.ts";
import { LauncherChild } from "./launcherChild.ts";
import { serveMetrics } from "./metricsServer.ts";
import { openAccess } from "./openAccess.ts";
import { openDatabase } from "./openDatabase.ts";
import { openStores } from "./openStores.ts";

const LAUNCHER_PATIENCE_MS = 120_000;
/** Credentials in an environment's variables outlive it by more than its longest invocation. */
const MAX_ENVIRONMENT_AGE_MS = ENVIRONMENT_SESSION_MS - 3_600_000;
/** Bodies of calls out of all sandboxes together. */
const SANDBOX_BODIES_BYTES = 256 * 1024 * 1024;

/** A function that calls before the services are there tries again. */
const notYet: RequestHandler = (_request, response) => void response.writeHead(503).end();

/** Control, invoker, or both in one process with the launcher as its child. */
export async function composeServer(base: Base): Promise<Running> {
  const { config, clock, random, logger, registry } = base;
  await using stack = new AsyncDisposableStack();
  stack.use(lockInstance(config.HEARTH_DATA, config.HEARTH_ROLE));
  collectDefaultMetrics({ register: registry });
  const metrics = config.HEARTH_METRICS_LISTEN && stack.use(await serveMetrics(config.HEARTH_METRICS_LISTEN, registry));

  const runsFunctions = config.HEARTH_ROLE !== "control";
  const launcher = config.HEARTH_ROLE === "all" ? stack.use(new LauncherChild(base)) : undefined;
  const opened = await openDatabase(base, stack);
  const { database } = opened;
  const stores = openStores(base, database);
  const access = await openAccess(base, database, stores, stack);
  if (config.HEARTH_ROLE !== "invoker") stack.use(new LogRetention({ database, clock, logger }));
  const driver = runsFunctions ? stack.use(await openDriver(base, launcher)) : undefined;
  let fromSandboxes: RequestHandler = notYet;
  const api: SandboxApi = {
    handle: (request, response, sandboxId) => fromSandboxes(request, response, sandboxId),
    credentials: (version, sandboxId) => access.environmentCredentials.issue(version, sandboxId),
    maxAgeMs: MAX_ENVIRONMENT_AGE_MS,
  };
  const invoker = driver && (await openInvoker(base, opened, stores, driver, api, stack));
  const stored = config.HEARTH_ROLE === "invoker" ? [] : (["blobs"] as const);
  const kinds = [...stored, ...(runsFunctions ? (["unpacked"] as const) : [])];
  stack.use(new CodeCollector({ database, code: stores.code, kinds, clock, logger, registry }));

  let stopping = false;
  const requests: RequestHandlerDeps = {
    findAccessKey: access.keys.find,
    authorize: access.authorizer(invoker?.functions).authorize,
    clock,
    random,
    logger,
    regions: regionsOf(config),
    ...(driver?.name === "process" && { responseHeaders: { "X-Hearth-Driver": "process" } }),
    maxHeldBytes: totalmem() / 4,
    forwardedFrom: (request) => forwardedFrom(access.sessions, request),
    ...servicesOf(),
  };
  const aws = createRequestHandler(requests);
  fromSandboxes = createRequestHandler({ ...requests, maxHeldBytes: SANDBOX_BODIES_BYTES });
  const door = stack.use(new FrontDoor({ aws, notReady: () => (stopping ? "stopping" : undefined) }));
  const address = await door.listen(config.HEARTH_LISTEN);
  const runtimes = (await driver?.runtimes()) ?? [];
  const resources = stack.move();
  return {
    ready: {
      endpoint: `http://${formatAddress(address)}`,
      ...(driver && { driver: driver.name }),
      ...(metrics && { metrics: `http://${formatAddress(metrics.address)}/metrics` }),
    },
    banner: banner({
      config,
      address,
      driver: driver?.name,
      database: opened.description,
      runtimes,
      zipper: findZipper(),
    }),
    ended: invoker?.superseded ?? new Promise(() => undefined),
    async drain(signal) {
      stopping = true;
      await Promise.all([door.drain(signal), invoker?.drain(signal)]);
    },
    kill: () => launcher?.kill(),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };

  function servicesOf(): Pick<RequestHandlerDeps, "services" | "elsewhere"> {
    if (!driver || !invoker) return { services: controlServices(base, { stores, access }) };
    const { invoking, flushUsage } = invoker;
    if (config.HEARTH_ROLE === "all") {
      const runtimesNow = () => driver.runtimes();
      const all = { stores, access, invoking, flushUsage, runtimes: runtimesNow, driver: driver.name };
      return { services: controlServices(base, all) };
    }
    const control = stack.use(new Forwarder({ ...controlAddress(), random, logger, sayForwardedFrom: sayFrom }));
    return { services: [invokeService({ invoking, region: config.HEARTH_REGION })], elsewhere: control.handle };
  }

  function sayFrom(request: IncomingMessage, channel: string | undefined): string {
    return sayForwardedFrom(access.sessions, request, channel);
  }

  function controlAddress(): { host: string; port: number } {
    const { hostname, port } = new URL(config.HEARTH_CONTROL_URL ?? "http://127.0.0.1");
    return { host: hostname, port: Number(port || "80") };
  }
}

async function openDriver(base: Base, launcher: LauncherChild | undefined): Promise<LauncherClient> {
  const { config, clock, logger, stop } = base;
  const options = { dataDir: config.HEARTH_DATA, connectTimeoutMs: LAUNCHER_PATIENCE_MS, clock, logger };
  const connecting = connectLauncher(options, stop);
  const driver = await (launcher?.started(connecting) ?? connecting);
  driver.on((event) => {
    if (event.kind === "progress") logger.info({ runtime: event.runtime }, event.message);
  });
  return driver;
}
