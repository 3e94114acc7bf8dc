import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { SystemClock, systemRandom } from "@hearth/kit";
import { OWNER_ACCOUNT } from "@hearth/model";
import { FUNCTION_IMAGES, makeImages, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import {
  type Driver,
  IMAGE_RUNTIME,
  ImageUnavailable,
  type PoolKey,
  RuntimeUnavailable,
  type SandboxEvent,
} from "../driver.ts";
import { TEST_FUNCTION, TestRuntimeApi, unpackForTest } from "./testRuntimeApi.ts";

export interface DriverUnderTest extends AsyncDisposable {
  readonly driver: Driver;
  readonly dataDir: string;
  /** A `nodejs…` runtime that the driver has. */
  readonly runtime: string;
}

const NEVER = new AbortController().signal;
const SHARES = { accountId: OWNER_ACCOUNT, expectedMb: 128 };
const clock = new SystemClock();
const MINUTES_MS = 180_000;

/**
 * What every driver promises. `make` is called once; it may take minutes when an image must be built. `absent` says why the machine
 * cannot run this driver.
 */
export function driverContract(name: string, make: () => Promise<DriverUnderTest>, absent?: string): void {
  describe(`${name} as a driver`, { timeout: 60_000, ...skipReason(absent) }, () => {
    let made: DriverUnderTest;
    let driver: Driver;
    let key: PoolKey;
    let plainKey: PoolKey;
    const events: SandboxEvent[] = [];

    beforeAll(async () => {
      made = await make();
      driver = made.driver;
      plainKey = { runtime: made.runtime, network: "none", tmpSizeMb: 512 };
      key = plainKey;
      driver.on((event) => events.push(event));
      await driver.images.ensureRuntime(made.runtime, NEVER);
    }, MINUTES_MS);
    afterAll(async () => made?.[Symbol.asyncDispose](), MINUTES_MS);

    /** A booted sandbox, stopped when the test ends. */
    async function boot(): Promise<{ id: string; api: TestRuntimeApi; folder: string }> {
      const id = systemRandom.hex(8);
      const directory = await driver.prepare(id);
      const api = await TestRuntimeApi.listen(directory);
      onTestFinished(async () => {
        await driver.stop(id, 0);
        await api[Symbol.asyncDispose]();
      });
      await driver.boot(id, key, NEVER);
      await api.asked();
      return { id, api, folder: dirname(dirname(directory.apiSocket)) };
    }

    async function start(memoryMb = 256): Promise<{ id: string; api: TestRuntimeApi; folder: string }> {
      const sandbox = await boot();
      const codeDigest = unpackForTest(made.dataDir, {
        "index.js": TEST_FUNCTION,
        "deep/er/data.txt": "from the archive",
      });
      const view = await driver.specialise(sandbox.id, { codeDigest, layerDigests: [], memoryMb, ...SHARES }, NEVER);
      await sandbox.api.specialise(view, { TASK_ROOT: view.taskRoot, OPT_ROOT: view.optRoot, TMP_DIR: view.tmpDir });
      return sandbox;
    }

    function exitOf(id: string): Promise<SandboxEvent & { kind: "exited" }> {
      return vi.waitFor(
        () => {
          const event = events.find((candidate) => candidate.kind === "exited" && candidate.sandboxId === id);
          if (event?.kind !== "exited") throw new Error("it has not exited");
          return event;
        },
        { timeout: 15_000, interval: 20 },
      );
    }

    test("a booted sandbox asks whose it is, and then runs the code that it was given", async () => {
      const { api } = await start();
      expect(await api.run("return 6 * 7")).toBe(42);
      const read = `return require("fs").readFileSync(process.env.TASK_ROOT + "/deep/er/data.txt", "utf8")`;
      expect(await api.run(read)).toBe("from the archive");
    });

    test("what the code writes to stdout and stderr arrives at the FIFO", async () => {
      const { api } = await start();
      await api.run(`process.stdout.write("to stdout\\n"); process.stderr.write("to stderr\\n")`);
      await vi.waitFor(() => expect(api.output()).toMatch(/to stdout[^]*to stderr/), { timeout: 5000 });
    });

    test("layers lie over each other in order", async () => {
      const { id, api } = await boot();
      const codeDigest = unpackForTest(made.dataDir, { "index.js": TEST_FUNCTION });
      const low = unpackForTest(made.dataDir, { "lib/a.txt": "low", "lib/b.txt": "low" }, "a".repeat(64));
      const high = unpackForTest(made.dataDir, { "lib/b.txt": "high" }, "b".repeat(64));
      const view = await driver.specialise(
        id,
        { codeDigest, layerDigests: [low, high], memoryMb: 256, ...SHARES },
        NEVER,
      );
      await api.specialise(view, { OPT_ROOT: view.optRoot });
      const read = `return ["a", "b"].map((n) => require("fs").readFileSync(process.env.OPT_ROOT + "/lib/" + n + ".txt", "utf8"))`;
      expect(await api.run(read)).toEqual(["low", "high"]);
    });

    test("the temporary folder can be written and is empty for every sandbox", async () => {
      const code = `const fs = require("fs"), dir = process.env.TMP_DIR; const before = fs.readdirSync(dir);
        fs.writeFileSync(dir + "/mine", "x"); return before`;
      const [one, other] = [await start(), await start()];
      expect(await one.api.run(code)).toEqual([]);
      expect(await other.api.run(code)).toEqual([]);
    });

    test("nothing of Hearth's own environment is in a sandbox", async () => {
      vi.stubEnv("HEARTH_SECRET_OF_THE_OWNER", "hidden");
      onTestFinished(() => void vi.unstubAllEnvs());
      const { api } = await start();
      expect(JSON.stringify(await api.run("return process.env"))).not.toMatch(/hidden|AWS_SECRET|npm_config/);
    });

    test("a sandbox is specialised once and for good", async () => {
      const { id } = await start();
      const spec = { codeDigest: unpackForTest(made.dataDir, {}), layerDigests: [], memoryMb: 256, ...SHARES };
      await expect(driver.specialise(id, spec, NEVER)).rejects.toThrow();
    });

    test("code that is not unpacked is refused", async () => {
      const { id } = await boot();
      const spec = { codeDigest: "d".repeat(64), layerDigests: [], memoryMb: 256, ...SHARES };
      await expect(driver.specialise(id, spec, NEVER)).rejects.toThrow();
    });

    test("ids that could be paths are refused", async () => {
      for (const id of ["../../etc", "a/b", "", "0123456789ABCDEF", "0123456789abcdef0", "..\0/////////////"]) {
        await expect(driver.prepare(id)).rejects.toThrow();
        await expect(driver.boot(id, key, NEVER)).rejects.toThrow();
      }
    });

    test("a sandbox that is being used cannot be prepared again", async () => {
      const { id } = await boot();
      await expect(driver.prepare(id)).rejects.toThrow();
    });

    test("a frozen sandbox does nothing until it is thawed, and both may be asked for twice", async () => {
      const { id, api } = await start();
      await api.run("globalThis.beats = 0; setInterval(() => globalThis.beats++, 5)");
      await driver.freeze(id);
      await driver.freeze(id);
      let answered = false;
      const later = api.run("return globalThis.beats").finally(() => (answered = true));
      await clock.sleep(600);
      expect(answered).toBe(false);
      await driver.thaw(id);
      await driver.thaw(id);
      expect(await later).toBeLessThan(100);
    });

    test("what is made ahead of a boot does not run until then, and is gone when it is stopped before", async () => {
      const ids = [systemRandom.hex(8), systemRandom.hex(8)] as const;
      const folders: string[] = [];
      for (const id of ids) {
        const directory = await driver.prepare(id);
        folders.push(dirname(dirname(directory.apiSocket)));
        const api = await TestRuntimeApi.listen(directory);
        onTestFinished(async () => {
          await driver.stop(id, 0);
          await api[Symbol.asyncDispose]();
        });
        const isCreated = await driver.create(id, key, NEVER);
        expect(isCreated).toBe(driver.name === "docker");
        if (isCreated) await expect(driver.create(id, key, NEVER)).rejects.toThrow();
        expect(await driver.list()).not.toContain(id);
        if (id !== ids[0]) continue;
        await driver.boot(id, key, NEVER);
        await api.asked();
        expect(await driver.list()).toContain(id);
      }
      await driver.stop(ids[1], 0);
      expect(folders.map((folder) => existsSync(folder))).toEqual([true, false]);
      await expect(driver.boot(ids[1], key, NEVER)).rejects.toThrow();
    });

    test("a stopped sandbox is gone with its folder, also when it was frozen, and may be stopped again", async () => {
      const { id, folder } = await start();
      expect(await driver.list()).toContain(id);
      await driver.freeze(id);
      await driver.stop(id, 0);
      expect(await driver.list()).not.toContain(id);
      expect(existsSync(folder)).toBe(false);
      await driver.stop(id, 1000);
      await expect(driver.freeze(id)).rejects.toThrow();
    });

    test("stopping with grace lets the code end by itself", async () => {
      const { id, api } = await start();
      await api.run(`process.on("SIGTERM", () => { process.stdout.write("going\\n"); process.exit(0); })`);
      await driver.stop(id, 5000);
      expect(api.output()).toContain("going");
    });

    test("stopping what never was resolves", async () => {
      await driver.stop(systemRandom.hex(8), 0);
    });

    test("a process that ends by itself is reported with its exit code", async () => {
      const { id, api } = await start();
      void api.run("process.exit(7)");
      expect(await exitOf(id)).toMatchObject({ exitCode: 7, signal: null, outOfMemory: false });
    });

    test("a process that is killed is reported with the signal", async () => {
      const { id, api } = await start();
      void api.run(`require("child_process").execSync("kill -9 " + process.pid)`);
      expect(await exitOf(id)).toMatchObject({ signal: "SIGKILL", outOfMemory: false });
    });

    test("memory beyond the limit ends the sandbox and is reported as such", async () => {
      const { id, api } = await start(128);
      void api.run(
        `const held = []; for (;;) { held.push(Buffer.alloc(8 << 20, 1)); await new Promise((r) => setTimeout(r, 20)); }`,
      );
      expect(await exitOf(id)).toMatchObject({ outOfMemory: true });
    });

    test("the memory that a sandbox has used at most is pushed", async () => {
      const { id, api } = await start();
      await api.run(`globalThis.held = Buffer.alloc(60 << 20, 1)`);
      await vi.waitFor(
        () => {
          const pushed = events.filter((event) => event.kind === "memory" && event.sandboxId === id);
          const most = Math.max(...pushed.map((event) => (event.kind === "memory" ? event.maxMemoryBytes : 0)));
          expect(most).toBeGreaterThan(60 << 20);
          expect(most).toBeLessThan(256 << 20);
        },
        { timeout: 10_000, interval: 100 },
      );
    });

    test("a boot that is aborted rejects, and nothing is left after its stop", async () => {
      const id = systemRandom.hex(8);
      const directory = await driver.prepare(id);
      await using _api = await TestRuntimeApi.listen(directory);
      const controller = new AbortController();
      const booting = driver.boot(id, key, controller.signal);
      controller.abort(new Error("changed my mind"));
      await expect(booting).rejects.toThrow("changed my mind");
      await driver.stop(id, 0);
      expect(await driver.list()).not.toContain(id);
    });

    test("images that functions bring are booted by digest alone, or the driver says that it runs none", async () => {
      const image = { accountId: OWNER_ACCOUNT, repository: "hearth/test-function", digest: "c".repeat(64) };
      if (driver.name === "process") {
        expect(await driver.images.resolveImage(FUNCTION_IMAGES.first, OWNER_ACCOUNT, NEVER)).toMatchObject({
          kind: "unsupported",
        });
        await expect(driver.images.ensureImage(image, NEVER)).rejects.toBeInstanceOf(ImageUnavailable);
        return;
      }
      await makeImages("function");
      const found = await driver.images.resolveImage(FUNCTION_IMAGES.first, OWNER_ACCOUNT, NEVER);
      if (found.kind !== "found") throw new Error(found.reason);
      const program = await driver.images.ensureImage({ ...image, digest: found.digest }, NEVER);
      expect(program).toMatchObject({ entryPoint: ["/main"], command: ["one", "two words"] });
      key = { runtime: IMAGE_RUNTIME, image: found.digest, network: "none", tmpSizeMb: 512 };
      onTestFinished(() => void (key = plainKey));
      const { id } = await boot();
      const view = await driver.specialise(id, { layerDigests: [], memoryMb: 256, ...SHARES }, NEVER);
      expect(view.tmpDir).toBe("/tmp");
      key = { ...key, image: image.digest };
      await expect(boot()).rejects.toBeInstanceOf(ImageUnavailable);
    });

    test("what the driver can run is listed, and a runtime that it cannot run is refused with a reason", async () => {
      const support = (await driver.images.runtimes()).find(({ runtime }) => runtime === made.runtime);
      expect(support?.state).toBe("ready");
      const refused = driver.images.ensureRuntime("cobol85", NEVER);
      await expect(refused).rejects.toBeInstanceOf(RuntimeUnavailable);
      await expect(refused).rejects.toThrow("cobol85");
    });
  });
}
