import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { SystemClock } from "@hearth/kit";
import { expect, onTestFinished, test, vi } from "vitest";
import { RuntimeUnavailable } from "../../driver.ts";
import { startOf } from "../../process/processGroup.ts";
import { TestDataDir } from "../../testing/testLauncher.ts";
import { ImageMakerProcess } from "./imageMakerProcess.ts";

const NEVER = new AbortController().signal;
const ignore = (): void => undefined;

/** The maker with a program of the test's own, in plain JavaScript. */
function programOf(source: string): string {
  const folder = new TestDataDir();
  onTestFinished(() => folder[Symbol.dispose]());
  const path = join(folder.path, "program.mjs");
  writeFileSync(path, source);
  return path;
}

function makerOf(source: string): ImageMakerProcess {
  const options = { cacheDir: "/cache", imageRegistry: undefined, debianMirror: "http://mirror.test" };
  return new ImageMakerProcess({ ...options, clock: new SystemClock(), program: programOf(source) });
}

/** Reads the request first, as the real program does. */
const answering = (messages: string): string => `
  import { createInterface } from "node:readline";
  createInterface({ input: process.stdin }).once("line", (line) => {
    const request = JSON.parse(line);
    for (const message of ${messages}) console.log(JSON.stringify(message));
    process.exit(0);
  });`;

test("the launcher's process reads neither the parser of Debian's package lists nor what checks their signatures", () => {
  const engine = new URL("../../createEngine.ts", import.meta.url).href;
  const script = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    await import(${JSON.stringify(engine)});
    console.log(loaded.join("\\n"));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  const loaded = stdout.split("\n");
  expect(loaded, stderr).toContain(engine);
  expect(loaded.filter((url) => /images\/debian\/|openpgp|xz-decompress/.test(url))).toEqual([]);
});

test("progress and result are passed on", async () => {
  const image = { image: "hearth/runtime:x", servedBy: "nodejs22.x", command: ["/bin/node"] };
  const said: string[] = [];
  const maker = makerOf(
    answering(
      `[{ progress: request.make.runtime }, { progress: request.debianMirror }, { made: ${JSON.stringify(image)} }]`,
    ),
  );
  expect(await maker.runtime("nodejs22.x", (message) => said.push(message), NEVER)).toEqual(image);
  expect(said).toEqual(["nodejs22.x", "http://mirror.test"]);
});

test("an error keeps its text and its kind", async () => {
  const failing = (isUnavailable: boolean) =>
    makerOf(answering(`[{ failed: { message: "no such suite", isUnavailable: ${isUnavailable} } }]`));
  await expect(failing(true).runtime("python3.9", ignore, NEVER)).rejects.toThrow(
    new RuntimeUnavailable("no such suite"),
  );
  await expect(failing(false).runtime("python3.9", ignore, NEVER)).rejects.not.toBeInstanceOf(RuntimeUnavailable);
  await expect(failing(false).runtime("python3.9", ignore, NEVER)).rejects.toThrow(/^no such suite$/);
});

test.each([
  ["is killed", 'process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000);', "SIGKILL"],
  ["fails to start", 'throw new Error("out of luck");', "out of luck"],
  ["ends without an answer", "", "exit code 0"],
  ["writes what is no message", 'console.log("hello");', "hello"],
])("a process that %s makes the runtime unavailable, and says why", async (_name, source, reason) => {
  const made = makerOf(source).runtime("python3.9", ignore, NEVER);
  await expect(made).rejects.toBeInstanceOf(RuntimeUnavailable);
  await expect(made).rejects.toThrow("no image for python3.9 could be had");
  await expect(made).rejects.toThrow(reason);
});

test("it gets none of Hearth's settings and secrets, and the user's proxies", async () => {
  vi.stubEnv("HEARTH_ADMIN_KEY", "secret");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  vi.stubEnv("DATABASE_URL", "postgres://secret");
  vi.stubEnv("HTTPS_PROXY", "http://proxy.test");
  onTestFinished(() => void vi.unstubAllEnvs());
  const said: string[] = [];
  const maker = makerOf(answering('[{ progress: JSON.stringify(process.env) }, { made: "image" }]'));
  await maker.runtime("nodejs22.x", (message) => said.push(message), NEVER);
  expect(said.join()).toContain("http://proxy.test");
  expect(said.join()).not.toContain("secret");
});

test("aborting ends its input, and the call rejects once the process has ended", async () => {
  const abort = new AbortController();
  const said: string[] = [];
  const maker = makerOf(`
    console.log(JSON.stringify({ progress: String(process.pid) }));
    process.stdin.resume().on("end", () => process.exit(1));`);
  const made = maker.runtime("nodejs22.x", (message) => said.push(message), abort.signal);
  await vi.waitFor(() => expect(said).toHaveLength(1), { timeout: 20_000 });
  abort.abort(new Error("Hearth stops"));
  await expect(made).rejects.toThrow("Hearth stops");
  expect(await startOf(Number(said[0]))).toBeUndefined();
});

test("when the launcher is killed, the process ends", { timeout: 30_000 }, async () => {
  const launcher = `
    import { ImageMakerProcess } from ${JSON.stringify(new URL("imageMakerProcess.ts", import.meta.url).href)};
    import { SystemClock } from ${JSON.stringify(import.meta.resolve("@hearth/kit"))};
    const maker = new ImageMakerProcess({ cacheDir: "/cache", clock: new SystemClock(), program: ${JSON.stringify(
      programOf(`
        console.log(JSON.stringify({ progress: String(process.pid) }));
        process.stdin.resume().on("end", () => process.exit(1));`),
    )} });
    await maker.runtime("nodejs22.x", (message) => console.log(message), new AbortController().signal);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", launcher], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pid = Number(
    await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once("line", resolve)),
  );
  expect(await startOf(pid)).toBeDefined();
  child.kill("SIGKILL");
  await vi.waitFor(async () => expect(await startOf(pid)).toBeUndefined(), { timeout: 20_000 });
});
