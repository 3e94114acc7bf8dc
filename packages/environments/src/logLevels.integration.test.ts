import { afterAll, beforeAll, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";
import type { TestFunction } from "./testing/testVersion.ts";

// LoggingConfig at work: what a function of each kind of runtime finds in its log.

let host: RealPools;
beforeAll(async () => {
  host = await RealPools.start();
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

/** What the log of one invocation holds, platform lines left out unless they are JSON of the type asked for. */
async function logOf(
  files: Readonly<Record<string, string>>,
  wanted: TestFunction & { readonly FunctionName: string },
): Promise<readonly string[]> {
  const before = host.logs.lines.length;
  await host.call(host.deploy(files, wanted));
  await new Promise((resolve) => setTimeout(resolve, 50));
  return host.logs.lines.slice(before);
}

const records = (lines: readonly string[]): readonly Record<string, unknown>[] =>
  lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Record<string, unknown>);
const ofFunction = (lines: readonly string[]): readonly Record<string, unknown>[] =>
  records(lines).filter(({ type }) => type === undefined);
const types = (lines: readonly string[]): readonly unknown[] =>
  records(lines).flatMap(({ type }) => (type === undefined ? [] : [type]));

const NODE = {
  "index.mjs": `export const handler = async () => {
  console.trace("t"); console.debug("d"); console.log("i %d", 1); console.warn({ w: 1 });
  class Odd extends TypeError { code = "E1"; }
  console.error(new Odd("single"));
  console.error("several", new Odd("args"));
  process.stdout.write("plain\\n");
};`,
};

test("Node: console output is JSON of the configured level, and errors keep all their members", async () => {
  const lines = await logOf(NODE, { FunctionName: "n1", LogFormat: "JSON", ApplicationLogLevel: "INFO" });
  const error = { errorType: "Odd", errorMessage: "single", code: "E1" };
  expect(ofFunction(lines)).toMatchObject([
    { level: "INFO", message: "i 1" },
    { level: "WARN", message: { w: 1 } },
    { level: "ERROR", message: error },
    { level: "ERROR", errorType: "Odd", errorMessage: "args" },
  ]);
  const [first, , single] = ofFunction(lines);
  expect(Object.keys(first ?? {})).toEqual(["timestamp", "level", "requestId", "message"]);
  expect(single).toMatchObject({ message: { stackTrace: expect.arrayContaining(["TypeError: single"]) as unknown } });
  expect(lines).toContain("plain");
});

test("Node: at ERROR everything below is left out, including output that bypasses console and the platform's INFO lines", async () => {
  const lines = await logOf(NODE, {
    FunctionName: "n2",
    LogFormat: "JSON",
    ApplicationLogLevel: "ERROR",
    SystemLogLevel: "WARN",
  });
  expect(ofFunction(lines).map(({ level }) => level)).toEqual(["ERROR", "ERROR"]);
  expect(lines).toHaveLength(2);
});

test("Node: a failure of the function is one record", async () => {
  const lines = await logOf(
    { "index.mjs": `export const handler = async () => { throw new RangeError("far"); };` },
    { FunctionName: "n3", LogFormat: "JSON", ApplicationLogLevel: "INFO" },
  );
  expect(ofFunction(lines)).toMatchObject([
    { level: "ERROR", message: { errorType: "RangeError", errorMessage: "far" } },
  ]);
  expect(types(lines)).toEqual(["platform.initStart", "platform.start", "platform.runtimeDone", "platform.report"]);
});

const PYTHON = {
  "app.py": `
import logging
log = logging.getLogger()
def handler(event, context):
    log.debug("d"); log.info("i %d", 1, extra={"order": {"id": 7}}); log.warning("w")
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("caught")
    log.log(35, "between")
    print("plain")
`,
};
const python = { Runtime: "python3.13", Handler: "app.handler" } as const;

test("Python: logging is JSON of the configured level, with extra members, exceptions and their source location", async () => {
  const lines = await logOf(PYTHON, { ...python, FunctionName: "p1", LogFormat: "JSON", ApplicationLogLevel: "INFO" });
  expect(ofFunction(lines)).toMatchObject([
    { level: "INFO", message: "i 1", logger: "root", order: { id: 7 } },
    { level: "WARNING", message: "w" },
    { level: "ERROR", message: "caught", errorType: "ZeroDivisionError", errorMessage: "division by zero" },
    { level: "WARNING", message: "between" },
  ]);
  const caught = ofFunction(lines)[2];
  // AWS's runtime client for Python leaves the milliseconds out.
  expect(caught?.["timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(caught?.["location"]).toMatch(/app\.py:handler:9$/);
  expect(caught?.["stackTrace"]).toEqual([expect.stringContaining("1 / 0")]);
  expect(lines).toContain("plain");
});

test("Python: at FATAL records, print output and uncaught errors, which are ERROR, are left out", async () => {
  const code = {
    "app.py": `import logging\ndef handler(e, c):\n    logging.error("no"); logging.critical("yes"); print("no")\n    raise KeyError("k")\n`,
  };
  const at = (FunctionName: string, ApplicationLogLevel: string): Promise<readonly string[]> =>
    logOf(code, { ...python, FunctionName, LogFormat: "JSON", ApplicationLogLevel, SystemLogLevel: "WARN" });
  expect(ofFunction(await at("p2", "FATAL"))).toMatchObject([{ level: "CRITICAL", message: "yes" }]);
  const lines = await at("p3", "ERROR");
  expect(ofFunction(lines)).toMatchObject([
    { level: "ERROR", message: "no" },
    { level: "CRITICAL", message: "yes" },
    {
      level: "ERROR",
      errorType: "KeyError",
      errorMessage: "'k'",
      stackTrace: [expect.stringContaining("raise KeyError")],
    },
  ]);
  expect(lines).not.toContain("no");
});

test("a custom runtime gets format and level as variables, and its JSON lines are filtered by their level", async () => {
  const record = (level: string): string => `{"timestamp":"2026-01-02T03:04:05Z","level":"${level}","message":"m"}`;
  const bootstrap = `#!/usr/bin/env python3
import http.client, os
print('${record("debug")}', '${record("warn")}', sep="\\n")
print("said", os.environ["AWS_LAMBDA_LOG_FORMAT"], os.environ["AWS_LAMBDA_LOG_LEVEL"], flush=True)
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
PATH = "/2018-06-01/runtime/invocation/"
while True:
    api.request("GET", PATH + "next")
    answer = api.getresponse()
    answer.read()
    api.request("POST", PATH + answer.headers["Lambda-Runtime-Aws-Request-Id"] + "/response", "{}")
    api.getresponse().read()
`;
  const files = { bootstrap };
  const custom = { Runtime: "provided.al2023", LogFormat: "JSON" } as const;
  const info = await logOf(files, { ...custom, FunctionName: "c1", ApplicationLogLevel: "INFO" });
  expect(info).toContain(record("warn"));
  expect(info).toContain("said JSON INFO");
  expect(info).not.toContain(record("debug"));
  const warn = await logOf(files, { ...custom, FunctionName: "c2", ApplicationLogLevel: "WARN" });
  expect(ofFunction(warn).map(({ level }) => level)).toEqual(["warn"]);
  expect(warn).not.toContain("said JSON WARN");
});

test("at DEBUG the platform also logs when the init and the runtime were done; text logs have neither", async () => {
  const files = { "index.mjs": "export const handler = async () => 1;" };
  const debug = await logOf(files, { FunctionName: "d1", LogFormat: "JSON", SystemLogLevel: "DEBUG" });
  expect(types(debug)).toEqual([
    "platform.initStart",
    "platform.initRuntimeDone",
    "platform.initReport",
    "platform.start",
    "platform.runtimeDone",
    "platform.report",
  ]);
  const text = await logOf(files, { FunctionName: "d2" });
  expect(text.map((line) => line.split(" ")[0])).toEqual(["INIT_START", "START", "END", "REPORT"]);
});
