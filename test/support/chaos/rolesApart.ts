import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Database, startEmbeddedPostgres } from "@hearth/store";
import { RunningHearth } from "@hearth/testkit";
import type { ChaosTarget } from "./chaosTarget.ts";

const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };

/** Each role as a process of its own, and two of the role `events`, on one database. A victim is one of the processes, most often one of `events`. */
export async function rolesApart({
  HEARTH_MQTT_LISTEN,
  ...settings
}: Readonly<Record<string, string>> = {}): Promise<ChaosTarget> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "hearth-chaos-"));
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const dataDir = join(folder, "postgres");
  const postgres = stack.use(await startEmbeddedPostgres({ ...deps, dataDir, signal: new AbortController().signal }));
  const { host = "", user, database: name } = postgres.connection;
  const processes: { readonly role: string; readonly hearth: RunningHearth }[] = [];
  const start = async (
    role: string,
    data: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<RunningHearth> => {
    await mkdir(join(folder, data), { mode: 0o700, recursive: true });
    const hearth = stack.use(
      new RunningHearth(join(folder, data), {
        env: {
          DATABASE_URL: `postgres://${user}@${encodeURIComponent(host)}/${name}`,
          HEARTH_MASTER_KEY: "chaos-master-key-0123456789-abcdef",
          HEARTH_ROLE: role,
          ...settings,
          ...env,
        },
      }),
    );
    await hearth.start();
    processes.push({ role, hearth });
    return hearth;
  };
  const control = await start("control", "data");
  const events = await start("events", "data", { ...(HEARTH_MQTT_LISTEN && { HEARTH_MQTT_LISTEN }) });
  await start("launcher", "data");
  const invoker = await start("invoker", "data", {
    HEARTH_CONTROL_URL: control.endpoint,
    HEARTH_EVENTS_URL: events.endpoint,
  });
  await start("events", "data-2");
  const database = stack.use(new Database({ connection: postgres.connection }, deps));
  // All requests go to the invoker, which hands on those that are not its own.
  const { clientConfig } = invoker;
  const victims = processes.flatMap((one) => (one.role === "events" ? [one, one] : [one]));
  const resources = stack.move();
  return {
    clientConfig,
    database,
    logs: () => processes.map(({ role, hearth }) => `${role}:\n${hearth.logs()}`).join("\n"),
    async killSomething() {
      const victim = victims[Math.floor(systemRandom.fraction() * victims.length)];
      if (!victim) throw new Error("no process runs");
      await victim.hearth.kill("SIGKILL");
      await victim.hearth.start();
      return `${victim.role} (process ${processes.indexOf(victim)})`;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
