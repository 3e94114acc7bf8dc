import { AWS_REGISTRY, EngineRefused, EngineUnavailable, runLauncher } from "@hearth/drivers";
import type { Base, Running } from "../base.ts";
import { formatAddress } from "../config.ts";
import { openProcess } from "../process.ts";
import { StartError } from "../startError.ts";

/** The launcher: the only role with the Docker socket. It listens on no network, except for its metrics. */
export async function composeLauncher(base: Base, embedded: boolean): Promise<Running> {
  const { config, clock, random, logger, registry, stop } = base;
  await using stack = new AsyncDisposableStack();
  const own = await openProcess(base, stack);
  const running = runLauncher(
    {
      dataDir: config.HEARTH_DATA,
      driver: config.HEARTH_DRIVER,
      cpu: config.HEARTH_CPU,
      seccomp: config.HEARTH_SECCOMP,
      diskMbPerS: config.HEARTH_DISK_MB_PER_S,
      sandboxesMemoryMb: config.HEARTH_SANDBOXES_MEMORY_MB,
      accountTmpPercent: config.HEARTH_ACCOUNT_TMP_PERCENT,
      accountProcessPercent: config.HEARTH_ACCOUNT_PROCESS_PERCENT,
      fileSystems: config.HEARTH_FILE_SYSTEMS,
      egress: {
        allow: config.HEARTH_EGRESS_ALLOW,
        unfiltered: config.HEARTH_EGRESS_UNFILTERED,
        mbitPerS: config.HEARTH_NETWORK_MBIT_PER_S,
        ready: config.HEARTH_READY_NETWORKS,
      },
      ...awsImagesOf(config.HEARTH_RUNTIME_IMAGES),
      ...(config.HEARTH_IMAGE_REGISTRY === undefined ? {} : { imageRegistry: config.HEARTH_IMAGE_REGISTRY }),
      imageRepositories: config.HEARTH_IMAGE_REPOSITORIES,
      imagePullTimeoutMs: config.HEARTH_IMAGE_PULL_TIMEOUT_MS,
      ...(config.HEARTH_DEBIAN_MIRROR === undefined ? {} : { debianMirror: config.HEARTH_DEBIAN_MIRROR }),
      ...(config.HEARTH_INVOKER_USER === undefined ? {} : { invoker: config.HEARTH_INVOKER_USER }),
      endsWithStdin: embedded,
      clock,
      random,
      logger,
      registry,
    },
    stop,
  ).catch((error: unknown) => {
    if (error instanceof EngineRefused) throw new StartError(error.message);
    if (!(error instanceof EngineUnavailable)) throw error;
    throw new StartError(
      `HEARTH_DRIVER=docker, but ${error.message}. Start one (DOCKER_HOST says where), or set HEARTH_DRIVER=auto.`,
    );
  });
  const resources = stack.move();
  return {
    ready: own.metrics ? { metrics: `http://${formatAddress(own.metrics)}/metrics` } : {},
    banner: "",
    ended: running,
    inFlight: () => ({ invocations: [], requests: 0 }),
    drain: () => running,
    kill: () => undefined,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** HEARTH_RUNTIME_IMAGES as the launcher takes it. */
function awsImagesOf(runtimeImages: string): { readonly awsImages?: string } {
  if (runtimeImages === "debian") return {};
  return { awsImages: runtimeImages === "aws" ? AWS_REGISTRY : runtimeImages };
}
