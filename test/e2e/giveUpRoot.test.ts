import { spawn } from "node:child_process";
import { lstatSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  noDocker,
  RunningHearth,
  runProgram,
  sampleFunctions,
  skipReason,
  startHearth,
  withoutSettings,
} from "@hearth/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const DOCKER_SOCKET = "/var/run/docker.sock";
const WHO = { "index.js": "exports.handler = async () => [process.getuid(), process.getgid(), process.getgroups()];" };
const notRoot =
  process.platform === "linux" && process.getuid?.() === 0 ? undefined : "only root on Linux has root to give up";

const noEngine = await noDocker();

/** User ids, groups and capabilities of a process. */
function statusOf(pid: number): { uids: number[]; gids: number[]; groups: number[]; capabilities: string[] } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const fields = (name: string) =>
    (new RegExp(`^${name}:(.*)$`, "m").exec(status)?.[1] ?? "").trim().split(/\s+/).filter(Boolean);
  const numbers = (name: string) => fields(name).map(Number);
  const capabilities = ["CapInh", "CapPrm", "CapEff", "CapAmb"].flatMap(fields);
  return { uids: numbers("Uid"), gids: numbers("Gid"), groups: numbers("Groups"), capabilities };
}

const launcherOf = async (hearth: RunningHearth): Promise<number> =>
  Number(await readFile(join(hearth.dataDirectory, "launcher.lock.pid"), "utf8"));

/** What a process with these ids is told that opens the Docker socket: `connected`, or the error's code. */
async function openDockerSocket(uid: number, gid: number): Promise<string> {
  const program = `require("net").connect("${DOCKER_SOCKET}", () => end("connected")).on("error", (e) => end(e.code));
    const end = (text) => { process.stdout.write(text); process.exit(); };`;
  const child = spawn(process.execPath, ["-e", program], { uid, gid, cwd: "/", stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  for await (const chunk of child.stdout) said += String(chunk);
  return said;
}

function maintain(dataDirectory: string, ...args: string[]) {
  return runProgram(process.execPath, [join(ROOT, "packages/server/bin/maintain.ts"), ...args], {
    env: { ...withoutSettings(process.env), HEARTH_DATA: dataDirectory },
  });
}

describe("started by root", { timeout: 180_000, ...skipReason(notRoot) }, () => {
  test(
    "all but the launcher has another user without capabilities or groups, who cannot open the Docker socket",
    skipReason(noEngine),
    async () => {
      await using hearth = await startHearth({ driver: "docker" });
      const { uids, gids, groups, capabilities } = statusOf(hearth.pid);
      const [uid = 0, gid = 0] = [uids[0], gids[0]];
      expect(uid).toBeGreaterThan(0);
      expect(uids).toEqual([uid, uid, uid, uid]);
      expect(gids).toEqual([gid, gid, gid, gid]);
      expect(groups).toEqual([]);
      expect(capabilities.map((text) => Number.parseInt(text, 16))).toEqual([0, 0, 0, 0]);
      expect(await openDockerSocket(uid, gid)).toBe("EACCES");
      expect(await openDockerSocket(0, 0)).toBe("connected");

      const client = lambdaClient(hearth, 10);
      await createActive(client, { FunctionName: "f", files: sampleFunctions.nodeEcho });
      expect((await invoke(client, "f", { n: 1 })).payload).toEqual({ n: 1 });
      const launcher = await launcherOf(hearth);
      expect(statusOf(launcher).uids).toEqual([0, 0, 0, 0]);
      process.kill(launcher, "SIGKILL");
      await expect.poll(() => launcherOf(hearth), { timeout: 60_000 }).not.toBe(launcher);
      await expect
        .poll(() => invoke(client, "f", { n: 2 }).then(({ payload }) => payload, String), { timeout: 60_000 })
        .toEqual({ n: 2 });
      expect(statusOf(await launcherOf(hearth)).uids).toEqual([0, 0, 0, 0]);

      await hearth.kill("SIGKILL");
      await hearth.start();
      expect(statusOf(hearth.pid).uids).toEqual(uids);
      expect((await invoke(client, "f", { n: 3 })).payload).toEqual({ n: 3 });
    },
  );

  test("functions of the process driver run as that user, and what root did in the data directory before is given to it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hearth-root-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "root's");
    writeFileSync(file, "");
    await using hearth = await startHearth();
    const client = lambdaClient(hearth);
    const { uids, gids } = statusOf(hearth.pid);
    // The launcher, which stays root, reads the sources that only root can have written.
    const sources = await stat(resolve(ROOT, ".hearth", "cache", "sources", `${process.version}-0`));
    expect([sources.uid, sources.mode & 0o022]).toEqual([0, 0]);
    await createActive(client, { FunctionName: "who", files: WHO });
    expect((await invoke(client, "who", {})).payload).toEqual([uids[0], gids[0], [gids[0]]]);

    // As a version left it that did not give up root, or a restored back-up.
    await hearth.kill("SIGTERM");
    await runProgram("chown", ["-R", "0:0", hearth.dataDirectory]);
    await rm(join(hearth.dataDirectory, "service-user"));
    symlinkSync(file, join(hearth.dataDirectory, "blobs", "link"));
    await hearth.start();
    expect(statusOf(hearth.pid).uids).toEqual(uids);
    expect((await invoke(client, "who", {})).payload).toEqual([uids[0], gids[0], [gids[0]]]);
    expect(lstatSync(join(hearth.dataDirectory, "blobs", "link")).uid).toBe(uids[0]);
    expect(lstatSync(file).uid).toBe(0);
    expect((await stat(hearth.dataDirectory)).mode & 0o7777).toBe(0o1770);
    for (const name of ["s", "cache", "images", "interpreter", "launcher.lock"]) {
      expect(lstatSync(join(hearth.dataDirectory, name)).uid, name).toBe(0);
    }
  });

  test("root makes and restores back-ups, and Hearth can use what it leaves", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hearth-root-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await using hearth = await startHearth();
    await createActive(lambdaClient(hearth), { FunctionName: "f", files: sampleFunctions.nodeEcho });
    await maintain(hearth.dataDirectory, "backup", "create", join(folder, "running"));
    await hearth.kill("SIGTERM");
    await maintain(hearth.dataDirectory, "backup", "create", join(folder, "stopped"));
    await maintain(hearth.dataDirectory, "master-key", "rotate");
    await hearth.start();
    expect((await invoke(lambdaClient(hearth), "f", { n: 1 })).payload).toEqual({ n: 1 });

    const restored = await mkdtemp(join(tmpdir(), "hearth-"));
    onTestFinished(() => rm(restored, { recursive: true, force: true }));
    await maintain(restored, "backup", "restore", join(folder, "stopped"));
    await using again = new RunningHearth(restored, {});
    await again.start();
    expect(statusOf(again.pid).uids[0]).toBeGreaterThan(0);
    expect((await invoke(lambdaClient(again), "f", { n: 2 })).payload).toEqual({ n: 2 });
  });
});
