import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { SystemClock } from "@hearth/kit";
import { RunningHearth, runProgram, sampleFunctions, startHearth } from "@hearth/testkit";
import { AccountedLoad, missing, recordedRuns } from "../support/accounting.ts";
import { databaseOf } from "../support/database.ts";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";

/**
 * `npm run drill`: is this machine ready for Hearth? Under load it makes a back-up and restores it into an empty installation, kills each process, restarts
 * PostgreSQL, and fills the disk (a small tmpfs, where it may mount one). Functions run as plain processes. Prints what held; exits with 1 when something did not.
 */
const ROOT = resolve(import.meta.dirname, "../..");
const CALLERS = 4;
const LOAD_MS = 2_000;
const PATIENCE_MS = 60_000;
const TMPFS_MB = 700;
const clock = new SystemClock();
const say = (line: string): void => void process.stdout.write(`${line}\n`);
let failures = 0;

async function step(name: string, work: () => Promise<string>): Promise<void> {
  try {
    say(`held      ${name}: ${await work()}`);
  } catch (error) {
    failures++;
    say(`NOT HELD  ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function prepare(hearth: RunningHearth): Promise<void> {
  const client = lambdaClient(hearth);
  for (const FunctionName of ["sync", "async"]) {
    await createActive(client, { FunctionName, files: sampleFunctions.nodeEcho });
  }
}

/** Runs `trouble` in the middle of a load, waits until Hearth answers again, and counts what was promised. */
async function underLoad(hearth: RunningHearth, trouble: () => Promise<void>): Promise<string> {
  await untilAnswering(hearth);
  const load = new AccountedLoad(lambdaClient(hearth));
  const callers = Array.from({ length: CALLERS }, () => load.callSync());
  const ended = Promise.all([...callers, load.callAsync()]);
  await clock.sleep(LOAD_MS);
  const before = load.answered.length;
  await trouble();
  await clock.sleep(LOAD_MS); // an answer of before the trouble proves nothing
  load.stop();
  await ended;
  const again = await untilAnswering(hearth);
  await using database = databaseOf(hearth);
  const deadline = clock.monotonicMs() + PATIENCE_MS;
  let lost = load.accepted.length;
  let unmetered = load.answered.length;
  while (lost + unmetered > 0 && clock.monotonicMs() < deadline) {
    await clock.sleep(500);
    lost = missing(load.accepted, await recordedRuns(database, "async")).length;
    unmetered = missing(load.answered, await recordedRuns(database, "sync")).length;
  }
  if (before === 0) throw new Error("no call was answered even before");
  if (lost > 0) throw new Error(`${lost} of ${load.accepted.length} accepted events did not run`);
  if (unmetered > 0) throw new Error(`${unmetered} of ${load.answered.length} answered calls have no usage record`);
  return `answers again after ${again} ms; ${load.accepted.length} accepted events ran, ${load.answered.length} answered calls are recorded`;
}

async function untilAnswering(hearth: RunningHearth): Promise<number> {
  const since = clock.monotonicMs();
  for (;;) {
    try {
      await invoke(lambdaClient(hearth), "sync", {});
      return Math.round(clock.monotonicMs() - since);
    } catch (error) {
      if (clock.monotonicMs() - since > PATIENCE_MS) {
        throw new Error(
          `no answer within ${PATIENCE_MS} ms: ${error instanceof Error ? error.message : String(error)}`,
          {
            cause: error,
          },
        );
      }
      await clock.sleep(100);
    }
  }
}

async function maintain(dataDirectory: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(
    process.execPath,
    [join(ROOT, "packages/server/bin/maintain.ts"), ...args],
    { env: { ...process.env, HEARTH_DATA: dataDirectory } },
  );
  if (code !== 0) throw new Error(stderr.trim());
  return stdout.trim();
}

async function backUpAndRestore(hearth: RunningHearth): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hearth-drill-"));
  await chmod(folder, 0o755); // started by root, Hearth becomes another user
  try {
    const file = join(folder, "drill.backup");
    const counted = await underLoad(hearth, async () => {
      await maintain(hearth.dataDirectory, "backup", "create", file);
    });
    await maintain(folder, "backup", "verify", file);
    const restored = join(folder, "restored");
    await maintain(restored, "backup", "restore", file);
    await using second = new RunningHearth(restored, {});
    await second.start();
    const { payload } = await invoke(lambdaClient(second), "sync", { after: "restore" });
    if (JSON.stringify(payload) !== '{"after":"restore"}')
      throw new Error(`the restored function answered ${String(payload)}`);
    return `${counted}; the restored Hearth runs its functions`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function postgresPid(hearth: RunningHearth): Promise<number> {
  const text = await readFile(join(hearth.dataDirectory, "postgres", "data", "postmaster.pid"), "utf8");
  return Number(text.split("\n")[0]);
}

/** The launcher is a child of the main process; it writes its pid beside its lock. */
async function launcherPid(hearth: RunningHearth): Promise<number> {
  return Number(await readFile(join(hearth.dataDirectory, "launcher.lock.pid"), "utf8"));
}

/** Fills the disk that `hearth` is on until nothing can be written, and gives the room back after a while. */
async function fillDisk(folder: string): Promise<void> {
  const filler = join(folder, "filler");
  const full = await runProgram("dd", ["if=/dev/zero", `of=${filler}`, "bs=64k"]);
  if (!full.stderr.includes("No space left")) throw new Error(`the disk did not become full: ${full.stderr}`);
  await clock.sleep(LOAD_MS);
  await rm(filler);
}

async function onSmallDisk(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "hearth-drill-disk-"));
  await chmod(folder, 0o755); // started by root, Hearth becomes another user
  const mounted = await runProgram("mount", [
    "-t",
    "tmpfs",
    "-o",
    `size=${TMPFS_MB}m,mode=0755`,
    "tmpfs",
    folder,
  ]).catch((error: unknown) => ({ code: 1, stderr: String(error) }));
  if (mounted.code !== 0) {
    say(
      `NOT DONE  the disk is full: a small tmpfs could not be mounted (${mounted.stderr.trim()}); run the drill as root`,
    );
    await rm(folder, { recursive: true });
    return;
  }
  try {
    await step("the disk is full for a while", async () => {
      await using hearth = new RunningHearth(join(folder, "data"), {});
      await runProgram("mkdir", ["-p", hearth.dataDirectory]);
      await hearth.start();
      await prepare(hearth);
      return await underLoad(hearth, () => fillDisk(folder));
    });
  } finally {
    await runProgram("umount", ["-l", folder]);
    if ((await readdir(folder)).length === 0) await rm(folder, { recursive: true });
  }
}

{
  await using hearth = await startHearth();
  await prepare(hearth);
  say(`a drill with ${CALLERS} callers and a sender of events, on plain processes`);
  await step("a back-up under load is restored into an empty installation", () => backUpAndRestore(hearth));
  await step("PostgreSQL is restarted", () =>
    underLoad(hearth, async () => void process.kill(await postgresPid(hearth), "SIGINT")),
  );
  await step("PostgreSQL is killed", () =>
    underLoad(hearth, async () => void process.kill(await postgresPid(hearth), "SIGKILL")),
  );
  await step("the launcher is killed", () =>
    underLoad(hearth, async () => void process.kill(await launcherPid(hearth), "SIGKILL")),
  );
  await step("all of Hearth is killed", () =>
    underLoad(hearth, async () => {
      await hearth.kill("SIGKILL");
      await hearth.start();
    }),
  );
}
await onSmallDisk();
say(failures === 0 ? "everything held" : `${failures} did not hold`);
if (failures > 0) process.exitCode = 1;
