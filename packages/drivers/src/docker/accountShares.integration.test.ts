import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { noDocker, skipReason } from "@hearth/testkit";
import { describe, expect, test, vi } from "vitest";
import type { SandboxEvent } from "../driver.ts";
import { TestDockerDriver, type TestSandbox } from "../testing/testDocker.ts";

const ATTACKER = "111111111111";
const NEIGHBOUR = "222222222222";
const PYTHON = "python3.13";

/** Writes `mb` to /tmp, a megabyte every few milliseconds; it may be ended meanwhile. */
const fill = (mb: number): string => `import time
with open("/tmp/full", "wb") as file:
    for _ in range(${mb}):
        file.write(b"x" * (1 << 20))
        time.sleep(0.004)
result = ${mb}`;

describe("accounts that share a host", { timeout: 120_000, ...skipReason(await noDocker()) }, () => {
  function exitsOf(driver: TestDockerDriver): (SandboxEvent & { kind: "exited" })[] {
    const exits: (SandboxEvent & { kind: "exited" })[] = [];
    driver.driver.on((event) => {
      if (event.kind === "exited") exits.push(event);
    });
    return exits;
  }
  const ended = (sandbox: TestSandbox, shortage: string) => ({
    sandboxId: sandbox.id,
    signal: "SIGKILL",
    outOfMemory: true,
    shortage,
  });
  const start = (driver: TestDockerDriver, accountId: string, more = {}) =>
    driver.start({ runtime: PYTHON, memoryMb: 128, tmpSizeMb: 1024, accountId, ...more });

  test("files in /tmp of several functions of one account end the sandbox with most of them, and harm no neighbour", async () => {
    await using driver = await TestDockerDriver.make({ sandboxesMemoryMb: 2000, accountTmpPercent: 20 });
    const exits = exitsOf(driver);
    const neighbour = await start(driver, NEIGHBOUR);
    const [more, less] = [await start(driver, ATTACKER), await start(driver, ATTACKER)];
    expect(await neighbour.api.run(fill(100))).toBe(100);
    expect(await less.api.run(fill(150))).toBe(150);
    void more.api.run(fill(1000));
    await vi.waitFor(() => expect(exits).toEqual([expect.objectContaining(ended(more, "accountTmp"))]), 60_000);
    expect(await less.api.run("result = 1")).toBe(1);
    expect(await neighbour.api.run("result = 2")).toBe(2);
  });

  test("before all memory is used up the sandbox that took most beyond its promise is ended, while its neighbours go on", async () => {
    await using driver = await TestDockerDriver.make({ sandboxesMemoryMb: 1000, accountTmpPercent: 100 });
    const exits = exitsOf(driver);
    const neighbour = await start(driver, NEIGHBOUR, { memoryMb: 512, expectedMb: 300 });
    const held = `import builtins\nbuiltins.held = bytearray(b"x") * (250 << 20)\nresult = len(builtins.held) >> 20`;
    expect(await neighbour.api.run(held)).toBe(250);
    const attacker = await start(driver, ATTACKER);
    void attacker.api.run(fill(1000));
    await vi.waitFor(() => expect(exits).toEqual([expect.objectContaining(ended(attacker, "host"))]), 60_000);
    expect(await neighbour.api.run(`import builtins\nresult = len(builtins.held) >> 20`)).toBe(250);
  });

  test("fork bombs in several sandboxes of one account get no more than its share of processes, others keep theirs", async () => {
    await using driver = await TestDockerDriver.make({ accountProcessPercent: 1 });
    const bombs = [await start(driver, ATTACKER), await start(driver, ATTACKER), await start(driver, ATTACKER)];
    const other = await start(driver, NEIGHBOUR);
    const limits = await Promise.all(bombs.map(({ container }) => pidsOf(container.id, container, "pids.max")));
    const all = Number(await pidsOf("", other.container, "pids.max"));
    expect(limits.reduce((sum, limit) => sum + Number(limit), 0)).toBeLessThanOrEqual(Math.max(all / 100, 3 * 32));
    const bomb = `import os, time
count = 0
try:
    for count in range(2000):
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
except BlockingIOError:
    pass
result = count`;
    const counts = await Promise.all(bombs.map(({ api }) => api.run(bomb)));
    for (const [at, count] of counts.entries()) expect(count).toBeLessThan(Number(limits[at]));
    const forks = `import os
children = [os.fork() for _ in range(1)]
if children[0] == 0: os._exit(0)
result = os.waitpid(children[0], 0)[1]`;
    expect(await other.api.run(forks)).toBe(0);
  });
});

async function pidsOf(id: string, container: TestSandbox["container"], file: string): Promise<string> {
  const parent = (await container.inspect()).HostConfig.CgroupParent ?? "";
  const folders = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup", "/sys/fs/cgroup/hearth.slice"];
  const child = id && parent.endsWith(".slice") ? `docker-${id}.scope` : id;
  const path = folders.map((folder) => join(folder, parent, child, file)).find((candidate) => existsSync(candidate));
  return readFileSync(path ?? "", "utf8").trim();
}
