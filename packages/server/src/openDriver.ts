import { connectLauncher, type LauncherClient } from "@hearth/drivers";
import type { Base } from "./base.ts";
import type { LauncherChild } from "./launcherChild.ts";

const LAUNCHER_PATIENCE_MS = 120_000;

/** Connects to the launcher: to the child's, where there is one, else to the one that shares the data directory. */
export async function openDriver(base: Base, launcher?: LauncherChild): Promise<LauncherClient> {
  const { config, clock, logger, stop } = base;
  const options = { dataDir: config.HEARTH_DATA, connectTimeoutMs: LAUNCHER_PATIENCE_MS, clock, logger };
  const connecting = connectLauncher(options, stop);
  const driver = await (launcher?.started(connecting) ?? connecting);
  driver.on((event) => {
    if (event.kind === "progress") logger.info({ runtime: event.runtime }, event.message);
  });
  return driver;
}
