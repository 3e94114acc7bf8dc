import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skipReason } from "@hearth/testkit";
import { expect, onTestFinished, test } from "vitest";
import { ChildRunner, KeeperRunner } from "./launcherRunner.ts";

/** Writes its pid to the file, and ends with status 7 when its standard input ends. Ignores what stops other programs. */
const PROGRAM = `
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => undefined);
  process.stdin.on("end", () => process.exit(7)).resume();
  require("node:fs").writeFileSync(process.argv[1], String(process.pid));`;

function command(): { file: string; program: [string, ...string[]]; env: NodeJS.ProcessEnv } {
  const folder = mkdtempSync(join(tmpdir(), "hearth-runner-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "pid");
  return { file, program: [process.execPath, "-e", PROGRAM, file], env: { ...process.env } };
}

const pidIn = (file: string): number => {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return 0; // not started yet
  }
};
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const PATIENCE = { timeout: 15_000 };

test.each([
  ["a child", ChildRunner],
  ["a keeper", KeeperRunner],
])("by %s the launcher is killed, started again, and ends when its standard input ends", async (_, Runner) => {
  const { file, ...start } = command();
  const runner = new Runner(start);
  const first = runner.run();
  await expect.poll(() => pidIn(file), PATIENCE).toBeGreaterThan(0);
  const pid = pidIn(file);
  runner.kill();
  expect(await first).toMatch(/SIGKILL|signal 9/);
  const second = runner.run();
  await expect.poll(() => pidIn(file), PATIENCE).not.toBe(pid);
  runner.end();
  expect(await second).toBe("exit code 7");
  await runner.close();
  expect(isAlive(pidIn(file))).toBe(false);
});

test("when the process that uses a keeper dies, the launcher and the keeper end", async () => {
  const { file, program } = command();
  const source = `
    const { KeeperRunner } = await import(${JSON.stringify(join(import.meta.dirname, "launcherRunner.ts"))});
    void new KeeperRunner({ program: ${JSON.stringify(program)}, env: process.env }).run();`;
  // The keeper holds the write end of the pipe until it ends.
  const user = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: ["ignore", "pipe", "inherit"] });
  user.stdout.resume();
  const closed = once(user, "close");
  await expect.poll(() => pidIn(file), PATIENCE).toBeGreaterThan(0);
  user.kill("SIGKILL");
  await closed;
  expect(isAlive(pidIn(file))).toBe(false);
});

const noProc = process.platform === "linux" ? undefined : "there is no /proc";
test("a launcher whose keeper was killed cannot be started again", skipReason(noProc), async () => {
  const { file, ...start } = command();
  const runner = new KeeperRunner({ ...start, program: ["/bin/sh", "-c", `echo $PPID >${file}; read -r _`] });
  const run = runner.run();
  run.catch(() => undefined); // looked at below
  await expect.poll(() => pidIn(file), PATIENCE).toBeGreaterThan(0);
  const shell = pidIn(file);
  const keeper = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${shell}/status`, "utf8"))?.[1]);
  process.kill(keeper, "SIGKILL");
  await expect(run).rejects.toThrow("the process that starts the launcher as root has ended (SIGKILL)");
  runner.end();
});
