import { EngineUnavailable, runLauncher } from "@hearth/drivers";
import { collectDefaultMetrics } from "@hearth/kit";
import type { Base, Running } from "./base.ts";
import { formatAddress } from "./config.ts";
import { lockInstance } from "./instanceLock.ts";
import { serveMetrics } from "./metricsServer.ts";
import { StartError } from "./startError.ts";

/** The launcher: alone it holds the Docker socket, and it listens on no network but for its metrics. */
export async function composeLauncher(base: Base, embedded: boolean): Promise<Running> {
  const { config, clock, random, logger, registry, stop } = base;
  await using stack = new AsyncDisposableStack();
  stack.use(lockInstance(config.HEARTH_DATA, "launcher"));
  collectDefaultMetrics({ register: registry });
  const { HEARTH_METRICS_LISTEN: address } = config;
  const metrics = address && stack.use(await serveMetrics(address, registry));
  const running = runLauncher(
    {
      dataDir: config.HEARTH_DATA,
      driver: config.HEARTH_DRIVER,
      cpu: config.HEARTH_CPU,
      fileSystems: config.HEARTH_FILE_SYSTEMS,
      egress: { allow: config.HEARTH_EGRESS_ALLOW, unfiltered: config.HEARTH_EGRESS_UNFILTERED },
      ...(config.HEARTH_IMAGE_REGISTRY === undefined ? {} : { imageRegistry: config.HEARTH_IMAGE_REGISTRY }),
      imageRepositories: config.HEARTH_IMAGE_REPOSITORIES,
      imagePullTimeoutMs: config.HEARTH_IMAGE_PULL_TIMEOUT_MS,
      ...(config.HEARTH_DEBIAN_MIRROR === undefined ? {} : { debianMirror: config.HEARTH_DEBIAN_MIRROR }),
      ...(config.HEARTH_INVOKER_USER === undefined ? {} : { invoker: config.HEARTH_INVOKER_USER }),
      endsWithStdin: embedded,
      clock,
      random,
      logger,
    },
    stop,
  ).catch((error: unknown) => {
    if (!(error instanceof EngineUnavailable)) throw error;
    throw new StartError(
      `HEARTH_DRIVER=docker, but ${error.message}. Start one (DOCKER_HOST says where), or set HEARTH_DRIVER=auto.`,
    );
  });
  const resources = stack.move();
  return {
    ready: metrics ? { metrics: `http://${formatAddress(metrics.address)}/metrics` } : {},
    banner: "",
    ended: running,
    drain: () => running,
    kill: () => undefined,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
