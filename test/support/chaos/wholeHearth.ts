import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SystemClock, systemRandom } from "@hearth/kit";
import { type RunningHearth, startHearth } from "@hearth/testkit";
import type { Database } from "@hearth/store";
import { databaseOf } from "../database.ts";
import type { ChaosTarget } from "./chaosTarget.ts";

const clock = new SystemClock();

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
        await untilItAnswers(database);
        return "its PostgreSQL";
      }
      await hearth.kill("SIGKILL");
      await hearth.start();
      return "all of Hearth";
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** A second kill of a PostgreSQL that does not run yet would kill nothing. */
async function untilItAnswers(database: Database): Promise<void> {
  for (;;) {
    try {
      await database.query("SELECT 1");
      return;
    } catch {
      await clock.sleep(50);
    }
  }
}

/** Kills the embedded PostgreSQL of a running Hearth. */
export async function killPostgres(hearth: RunningHearth): Promise<void> {
  const pidFile = await readFile(join(hearth.dataDirectory, "postgres", "data", "postmaster.pid"), "utf8");
  process.kill(Number(pidFile.split("\n")[0]), "SIGKILL");
}
