import type { FunctionVersion } from "@hearth/model";
import { noDocker, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { nodeExtension, PYTHON_EXTENSION, RUBY_EXTENSION, SHELL_EXTENSION } from "./testing/extensionPrograms.ts";
import { RealPools } from "./testing/realPools.ts";
import type { TestFunction } from "./testing/testVersion.ts";

const IMAGES_MS = 15 * 60_000;

const PYTHON_CODE = `
import os, signal, time
print("init of the function")
def terminated(*_):
    print("function got SIGTERM", flush=True)
    os._exit(0)
signal.signal(signal.SIGTERM, terminated)
def handler(event, context):
    print("runs")
    if event == "exit": os._exit(9)
    if event == "sleep": time.sleep(20)
    if event == "flood":
        for n in range(20000): print("x" * 200)
    return os.getpid()
`;
const NODE_CODE = `
console.log("init of the function");
exports.handler = async () => process.pid;
`;
const BOOTSTRAP = `#!/bin/bash
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  headers=$(mktemp)
  event=$(curl -sS -D "$headers" "$api/next")
  id=$(grep -i lambda-runtime-aws-request-id "$headers" | tr -d '[:space:]' | cut -d: -f2)
  curl -sS -X POST "$api/$id/response" -d "$$" > /dev/null
done
`;
const LANGUAGES = {
  "python3.13": { files: { "app.py": PYTHON_CODE }, Handler: "app.handler" },
  "nodejs24.x": { files: { "index.js": NODE_CODE }, Handler: "index.handler" },
  "ruby3.3": { files: { "app.rb": "def handler(event:, context:)\n  Process.pid\nend\n" }, Handler: "app.handler" },
  "provided.al2023": { files: { bootstrap: BOOTSTRAP }, Handler: "own" },
} as const;

const drivers: ["process" | "docker", object][] = [
  ["process", {}],
  ["docker", skipReason(await noDocker())],
];

describe.each(drivers)("extensions, %s driver", (driver, skip) => {
  describe("run", { ...skip, timeout: 60_000 }, () => {
    let host: RealPools;
    let hasRuby = false;
    beforeAll(async () => {
      host = await RealPools.start({}, driver);
      const { state } = (await host.driver.images.runtimes()).find(({ runtime }) => runtime === "ruby3.3") ?? {};
      hasRuby = state === "ready" || state === "obtainable";
      for (const runtime of Object.keys(LANGUAGES).filter((name) => name !== "ruby3.3" || hasRuby))
        await host.driver.images.ensureRuntime(runtime, AbortSignal.timeout(IMAGES_MS));
    }, IMAGES_MS);
    afterAll(async () => {
      await host[Symbol.asyncDispose]();
    }, 60_000);

    /** A function whose layer has these extensions. */
    function deploy(
      Runtime: keyof typeof LANGUAGES,
      extensions: Readonly<Record<string, string>>,
      more: TestFunction = {},
    ): FunctionVersion {
      const { files, Handler } = LANGUAGES[Runtime];
      const layer = Object.fromEntries(Object.entries(extensions).map(([name, code]) => [`extensions/${name}`, code]));
      const layerDigests = [host.unpack(layer)];
      return host.deploy(files, { Timeout: 10, MemorySize: 512, Runtime, Handler, layerDigests, ...more });
    }
    const python = (Variables: Readonly<Record<string, string>>, more: TestFunction = {}): FunctionVersion =>
      deploy("python3.13", { "own-ext": PYTHON_EXTENSION }, { Variables, ...more });
    /** Lines of the log stream that has this one. */
    const streamWith = (text: string): readonly string[] =>
      [...host.logs.streams.values()].find((lines) => lines.some((line) => line.includes(text))) ?? [];
    const logged = (text: string, part: string): Promise<void> =>
      vi.waitFor(() => expect(streamWith(text).join("\n")).toContain(part), 10_000);
    /** Stops the idle environments of a function. */
    const retire = (version: FunctionVersion): void => host.pools.retain(version, version.FunctionName, new Set());

    test("an extension registers before the runtime starts, and gets each event and the shutdown", async () => {
      const version = python({});
      const [one, two] = [`${driver}-1`, `${driver}-2`];
      const first = await host.call(version, {}, { requestId: one });
      expect(first.outcome.kind, host.logs.text).toBe("success");
      const second = await host.call(version, {}, { requestId: two });
      expect(second.body).toBe(first.body);
      retire(version);
      await logged(one, "ends with time left");
      expect(streamWith(one).map((line) => line.replace(/ms|\d+\.\d+/g, "").slice(0, 60))).toEqual([
        expect.stringContaining("INIT_START"),
        expect.stringContaining('registered {"functionName": "'),
        "init of the function",
        "EXTENSION\tName: own-ext\tState: Ready\tEvents: [INVOKE, SHUTDOWN]".slice(0, 60),
        `START RequestId: ${one} Version: $LATEST`,
        expect.stringMatching(/^(runs|heard)/),
        expect.stringMatching(/^(runs|heard)/),
        `END RequestId: ${one}`,
        expect.stringContaining("REPORT"),
        `START RequestId: ${two} Version: $LATEST`,
        expect.stringMatching(/^(runs|heard)/),
        expect.stringMatching(/^(runs|heard)/),
        `END RequestId: ${two}`,
        expect.stringContaining("REPORT"),
        "function got SIGTERM",
        "heard SHUTDOWN spindown",
        "ends with time left: True",
      ]);
      expect(streamWith(one)[1]).toContain('"handler": "app.handler", "accountId": "000000000000"} False');
    });

    test("extensions in Node and in shell, beside functions in Node, in Ruby and with a runtime of their own", async () => {
      const node = nodeExtension(driver === "process" ? process.execPath : "/var/lang/bin/node");
      for (const [runtime, extensions, heard] of [
        ["nodejs24.x", { "node-ext": node }, "node heard INVOKE"],
        ...(hasRuby ? ([["ruby3.3", { "ruby-ext": RUBY_EXTENSION }, "ruby heard INVOKE"]] as const) : []),
        ["provided.al2023", { "shell-ext": SHELL_EXTENSION }, 'shell heard "eventType":"INVOKE"'],
      ] as const) {
        const version = deploy(runtime, extensions);
        const requestId = `${driver}-${runtime}`;
        const { body, outcome } = await host.call(version, {}, { requestId });
        expect(outcome.kind, host.logs.text).toBe("success");
        expect((await host.call(version)).body).toBe(body);
        await logged(requestId, heard);
        retire(version);
        await logged(requestId, heard.replace("INVOKE", "SHUTDOWN"));
      }
    });

    test("the caller has its answer before a slow extension has finished, which is billed and keeps the environment busy", async () => {
      const version = python({ DO: "slow" });
      await host.call(version);
      const report = await host.call(version);
      expect(report.durationMs).toBeLessThan(280);
      const figures = await report.afterwards;
      expect(figures?.durationMs).toBeGreaterThanOrEqual(300);
      expect(figures?.billedMs).toBe(Math.ceil(figures?.durationMs ?? 0));
      expect(figures?.postRuntimeExtensionsMs).toBeGreaterThan(250);
    });

    test("an extension that ends, before it has registered or during an invocation, has crashed; the next event finds a fresh environment", async () => {
      const atStart = await host.call(python({ DO: "exitAtStart" }), {}, { requestId: `${driver}-start` });
      expect(atStart.body).toEqual({
        errorType: "Extension.Crash",
        errorMessage: `RequestId: ${driver}-start Error: exit status 3`,
      });
      const version = python({ DO: "crash" });
      const crashed = await host.invoke(version, "sleep", { requestId: `${driver}-crash` });
      expect(JSON.parse(Buffer.from(crashed.outcome.payload).toString())).toEqual({
        errorType: "Extension.Crash",
        errorMessage: `RequestId: ${driver}-crash Error: exit status 5`,
      });
      expect(streamWith(`${driver}-crash`).at(-1)).toMatch(/Status: error\tError Type: Extension.Crash$/);
      const again = await host.invoke(version, "sleep", { requestId: `${driver}-again` });
      expect(again.initDurationMs).toBeGreaterThan(0);
    });

    test("an extension that reports an error of its init, or cannot be started, fails the init", async () => {
      const reported = await host.call(python({ DO: "initError" }), {}, { requestId: `${driver}-ie` });
      expect(reported.body).toEqual({
        errorType: "Extension.InitError",
        errorMessage: `RequestId: ${driver}-ie Error: exit code 0`,
      });
      await logged(
        `${driver}-ie`,
        "EXTENSION\tName: own-ext\tState: InitError\tEvents: [INVOKE, SHUTDOWN]\tError Type: Own.Problem",
      );
      const broken = await host.call(deploy("python3.13", { broken: "no program" }), {}, { requestId: `${driver}-le` });
      expect(broken.body).toEqual({
        errorType: "Extension.LaunchError",
        errorMessage: `RequestId: ${driver}-le Error: fork/exec /opt/extensions/broken: exec format error`,
      });
    });

    test("eleven extensions are too many", async () => {
      const many = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`ext-${n}`, SHELL_EXTENSION]));
      const { outcome } = await host.call(deploy("python3.13", many));
      expect(outcome).toMatchObject({ kind: "functionError", errorType: "Extension.TooManyExtensions" });
    });

    test("an extension that never asks for an event, or never finishes with one, is ended by the timeout", async () => {
      const hanging = python({ DO: "hang" }, { Timeout: 1 });
      const { outcome, afterwards } = await host.call(hanging, {}, { requestId: `${driver}-hang` });
      expect(outcome.kind).toBe("success");
      expect((await afterwards)?.durationMs).toBe(1000);
      await logged(`${driver}-hang`, "Task timed out after 1.00 seconds");
    });

    test("a runtime that ends or exceeds its timeout is followed by SHUTDOWN with the reason", async () => {
      const version = python({}, { Timeout: 1 });
      const ended = await host.call(version, "exit", { requestId: `${driver}-exit` });
      expect(ended.body).toMatchObject({ errorMessage: expect.stringContaining("exit status 9") });
      await logged(`${driver}-exit`, "heard SHUTDOWN failure");
      expect((await host.invoke(version, "sleep", { requestId: `${driver}-late` })).outcome.kind).toBe("timedOut");
      await logged(`${driver}-late`, "heard SHUTDOWN timeout");
    });

    // It is waited for 500 ms: a busy machine may need another attempt.
    test(
      "telemetry about a timeout arrives before SHUTDOWN, though its batch was not due yet",
      { retry: 3 },
      async () => {
        const LISTEN_ON = driver === "process" ? "127.0.0.1" : "sandbox.localdomain";
        const version = python({ DO: "lateTelemetry", TELEMETRY: "HTTP", LISTEN_ON }, { Timeout: 1 });
        const requestId = crypto.randomUUID();
        expect((await host.invoke(version, "sleep", { requestId })).outcome.kind).toBe("timedOut");
        await logged(requestId, "heard SHUTDOWN timeout");
        const lines = streamWith(requestId);
        const [reported, told] = [`got platform.report "${requestId}"`, "heard SHUTDOWN timeout"];
        expect(lines.filter((line) => line === reported || line === told)).toEqual([reported, told]);
      },
    );

    test("an extension that takes its time at the end is killed after two seconds", async () => {
      const version = python({ DO: "slowEnd" });
      await host.call(version, {}, { requestId: `${driver}-end` });
      const before = (await host.driver.list()).length;
      const began = performance.now();
      retire(version);
      await logged(`${driver}-end`, "heard SHUTDOWN");
      await vi.waitFor(async () => expect(await host.driver.list()).toHaveLength(before - 1), 10_000);
      expect(performance.now() - began).toBeLessThan(8_000);
      expect(streamWith(`${driver}-end`).join("\n")).not.toContain("ends with time left");
    });

    test.each(["HTTP", "TCP"])("telemetry comes by %s while the invocation still runs", async (TELEMETRY) => {
      const LISTEN_ON = driver === "process" ? "127.0.0.1" : "sandbox.localdomain";
      const version = python({ TELEMETRY, LISTEN_ON });
      const requestId = `${driver}-${TELEMETRY}`;
      const { outcome, afterwards } = await host.call(version, {}, { requestId });
      expect(outcome.kind, host.logs.text).toBe("success");
      await afterwards;
      await logged(requestId, `got platform.report "${requestId}"`);
      const lines = streamWith(requestId);
      for (const line of [
        "subscribed 200 OK",
        "TELEMETRY\tName: own-ext\tState: Subscribed\tTypes: [Platform, Function]",
        "got platform.initStart null",
        "got function init of the function",
        "got platform.initReport null",
        `got platform.start "${requestId}"`,
        "got function runs",
        `got platform.runtimeDone "${requestId}"`,
      ])
        expect(lines).toContain(line);
      expect(lines.indexOf(`got platform.runtimeDone "${requestId}"`)).toBeLessThan(
        lines.indexOf(`END RequestId: ${requestId}`),
      );
    });

    test.each([
      ["HTTP", "hangingListener"],
      ["TCP", "neverReads"],
    ])("a listener by %s that hangs holds nothing up", async (TELEMETRY, DO) => {
      const LISTEN_ON = driver === "process" ? "127.0.0.1" : "sandbox.localdomain";
      const version = python({ TELEMETRY, LISTEN_ON, DO });
      await host.call(version);
      expect((await host.call(version, "flood")).outcome.kind).toBe("success");
      expect((await host.call(version)).outcome.kind).toBe("success");
    });

    test("an extension that floods its log and Hearth with requests does so in its own environment", async () => {
      const flooding = python({ DO: "flood" }, { Timeout: 60 });
      const { outcome, afterwards } = await host.call(flooding, {}, { requestId: `${driver}-flood` });
      expect(outcome.kind).toBe("success");
      expect((await host.call(python({}))).outcome.kind).toBe("success");
      await afterwards;
      // A line that is not whole yet when an invocation ends is logged in two pieces.
      const written = (): number => {
        const pieces = streamWith(`${driver}-flood`).filter((line) => /^y+$/.test(line));
        return pieces.reduce((sum, piece) => sum + piece.length, 0);
      };
      await vi.waitFor(() => expect(written()).toBe(20_000 * 200), 60_000);
      expect(host.logs.text).not.toContain("more-");
    });

    test("an extension that ends while it waits for an event takes its environment with it", async () => {
      const version = python({ DO: "crashInNext" });
      const before = (await host.driver.list()).length;
      expect((await host.call(version)).outcome.kind).toBe("success");
      await vi.waitFor(async () => expect(await host.driver.list()).toHaveLength(before), 30_000);
      expect(await host.call(version)).toMatchObject({
        outcome: { kind: "success" },
        initDurationMs: expect.any(Number),
      });
    });

    if (driver === "docker") return;
    // The limit of the init is 10 s: one driver is enough.
    test("an extension that never asks for its first event fails the init", async () => {
      const { outcome } = await host.call(python({ DO: "neverNext" }, { Timeout: 1 }), {}, { requestId: "never-next" });
      expect(outcome).toMatchObject({ kind: "timedOut", afterMs: 1_000 });
      await logged("never-next", "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout");
    });
  });
});
