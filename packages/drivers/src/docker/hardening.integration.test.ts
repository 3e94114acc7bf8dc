import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noDocker, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { diskOf } from "./diskOf.ts";
import { TestDockerDriver, type TestSandbox } from "../testing/testDocker.ts";

const MINUTES_MS = 180_000;

describe("a sandbox of the docker driver", { timeout: 60_000, ...skipReason(await noDocker()) }, () => {
  let driver: TestDockerDriver;
  let sandbox: TestSandbox;
  const run = (code: string): Promise<unknown> => sandbox.api.run(code);
  const shell = (command: string): Promise<unknown> =>
    run(
      `return require("child_process").spawnSync("/bin/sh", ["-c", ${JSON.stringify(command)}]).stdout.toString().trim()`,
    );

  beforeAll(async () => {
    driver = await TestDockerDriver.make();
    sandbox = await driver.start();
  }, MINUTES_MS);
  afterAll(async () => driver?.[Symbol.asyncDispose](), MINUTES_MS);

  test("has no capabilities, can gain none, and filters system calls", async () => {
    const status = String(await run(`return require("fs").readFileSync("/proc/self/status", "utf8")`));
    expect(status).toMatch(/^CapPrm:\t0+$/m);
    expect(status).toMatch(/^CapBnd:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
  });

  test("runs as a user and a group with the names that they have on AWS", async () => {
    expect(await shell("id | sed 's/uid=[0-9]*/uid=…/'")).toBe(
      "uid=…(sbx_user1051) gid=990(sbx_user1051) groups=990(sbx_user1051)",
    );
    expect(await run(`return require("os").userInfo().username`)).toBe("sbx_user1051");
  });

  test("has a user of its own, so that what the kernel counts by user is not shared", async () => {
    const [greedy, other] = await Promise.all([
      driver.start({ runtime: "python3.13" }),
      driver.start({ runtime: "python3.13" }),
    ]);
    const inotify = `import ctypes\nlibc = ctypes.CDLL(None)\nheld = [libc.inotify_init() for _ in range(1000)]\n`;
    const uids = await Promise.all([greedy, other].map(({ api }) => api.run("import os\nresult = os.getuid()")));
    expect(new Set(uids).size).toBe(2);
    await greedy.api.run(`${inotify}import builtins\nbuiltins.held = held\nresult = 0`);
    expect(await greedy.api.run("import ctypes\nresult = ctypes.CDLL(None).inotify_init()"), "none is left").toBe(-1);
    expect(await other.api.run("import ctypes\nresult = ctypes.CDLL(None).inotify_init() >= 0")).toBe(true);
    await Promise.all([greedy, other].map(({ id }) => driver.driver.stop(id, 0)));
  });

  test("shares a limit of processes with all others, which leaves the host room for its own", async () => {
    const parent = (await sandbox.container.inspect()).HostConfig.CgroupParent ?? "";
    const folders = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup", "/sys/fs/cgroup/hearth.slice"];
    const file = folders.map((folder) => join(folder, parent, "pids.max")).find((path) => existsSync(path));
    expect(file).toBeDefined();
    const limit = Number(readFileSync(file ?? "", "utf8"));
    expect(limit).toBeLessThan(Number(readFileSync("/proc/sys/kernel/pid_max", "utf8")));
    expect(limit).toBeGreaterThan(1024);
  });

  test.runIf(diskOf(tmpdir()))("has the limit of reading and writing that the operator has set", async () => {
    await using limited = await TestDockerDriver.make({ diskMbPerS: 8 });
    const { container, api } = await limited.start();
    expect(await api.run("return 1")).toBe(1);
    const { HostConfig } = await container.inspect();
    const [limit] = (HostConfig.BlkioDeviceReadBps ?? []) as { Path: string; Rate: number }[];
    expect(limit).toMatchObject({ Path: expect.stringMatching(/^\/dev\//), Rate: 8 << 20 });
    expect(HostConfig.BlkioDeviceWriteBps).toEqual(HostConfig.BlkioDeviceReadBps);
  });

  test("can write below /tmp and nowhere else", async () => {
    const found = await shell(
      `find / -path /proc -prune -o -path /sys -prune -o \\( -type d -o -type f \\) -print 2>/dev/null | while read -r f; do
         if [ -d "$f" ]; then (: > "$f/.probe") 2>/dev/null && { rm -f "$f/.probe"; echo "$f"; }
         else (: >> "$f") 2>/dev/null && echo "$f"; fi; done`,
    );
    expect(found).toBe("/tmp");
  });

  test("has a /tmp of the size that it was booted with, without set-user-id and devices, that may hold programs", async () => {
    expect(await shell("df -m /tmp | tail -1")).toMatch(/^tmpfs +512 /);
    expect(await shell("grep ' /tmp ' /proc/mounts")).toMatch(/rw,nosuid,nodev,/);
    expect(await shell("printf '#!/bin/sh\\necho ran' > /tmp/p && chmod +x /tmp/p && /tmp/p")).toBe("ran");
  });

  test("cannot replace the socket or the FIFO that identify it", async () => {
    expect(await shell("rm /run/hearth/api.sock 2>&1; mv /run/hearth/out /run/hearth/x 2>&1")).toMatch(
      /Read-only[^]*Read-only/,
    );
  });

  test("without a network has its own loopback and nothing else", async () => {
    expect(await run(`return Object.keys(require("os").networkInterfaces())`)).toEqual(["lo"]);
    const attempt = `const net = require("net"); return await new Promise((done) => net.connect(53, "1.1.1.1").on("error", (e) => done(e.code)).on("connect", () => done("connected")))`;
    expect(await run(attempt)).toBe("ENETUNREACH");
  });

  test("is shown by the engine with every limit, and with nothing of its function", async () => {
    const { HostConfig, Config, Mounts } = await sandbox.container.inspect();
    expect(HostConfig).toMatchObject({ CapDrop: ["ALL"], ReadonlyRootfs: true, PidsLimit: 1024, Privileged: false });
    expect(HostConfig.SecurityOpt).toContain("no-new-privileges");
    expect(HostConfig.LogConfig?.Type).toBe("none");
    expect(HostConfig.MemorySwap).toBe(HostConfig.Memory);
    const mounted = Object.fromEntries(Mounts.map(({ Destination, RW }) => [Destination, RW]));
    expect(mounted).toEqual({
      "/etc/hosts": false,
      "/etc/passwd": false,
      "/opt": false,
      "/run/hearth": false,
      "/var/task": false,
    });
    expect(Config.Env.join()).not.toMatch(/AWS_|_HANDLER|HEARTH/);
  });

  test("a fork bomb and a full /tmp in one leave another answering", async () => {
    const other = await driver.start();
    void other.api.run(
      `require("child_process").spawn("/bin/sh", ["-c", "f() { f | f & }; f; cat /dev/zero > /tmp/full"])`,
    );
    for (let i = 0; i < 20; i++) expect(await run("return 1")).toBe(1);
    await driver.driver.stop(other.id, 0);
    expect(await driver.driver.list()).toEqual([sandbox.id]);
  });

  test("of 512 MB may fill its /tmp of 512 MB, and what is there is not reported as memory of the function", async () => {
    const memory: number[] = [];
    const filled = await driver.start({ memoryMb: 512 });
    driver.driver.on((event) => {
      if (event.kind === "memory" && event.sandboxId === filled.id) memory.push(event.maxMemoryBytes);
    });
    const fill = `const fs = require("fs"), file = fs.openSync("/tmp/full", "w"), piece = Buffer.alloc(1 << 20, 1);
      globalThis.held = Buffer.alloc(250 << 20, 1);
      for (let i = 0; i < 511; i++) fs.writeSync(file, piece);
      return fs.fstatSync(file).size >> 20;`;
    expect(await filled.api.run(fill)).toBe(511);
    await vi.waitFor(() => expect(Math.max(0, ...memory)).toBeGreaterThan(250 << 20), {
      timeout: 15_000,
      interval: 100,
    });
    expect(Math.max(...memory)).toBeLessThan(512 << 20);
    expect(await filled.api.run("return 1")).toBe(1);
    await driver.driver.stop(filled.id, 0);
  });

  test("sees no processes but its own and no other sandbox's code", async () => {
    await driver.start();
    const commands = String(await shell("for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done"));
    expect(commands.match(/bootstrap\.mjs/g)?.length).toBeLessThanOrEqual(2);
    expect(await shell("ls /var/task")).toBe("index.js");
  });
});
