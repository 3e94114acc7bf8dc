import { noDocker, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { RealPools } from "./testing/realPools.ts";

const IMAGES_MS = 15 * 60_000;
const NODE = { Runtime: "nodejs24.x", Timeout: 20 };
const PYTHON = { Runtime: "python3.13", Handler: "app.handler", Timeout: 20 };

describe("environments in containers", { ...skipReason(await noDocker()), timeout: 120_000 }, () => {
  let host: RealPools;
  beforeAll(async () => {
    host = await RealPools.start({ idleFreezeMs: 300, bootedPerRuntime: 1 }, "docker");
    for (const runtime of [NODE.Runtime, PYTHON.Runtime]) {
      await host.driver.images.ensureRuntime(runtime, AbortSignal.timeout(IMAGES_MS));
    }
  }, IMAGES_MS);
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  }, 60_000);

  const node = (code: string, wanted: object = {}) => host.deploy({ "index.js": code }, { ...NODE, ...wanted });

  test("Node and Python functions run, are warm after the first invocation, and their output is logged", async () => {
    const version = node(
      "exports.handler = async (e) => { console.log('seen ' + e.n); return [process.cwd(), e.n]; };",
    );
    const first = await host.call(version, { n: 1 }, { requestId: "d1" });
    expect(first.body).toEqual(["/var/task", 1]);
    expect(first.initDurationMs).toBeGreaterThan(0);
    expect((await host.call(version, { n: 2 }, { requestId: "d2" })).initDurationMs).toBeUndefined();
    expect(host.logs.text).toMatch(
      /START RequestId: d1 .*\n.*\td1\tINFO\tseen 1\nEND RequestId: d1\nREPORT RequestId: d1\t/,
    );
    const python = host.deploy(
      { "app.py": "import sys\ndef handler(e, c): return [sys.version_info[1], sys.path[0]]" },
      PYTHON,
    );
    expect((await host.call(python)).body).toEqual([13, "/var/task"]);
  });

  test("files, folders and limits are AWS's", async () => {
    const code = `
import os, resource, stat
def handler(event, context):
    shown = {path: stat.filemode(os.stat(path).st_mode) + " %d" % os.stat(path).st_uid for path in ["/lambda-entrypoint.sh", "/var/task", "/opt", "/tmp"]}
    return {**shown, "memlock": resource.getrlimit(resource.RLIMIT_MEMLOCK), "nofile": resource.getrlimit(resource.RLIMIT_NOFILE), "stack": resource.getrlimit(resource.RLIMIT_STACK)}
`;
    expect((await host.call(host.deploy({ "app.py": code }, PYTHON))).body).toEqual({
      "/lambda-entrypoint.sh": "-rwxr-xr-x 0",
      "/var/task": "drwxr-xr-x 0",
      "/opt": "drwxr-xr-x 0",
      "/tmp": "drwxrwxrwt 0",
      memlock: [65_536, 65_536],
      nofile: [1024, 1024],
      stack: [8_388_608, -1],
    });
  });

  test("a large import of the runtime's own SDK works, by require and by import", async () => {
    const cjs = node(
      "const { S3Client } = require('@aws-sdk/client-s3'); exports.handler = async () => typeof S3Client;",
    );
    const esm = host.deploy(
      {
        "index.mjs":
          "import { S3Client } from '@aws-sdk/client-s3'; export const handler = async () => typeof S3Client;",
      },
      NODE,
    );
    const boto = host.deploy({ "app.py": "import boto3\ndef handler(e, c): return boto3.__version__" }, PYTHON);
    expect((await host.call(cjs)).body).toBe("function");
    expect((await host.call(esm)).body).toBe("function");
    expect((await host.call(boto)).body).toMatch(/^1\.\d+/);
  });

  test("a function that exceeds its memory is out of memory, and others respond meanwhile", async () => {
    const code =
      "exports.handler = async () => { const keep = []; for (;;) { keep.push(Buffer.alloc(10_000_000, 1)); await new Promise((r) => setTimeout(r, 5)); } };";
    const other = node("exports.handler = async () => 1;");
    const [{ body, maxMemoryUsedMb }] = await Promise.all([
      host.call(node(code), {}, { requestId: "dm" }),
      host.call(other),
    ]);
    expect(body).toEqual({
      errorType: "Runtime.OutOfMemory",
      errorMessage: "RequestId: dm Error: Runtime exited with error: signal: killed",
    });
    expect(maxMemoryUsedMb).toBe(128);
    expect(host.logs.text).toMatch(
      /REPORT RequestId: dm\t.*Max Memory Used: 128 MB.*\tStatus: error\tError Type: Runtime\.OutOfMemory/,
    );
  });

  test("a Node function that makes far more garbage than its memory holds keeps running", async () => {
    const code =
      "exports.handler = async () => { const keep = []; for (let i = 0; i < 2000; i++) keep[i % 30] = new Array(1 << 17).fill(i); return 'alive'; };";
    expect((await host.call(node(code, { Timeout: 60 }))).body).toBe("alive");
  });

  test("an exit is reported with its status, a crash by its signal", async () => {
    const version = node("exports.handler = async (e) => { e.abort ? process.abort() : process.exit(7); };");
    const errorOf = async (event: object, requestId: string) =>
      ((await host.call(version, event, { requestId })).body as { errorMessage: string }).errorMessage;
    expect(await errorOf({}, "de")).toBe("RequestId: de Error: Runtime exited with error: exit status 7");
    expect(await errorOf({ abort: true }, "da")).toBe(
      "RequestId: da Error: Runtime exited with error: signal: aborted",
    );
  });

  test("an idle environment is frozen, and responds to the next event at once", async () => {
    const version = node("let ticks = 0; setInterval(() => ticks++, 10); exports.handler = async () => ticks;");
    await host.call(version);
    await vi.waitFor(() => expect(host.pools.stats().frozen).toBe(host.pools.stats().environments.get("idle")), 5000);
    const early = (await host.call(version)).body as number;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(((await host.call(version)).body as number) - early).toBeLessThan(100);
  });
});
