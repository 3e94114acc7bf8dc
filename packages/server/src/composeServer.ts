import { connectLauncher, type LauncherClient } from "@hearth/drivers";
import { collectDefaultMetrics } from "@hearth/kit";
import { CodeStore, UsageStore } from "@hearth/store";
import { createRequestHandler } from "@hearth/wire";
import { adminService } from "./admin/adminService.ts";
import type { Base, Running } from "./base.ts";
import { banner } from "./banner.ts";
import { formatAddress } from "./config.ts";
import { FrontDoor } from "./frontDoor.ts";
import { lockInstance } from "./instanceLock.ts";
import { LauncherChild } from "./launcherChild.ts";
import { serveMetrics } from "./metricsServer.ts";
import { openDatabase } from "./openDatabase.ts";
import { findZipper } from "./findZipper.ts";

/** Control, invoker, or both in one process. */
export async function composeServer(base: Base): Promise<Running> {
  const { config, clock, random, logger, registry } = base;
  await using stack = new AsyncDisposableStack();
  stack.use(lockInstance(config.HEARTH_DATA, config.HEARTH_ROLE));
  collectDefaultMetrics({ register: registry });
  const launcher = config.HEARTH_ROLE === "all" ? stack.use(new LauncherChild(base)) : undefined;
  const opened = await openDatabase(base, stack);
  const driver = stack.use(await openDriver(base, launcher));
  const usage = new UsageStore(opened.database);
  const aws = createRequestHandler({
    services: [adminService({ usage, clock })],
    findAccessKey: () => undefined,
    clock,
    random,
    logger,
    region: config.HEARTH_REGION,
  });
  const door = stack.use(new FrontDoor({ aws, notReady: () => undefined }));
  const address = await door.listen(config.HEARTH_LISTEN);
  const metrics = config.HEARTH_METRICS_LISTEN && stack.use(await serveMetrics(config.HEARTH_METRICS_LISTEN, registry));
  const resources = stack.move();
  return {
    ready: {
      endpoint: `http://${formatAddress(address)}`,
      driver: driver.name,
      ...(metrics ? { metrics: `http://${formatAddress(metrics.address)}/metrics` } : {}),
    },
    banner: banner({
      config,
      address,
      driver: driver.name,
      database: opened.description,
      runtimes: await driver.runtimes(),
      zipper: findZipper(),
    }),
    ended: new Promise(() => undefined),
    drain: (signal) => door.drain(signal),
    kill: () => launcher?.kill(),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function openDriver(
  { config, clock, logger, stop }: Base,
  launcher: LauncherChild | undefined,
): Promise<LauncherClient> {
  const connecting = connectLauncher({ dataDir: config.HEARTH_DATA, connectTimeoutMs: 60_000, clock, logger }, stop);
  return await (launcher ? Promise.race([connecting, launcher.failure()]) : connecting);
}
