import { connectLauncher, type LauncherClient, launcherVersion } from "@hearth/drivers";
import type { Base } from "./base.ts";
import { reachableAddress } from "./contradictions.ts";
import type { LauncherChild } from "./launcherChild.ts";
import { StartError } from "./startError.ts";

const LAUNCHER_PATIENCE_MS = 120_000;

/**
 * Connects to the launcher: to the child if there is one, otherwise to the one that shares the data directory. Rejects with a StartError when
 * functions would run without isolation for callers beyond this machine.
 */
export async function openDriver(base: Base, launcher?: LauncherChild): Promise<LauncherClient> {
  const { config, clock, logger, stop } = base;
  const options = { dataDir: config.HEARTH_DATA, connectTimeoutMs: LAUNCHER_PATIENCE_MS, clock, logger };
  const connecting = connectLauncher(options, stop);
  const driver = await (launcher?.started(connecting) ?? connecting);
  const reason = refusalOf(driver, config);
  if (reason !== undefined) {
    await driver[Symbol.asyncDispose]();
    throw new StartError(reason);
  }
  driver.images.onProgress(({ runtime, message }) => logger.info({ runtime }, message));
  return driver;
}

/** Why this process does not work with the launcher; `undefined` when it does. */
export function refusalOf(
  { version, name }: Pick<LauncherClient, "version" | "name">,
  config: Parameters<typeof reachableAddress>[0],
): string | undefined {
  if (version !== launcherVersion()) {
    return `The launcher is of version ${version ?? "before 0.1"}, and this process of ${launcherVersion()}: stop it first. All processes of an installation have one version.`;
  }
  const open = reachableAddress(config);
  if (name === "process" && open !== undefined) {
    return (
      `${open} is reachable by others, and functions would run as plain processes of this machine, without isolation. ` +
      "Start a Docker Engine, or listen on a loopback address."
    );
  }
  return undefined;
}
