import type { FunctionVersion } from "@hearth/model";
import { FUNCTION_IMAGES, makeImages, noDocker, shellAnswer, shellEvent, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { RealPools } from "./testing/realPools.ts";
import { type TestFunction, testVersion } from "./testing/testVersion.ts";

const IMAGES_MS = 15 * 60_000;
const NEVER = new AbortController().signal;

describe("functions made of an image of their own", { ...skipReason(await noDocker()), timeout: 60_000 }, () => {
  let host: RealPools;
  let version: FunctionVersion;
  beforeAll(async () => {
    await makeImages("function");
    host = await RealPools.start({}, "docker");
    version = await deploy();
    await host.call(version, shellEvent(":"));
  }, IMAGES_MS);
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  }, 60_000);

  let deployed = 0;
  async function deploy(
    wanted: TestFunction = {},
    image: keyof typeof FUNCTION_IMAGES = "first",
  ): Promise<FunctionVersion> {
    const found = await host.driver.images.resolveImage(FUNCTION_IMAGES[image], "000000000000", NEVER);
    if (found.kind !== "found") throw new Error(found.reason);
    const imageRepository = "hearth/test-function";
    const own = { FunctionName: `image${++deployed}`, codeDigest: found.digest, imageRepository, Timeout: 5 };
    return testVersion({ ...own, ...wanted });
  }
  async function run(commands: string, of = version): Promise<string> {
    const { outcome } = await host.invoke(of, shellEvent(commands));
    expect(outcome.kind, Buffer.from(outcome.payload).toString()).toBe("success");
    return shellAnswer(outcome.payload).out.trim();
  }

  test("an image without a library or an interpreter runs its ENTRYPOINT with its CMD, in its WORKDIR", async () => {
    expect(await run('echo "$0 $# $2"; pwd')).toBe("/main 2 two words\n/work");
  });

  test("ImageConfig replaces ENTRYPOINT, CMD and WORKDIR independently", async () => {
    const entry = { EntryPoint: ["busybox", "sh", "/main", "added"], WorkingDirectory: "/bin" };
    expect(await run('echo "$0 $#"; pwd', await deploy({ ImageConfig: entry }))).toBe("/main 3\n/bin");
    expect(await run('echo "$# $1"', await deploy({ ImageConfig: { Command: ["other"] } }))).toBe("1 other");
  });

  test("the function's variables override the image's, Lambda's override both, and Hearth adds none of its own", async () => {
    const own = await deploy({ Variables: { LD_PRELOAD: "", OWN: "yes", AWS_REGION: "mars" } });
    const seen = Object.fromEntries((await run("busybox env", own)).split("\n").map((line) => line.split("=", 2)));
    expect(seen).toMatchObject({
      GREETING: "hello",
      PATH: "/bin",
      LD_PRELOAD: "",
      OWN: "yes",
      AWS_REGION: "us-east-1",
    });
    expect(seen).toMatchObject({
      AWS_LAMBDA_FUNCTION_NAME: own.FunctionName,
      AWS_LAMBDA_RUNTIME_API: "127.0.0.1:9001",
    });
    expect(Object.keys(seen).filter((name) => /HEARTH|_HANDLER|LAMBDA_TASK_ROOT|AWS_EXECUTION_ENV/.test(name))).toEqual(
      [],
    );
  });

  test("its output is logged, and the log begins without a runtime version", async () => {
    await run("echo one >&3; echo two >&3");
    expect(host.logs.text).toMatch(/^START RequestId: [^]*\none\ntwo\nEND [^]*REPORT /);
  });

  test("a program that ends during an invocation is a Runtime.ExitError with its status", async () => {
    const { outcome } = await host.call(await deploy(), shellEvent("exit 3"));
    expect(outcome).toMatchObject({ kind: "functionError", errorType: "Runtime.ExitError" });
    expect(Buffer.from(outcome.payload).toString()).toContain("Runtime exited with error: exit status 3");
  });

  test.each([
    ["Runtime.InvalidEntrypoint", { EntryPoint: ["/none"] }, "fork/exec /none: no such file or directory"],
    ["Runtime.InvalidEntrypoint", { EntryPoint: ["/held"] }, "fork/exec /held: permission denied"],
    ["Runtime.InvalidEntrypoint", { EntryPoint: ["none"] }, 'exec: "none": executable file not found in $PATH'],
    ["Runtime.InvalidWorkingDir", { WorkingDirectory: "/none" }, "chdir /none: no such file or directory"],
  ])("a program that cannot be started is a %s: %o", async (errorType, ImageConfig, message) => {
    const own = await deploy({ ImageConfig });
    const { outcome, body } = await host.call(own);
    expect(outcome.kind).toBe("functionError");
    expect(body).toMatchObject({ errorType, errorMessage: expect.stringMatching(/^RequestId: \S+ Error: /) });
    expect(JSON.stringify(body)).toContain(JSON.stringify(message).slice(1));
    expect(host.logs.text).toContain(`IMAGE\tLaunch error: ${message}\tEntry Point: [`);
  });

  test("the sandbox is hardened like any other: its user, no capability, a filter, and only /tmp is writable", async () => {
    const status = await run("busybox cat /proc/self/status");
    expect(status).toMatch(/Uid:\s+2\d{9}\s/);
    expect(status).toMatch(/CapEff:\s+0+\n/);
    expect(status).toMatch(/CapBnd:\s+0+\n/);
    expect(status).toMatch(/NoNewPrivs:\s+1/);
    expect(status).toMatch(/Seccomp:\s+2/);
    const folders = "/ /bin /work /held /tmp /run /dev /etc /.hearth /.hearth/run /.hearth/lang";
    const writable = await run(`for f in ${folders}; do busybox touch $f/x 2>/dev/null && echo $f; done`);
    expect(writable).toBe("/tmp");
  });

  test("a folder that the image declares as a volume has the image's files and is read-only", async () => {
    expect(await run("busybox ls /held; busybox touch /held/x")).toMatch(/^main\n.*Read-only file system$/);
  });

  test("an extension in the image hears each event and the end", async () => {
    const own = await deploy({}, "extended");
    expect(await run("echo answered", own)).toBe("answered");
    await vi.waitFor(() => expect(host.logs.text).toContain("extension heard INVOKE"));
    expect(host.logs.text).toContain("EXTENSION\tName: heard\tState: Ready\tEvents: [INVOKE, SHUTDOWN]");
    host.pools.retain(own, own.FunctionName, new Set());
    await vi.waitFor(() => expect(host.logs.text).toContain("extension heard SHUTDOWN"), 10_000);
  });

  test("orphaned processes of the program are reaped", async () => {
    const left = "for i in 1 2 3 4 5 6 7 8; do (busybox sleep 0.1 &) ; done; busybox sleep 0.4; busybox ps";
    expect(await run(left)).not.toMatch(/\[?sleep/);
  });

  test("neither the image's variables nor the function's reach Hearth's launcher, which is the first process", async () => {
    expect(await run("busybox tr '\\0' '\\n' </proc/1/environ")).not.toMatch(/GREETING|LD_PRELOAD|AWS_/);
  });
});
