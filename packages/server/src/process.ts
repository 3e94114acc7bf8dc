import type { LauncherClient } from "@hearth/drivers";
import type { EventSources } from "@hearth/event-sources";
import { collectDefaultMetrics } from "@hearth/kit";
import { banner } from "./banner.ts";
import type { Base, Running } from "./base.ts";
import { checkDataDirectory } from "./checkDataDirectory.ts";
import { checkPorts } from "./checkPorts.ts";
import { formatAddress, type ListenAddress } from "./config.ts";
import type { Endpoint } from "./endpoint.ts";
import { findZipper } from "./findZipper.ts";
import type { House } from "./house.ts";
import { lockInstance } from "./instanceLock.ts";
import type { LauncherChild } from "./launcherChild.ts";
import { serveMetrics } from "./metricsServer.ts";
import type { InvokerParts } from "./openInvoker.ts";

/** What every process of any role has. */
export interface OwnProcess {
  /** Where `/metrics` is served; absent when it is off. */
  readonly metrics: ListenAddress | undefined;
}

/**
 * Checks the data directory, takes the lock of this role on it, checks the ports, and serves metrics. The lock and the metrics are put on `stack`. Nothing
 * else is started yet: a user who has to change a setting loses no time, and nothing has to be stopped again.
 */
export async function openProcess(
  { config, logger, registry }: Base,
  stack: AsyncDisposableStack,
): Promise<OwnProcess> {
  checkDataDirectory(config.HEARTH_DATA, logger);
  stack.use(lockInstance(config.HEARTH_DATA, config.HEARTH_ROLE));
  await checkPorts(config);
  collectDefaultMetrics({ register: registry });
  const { HEARTH_METRICS_LISTEN: address } = config;
  const metrics = address && stack.use(await serveMetrics(address, registry, config.HEARTH_HOSTS));
  return { metrics: metrics?.address };
}

export interface RunningParts {
  readonly stack: AsyncDisposableStack;
  readonly own: OwnProcess;
  readonly address: ListenAddress;
  readonly endpoint: Endpoint;
  readonly house: House;
  readonly driver?: LauncherClient;
  readonly invoker?: InvokerParts;
  readonly eventSources?: EventSources;
  readonly launcher?: LauncherChild;
}

/** A process that serves the AWS endpoint, ready. Takes over `stack`. */
export async function running(base: Base, parts: RunningParts): Promise<Running> {
  const { own, address, endpoint, house, driver, invoker, eventSources, launcher } = parts;
  const runtimes = (await driver?.images.runtimes()) ?? [];
  invoker?.startEvents();
  await eventSources?.start();
  const resources = parts.stack.move();
  return {
    ready: {
      endpoint: `http://${formatAddress(address)}`,
      ...(driver && { driver: driver.name }),
      ...(own.metrics && { metrics: `http://${formatAddress(own.metrics)}/metrics` }),
    },
    banner: banner({
      config: base.config,
      address,
      driver: driver?.name,
      database: house.opened.description,
      runtimes,
      zipper: findZipper(),
    }),
    ended: Promise.race([invoker?.superseded, launcher?.lost].filter((failure) => failure !== undefined)),
    inFlight: () => ({ invocations: invoker?.running() ?? [], requests: endpoint.inFlight }),
    async drain(signal) {
      house.queues.stopWaiting();
      await Promise.all([endpoint.drain(signal), invoker?.drain(signal), eventSources?.drain(signal)]);
    },
    kill: () => launcher?.kill(),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
