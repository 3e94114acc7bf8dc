import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { systemRandom } from "@hearth/kit";
import { SUPPORTED_RUNTIMES } from "@hearth/model";
import { expect, onTestFinished, test } from "vitest";
import { ProcessEngine } from "../process/engine.ts";
import { RuntimeTable } from "../runtimeTable.ts";
import { TestDataDir, testDriver, testEngineDeps } from "../testing/testLauncher.ts";
import { FAMILIES } from "./families.ts";
import type { RuntimeFamily } from "./family.ts";

const NEVER = new AbortController().signal;

test.each(SUPPORTED_RUNTIMES)("%s is served by at most one family, which gives the identifier back", (runtime) => {
  const serving = FAMILIES.filter((family) => family.versionOf(runtime) !== undefined);
  expect(serving.length).toBeLessThanOrEqual(1);
  for (const family of serving) expect(family.identifierOf(family.versionOf(runtime) ?? "")).toBe(runtime);
});

test.each(FAMILIES)("the family $name has a bootstrap, a Dockerfile and a name of its own", ({ name, bootstrap }) => {
  expect(existsSync(join(bootstrap.folder, bootstrap.file))).toBe(true);
  expect(existsSync(join(import.meta.dirname, `../../../../docker/runtimes/${name}.Dockerfile`))).toBe(true);
  expect(FAMILIES.filter((family) => family.name === name)).toHaveLength(1);
});

/** A family that serves `dotnet…` by a shell script as its bootstrap. */
function fakeDotnet(folder: string): RuntimeFamily {
  mkdirSync(folder);
  writeFileSync(join(folder, "bootstrap.sh"), 'echo "the bootstrap runs beside $HEARTH_RUN_DIR with $-"\n');
  return {
    name: "dotnet",
    versionOf: (runtime) => /^dotnet(\d+)$/.exec(runtime)?.[1],
    identifierOf: (version) => `dotnet${version}`,
    bootstrap: { folder, file: "bootstrap.sh" },
    interpreterOptions: ["-u"],
    image: {
      interpreter: "/var/lang/bin/dotnet",
      publishedBase: () => undefined,
      debian: () => undefined,
      buildArguments: () => ({}),
      packagesOf: () => "",
      contents: () => Promise.reject(new Error("not asked for")),
    },
    host: {
      async find(version, probe) {
        const path = version === "10" ? await probe("/bin/sh", ["-c", "echo /bin/sh"]) : undefined;
        return path === undefined ? undefined : { path: path.trim(), version };
      },
      missing: (runtime) => `${runtime} needs dotnet on the PATH`,
    },
    environment: { defaults: () => ({}), hasExecutionEnv: true },
  };
}

test("a family that is added to the list is all that the process driver needs to serve its identifiers", async () => {
  using data = new TestDataDir();
  const families = [...FAMILIES.filter(({ name }) => name !== "dotnet"), fakeDotnet(join(data.path, "dotnet"))];
  const engine = new ProcessEngine({ ...testEngineDeps(data.path), families });
  await using driver = testDriver(engine, data.path);
  const dotnet = (await driver.images.runtimes()).filter(({ runtime }) => runtime.startsWith("dotnet"));
  expect(dotnet).toContainEqual({ runtime: "dotnet10", servedBy: "dotnet10", state: "ready" });
  expect(dotnet).toContainEqual({
    runtime: "dotnet8",
    servedBy: "dotnet8",
    state: "unavailable",
    reason: "dotnet8 needs dotnet on the PATH",
  });
  await expect(driver.images.ensureRuntime("dotnet8", NEVER)).rejects.toThrow("dotnet8 needs dotnet on the PATH");

  const id = systemRandom.hex(8);
  const { output } = await driver.prepare(id);
  execFileSync("mkfifo", [output]);
  const reader = spawn("cat", [output], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void reader.kill());
  const written = text(reader.stdout);
  await driver.boot(id, { runtime: "dotnet10", network: "none", tmpSizeMb: 512 }, NEVER);
  expect(await written).toMatch(/^the bootstrap runs beside .*run with .*u/);
});

test("without its family an identifier is known but not served", () => {
  expect(new RuntimeTable().meaningOf("go1.x")).toBeUndefined();
  expect(new RuntimeTable([]).meaningOf("nodejs22.x")).toBeUndefined();
  expect(new RuntimeTable().meaningOf("python3.13")).toMatchObject({ version: "3.13", family: { name: "python" } });
});
