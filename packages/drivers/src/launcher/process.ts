import { join } from "node:path";
import { BackgroundLoop, type Clock, type Logger, makeUnlistedFolder, type Random, type Registry } from "@hearth/kit";
import type { EngineChoice } from "../createEngine.ts";
import { HostDriver } from "../hostDriver.ts";
import { installationId } from "../installationId.ts";
import { type FolderOwner, SandboxFolderStore } from "../sandboxFolders.ts";
import { shortPath } from "../shortPath.ts";
import { LauncherServer } from "./server.ts";

const GONE_AFTER_MS = 10_000;
const SWEEP_EVERY_MS = 30_000;

export interface LauncherOptions extends EngineChoice {
  /** Absolute; the same path on the host, in the invoker and here. */
  readonly dataDir: string;
  /** Where downloads for images are kept; below the data directory when absent. */
  readonly cacheDir?: string;
  /** The invoker's user, if it is not this process's own. */
  readonly invoker?: FolderOwner;
  /** Ends the launcher when standard input ends, which it does when the parent that holds the other end dies. */
  readonly endsWithStdin?: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry?: Registry;
}

/**
 * The launcher process: serves `<data>/launcher.sock` until `signal` aborts (or standard input ends), then stops every sandbox and
 * resolves. Leftovers of an earlier launcher of this data directory are removed before the first connection is accepted.
 */
export async function runLauncher(options: LauncherOptions, signal: AbortSignal): Promise<void> {
  const { dataDir, clock, random, logger, invoker } = options;
  makeUnlistedFolder(dataDir);
  // The folders of sandboxes are read by other users, through the sandboxes' mounts.
  process.umask(0o022);
  using short = shortPath(dataDir);
  const ended = new AbortController();
  const onStdinEnd = (): void => ended.abort(new Error("the parent process has ended"));
  if (options.endsWithStdin) process.stdin.on("end", onStdinEnd).on("error", onStdinEnd).resume();
  const until = AbortSignal.any([signal, ended.signal]);

  // Processes that only talk to a launcher import this file too; they need no client of Docker.
  const { createEngine } = await import("../createEngine.ts");
  const engine = await createEngine({ ...options, installation: installationId(dataDir, random) }, until);
  for (const notice of engine.notices) logger.warn(notice);
  const folders = new SandboxFolderStore(dataDir, short.path, invoker);
  await using driver = new HostDriver({ engine, folders, dataDir, logger });
  await using _server = await LauncherServer.listen({
    driver,
    notices: engine.notices,
    socketPath: join(short.path, "launcher.sock"),
    invoker,
    goneAfterMs: GONE_AFTER_MS,
    clock,
    logger,
    beforeServing: () => driver.sweep(),
  });
  await using _sweeper = new BackgroundLoop("sandbox sweep", SWEEP_EVERY_MS, () => driver.sweep(), { clock, logger });
  logger.info({ driver: driver.name, dataDir }, "launcher ready");
  await aborted(until);
  process.stdin.pause();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
