import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SystemClock, systemRandom } from "@hearth/kit";
import { type RunningHearth, startHearth } from "@hearth/testkit";
import { databaseOf } from "../database.ts";
import type { ChaosTarget } from "./chaosTarget.ts";

const clock = new SystemClock();
/** After a kill of PostgreSQL, until requests are answered again. */
const RECOVERY_MS = 1_000;

/** One process with its embedded PostgreSQL. Each third victim is PostgreSQL alone, the others are all of Hearth. */
export async function wholeHearth(env: Readonly<Record<string, string>> = {}): Promise<ChaosTarget> {
  await using stack = new AsyncDisposableStack();
  const hearth = stack.use(await startHearth({ env: { HEARTH_OUTBOUND_ALLOW: "*=127.0.0.0/8", ...env } }));
  const database = stack.use(databaseOf(hearth));
  const first = Math.floor(systemRandom.fraction() * 3);
  let kills = 0;
  const resources = stack.move();
  return {
    clientConfig: hearth.clientConfig,
    database,
    logs: () => hearth.logs(),
    async killSomething() {
      if ((first + kills++) % 3 === 2) {
        await killPostgres(hearth);
        await clock.sleep(RECOVERY_MS);
        return "its PostgreSQL";
      }
      await hearth.kill("SIGKILL");
      await hearth.start();
      return "all of Hearth";
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Kills the embedded PostgreSQL of a running Hearth. */
export async function killPostgres(hearth: RunningHearth): Promise<void> {
  const pidFile = await readFile(join(hearth.dataDirectory, "postgres", "data", "postmaster.pid"), "utf8");
  process.kill(Number(pidFile.split("\n")[0]), "SIGKILL");
}
