import { join } from "node:path";
import { type Backoff, backoffMs, type Clock, type Logger, type Random, sourceFlags } from "@hearth/kit";
import { type Config, formatAddress } from "./config.ts";
import { launcherMetrics } from "./launcherMetrics.ts";
import { ChildRunner, KeeperRunner, type LauncherCommand, type LauncherRunner } from "./launcherRunner.ts";
import type { ServiceUser } from "./serviceUser.ts";
import { StartError } from "./startError.ts";

export interface LauncherChildDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The user that this process is going to be, when it gives up root and the launcher keeps it. */
  readonly serviceUser?: ServiceUser | undefined;
}

const RESTART: Backoff = { baseMs: 200, maxMs: 10_000 };
/** A launcher that ran this long worked well, so it is restarted at once. */
const HEALTHY_MS = 30_000;
/** The launcher creates few objects at a time: V8's space for new ones may take 3 MB, and not 134 MB as by default. */
const NODE_FLAGS = ["--max-semi-space-size=1"];
const STOP_PATIENCE_MS = 30_000;

/**
 * The launcher as a child of an embedded Hearth: started again when it ends by itself. It holds the other end of its standard input,
 * so it notices when this process dies in any way, and stops every sandbox. Disposing does the same and waits for it.
 */
export class LauncherChild implements AsyncDisposable {
  readonly #deps: LauncherChildDeps;
  readonly #stop = new AbortController();
  readonly #supervision: Promise<void>;
  readonly #failed = Promise.withResolvers<never>();
  readonly #lost = Promise.withResolvers<never>();
  readonly #runner: LauncherRunner;
  #served = false;

  constructor(deps: LauncherChildDeps) {
    this.#deps = deps;
    this.#failed.promise.catch(() => undefined); // the caller that awaits `started` handles the error
    this.#lost.promise.catch(() => undefined); // the same of `lost`
    const command = commandOf(deps.config, deps.serviceUser);
    this.#runner = deps.serviceUser ? new KeeperRunner(command) : new ChildRunner(command);
    this.#supervision = this.#supervise();
  }

  /** Resolves as `connecting` does; rejects with a StartError when the launcher ends before that; then it is not started again. */
  async started<Client>(connecting: Promise<Client>): Promise<Client> {
    const client = await Promise.race([connecting, this.#failed.promise]);
    this.#served = true;
    return client;
  }

  /** Rejects when the launcher has ended and cannot be started again. */
  get lost(): Promise<never> {
    return this.#lost.promise;
  }

  async #supervise(): Promise<void> {
    try {
      await this.#runUntilStopped();
    } catch (error) {
      this.#failed.reject(new StartError((error as Error).message));
      if (!this.#stop.signal.aborted) this.#lost.reject(error);
    }
  }

  async #runUntilStopped(): Promise<void> {
    const { clock, random, logger } = this.#deps;
    const stop = this.#stop.signal;
    for (let attempt = 1; !stop.aborted; attempt++) {
      const startedAt = clock.monotonicMs();
      const ending = await this.#runner.run();
      if (stop.aborted) return;
      if (!this.#served) {
        this.#failed.reject(new StartError(`The launcher did not start (${ending}); its reason stands above.`));
        return;
      }
      if (clock.monotonicMs() - startedAt > HEALTHY_MS) attempt = 1;
      logger.error({ ending }, "the launcher ended by itself; starting it again");
      await clock.sleep(backoffMs(attempt, RESTART, random), stop).catch(() => undefined);
    }
  }

  /** Ends the launcher at once; the next one removes what it leaves. */
  kill(): void {
    this.#stop.abort(new Error("killed"));
    this.#runner.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("Hearth stops"));
    this.#runner.end();
    const insist = this.#deps.clock.after(STOP_PATIENCE_MS, () => this.#runner.kill());
    await this.#supervision;
    await this.#runner.close();
    insist[Symbol.dispose]();
  }
}

function commandOf(config: Config, serviceUser: ServiceUser | undefined): LauncherCommand {
  return {
    program: [process.execPath, ...NODE_FLAGS, ...sourceFlags(), join(import.meta.dirname, "main.ts"), "--embedded"],
    // The launcher reads no secret of the database: it gets no key.
    env: { ...process.env, HEARTH_MASTER_KEY: undefined, ...launcherSettings(config, serviceUser) },
  };
}

/** The settings that differ from this process's own. */
function launcherSettings(config: Config, serviceUser: ServiceUser | undefined): Record<string, string> {
  const next = launcherMetrics(config);
  return {
    HEARTH_ROLE: "launcher",
    HEARTH_DATA: config.HEARTH_DATA,
    HEARTH_METRICS_LISTEN: next ? formatAddress(next) : "off",
    ...(serviceUser && { HEARTH_INVOKER_USER: `${serviceUser.uid}:${serviceUser.gid}` }),
    HEARTH_LOG_FORMAT: config.HEARTH_LOG_FORMAT === "auto" && process.stderr.isTTY ? "text" : config.HEARTH_LOG_FORMAT,
  };
}
