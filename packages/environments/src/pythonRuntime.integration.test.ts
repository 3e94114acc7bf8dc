import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";

let host: RealPools;
beforeAll(async () => {
  host = await RealPools.start();
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const PYTHON = { Runtime: "python3.13", Handler: "app.handler" };
const deploy = (code: string, wanted: object = {}) => host.deploy({ "app.py": code }, { ...PYTHON, ...wanted });

describe("handlers of Python functions", () => {
  const styles: Record<string, [Record<string, string>, string]> = {
    "a module's function": [{ "app.py": "def handler(event, context): return {'got': event['n']}" }, "app.handler"],
    "a package's function": [
      { "pkg/__init__.py": "", "pkg/mod.py": "def run(event, context): return {'got': event['n']}" },
      "pkg.mod.run",
    ],
    "a file in a folder": [
      { "src/lambda_fn/app.py": "def run(event, context): return {'got': event['n']}" },
      "src/lambda_fn/app.run",
    ],
  };
  for (const [name, [files, Handler]] of Object.entries(styles)) {
    test(`${name} answers`, async () => {
      expect((await host.call(host.deploy(files, { ...PYTHON, Handler }), { n: 7 })).body).toEqual({ got: 7 });
    });
  }

  test("the context has AWS's members", async () => {
    const code = `
import os
def handler(event, context):
    names = ["aws_request_id", "function_name", "function_version", "invoked_function_arn", "memory_limit_in_mb", "log_group_name", "log_stream_name"]
    return {**{name: getattr(context, name) for name in names}, "remaining": context.get_remaining_time_in_millis(),
            "custom": context.client_context.custom, "identity": context.identity.cognito_identity_id, "trace": os.environ["_X_AMZN_TRACE_ID"]}
`;
    const version = deploy(code, { MemorySize: 256, Timeout: 5, FunctionName: "pyctx" });
    const clientContext = Buffer.from(JSON.stringify({ custom: { a: "ü" } })).toString("base64");
    const { body } = await host.call(version, {}, { requestId: "8f1b2c3d-0000-4000-8000-000000000001", clientContext });
    expect(body).toMatchObject({
      aws_request_id: "8f1b2c3d-0000-4000-8000-000000000001",
      function_name: "pyctx",
      function_version: "$LATEST",
      invoked_function_arn: "arn:aws:lambda:us-east-1:000000000000:function:pyctx",
      memory_limit_in_mb: "256",
      log_group_name: "/aws/lambda/pyctx",
      log_stream_name: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      custom: { a: "ü" },
      identity: null,
      trace: expect.stringMatching(/^Root=1-/),
    });
    const { remaining } = body as { remaining: number };
    expect(remaining).toBeGreaterThan(4000);
    expect(remaining).toBeLessThanOrEqual(5000);
  });

  test("environment, folder, time zone and module path are the function's", async () => {
    const code = `
import os, sys, time
def handler(event, context):
    return {"env": dict(os.environ), "cwd": os.getcwd(), "zone": time.timezone, "path": sys.path}
`;
    const { body } = await host.call(deploy(code, { Variables: { GREETING: "hi", TZ: "Asia/Tokyo" } }));
    const { env, cwd, zone, path } = body as { env: Record<string, string>; cwd: string; zone: number; path: string[] };
    expect(env).toMatchObject({ GREETING: "hi", AWS_EXECUTION_ENV: "AWS_Lambda_python3.13", LAMBDA_TASK_ROOT: cwd });
    expect(Object.keys(env).filter((name) => /^HEARTH|CREDENTIAL|SECRET|SESSION_TOKEN|ACCESS_KEY/.test(name))).toEqual(
      [],
    );
    expect(zone).toBe(-32_400);
    expect(path[0]).toBe(cwd);
    const layers = path.filter((folder) => folder.includes("/opt/python"));
    expect(path.slice(1, 1 + layers.length)).toEqual(layers);
    expect(layers[0]).toMatch(/\/opt\/python\/lib\/python3\.\d+\/site-packages$/);
    expect(layers.at(-1)).toMatch(/\/opt\/python$/);
    expect(path.filter((folder) => folder.includes("runtimes"))).toEqual([]);
  });

  test("layers are found, and the function's own modules take precedence", async () => {
    const layer = host.unpack({ "python/fromlayer.py": "X = 'layer'", "python/both.py": "X = 'layer'" });
    const version = host.deploy(
      { "app.py": "import fromlayer, both\ndef handler(e, c): return [fromlayer.X, both.X]", "both.py": "X = 'own'" },
      PYTHON,
    );
    expect((await host.call({ ...version, layerDigests: [layer] })).body).toEqual(["layer", "own"]);
  });

  test("a variable that only takes effect at process start is set at process start", async () => {
    const code =
      "import sys, os\ndef handler(e, c): return [sys.flags.optimize, [n for n in os.environ if n.startswith('HEARTH')]]";
    expect((await host.call(deploy(code, { Variables: { PYTHONOPTIMIZE: "2" } }))).body).toEqual([2, []]);
  });

  test("a Decimal is returned as a number, and non-ASCII text unescaped", async () => {
    const code = "from decimal import Decimal\ndef handler(e, c): return {'d': Decimal('1.5'), 't': e['t']}";
    expect((await host.call(deploy(code), { t: "žluťoučký 🐎" })).body).toEqual({ d: 1.5, t: "žluťoučký 🐎" });
  });

  test("a payload of several megabytes is received and returned", async () => {
    const text = "x".repeat(5_900_000);
    const { body } = await host.call(deploy("def handler(e, c): return e"), { text });
    expect((body as { text: string }).text.length).toBe(text.length);
  });
});

describe("failures of Python functions", () => {
  test("an exception is the payload with its stack, is logged as AWS does, and the environment stays", async () => {
    const code = `
n = 0
def helper():
    raise ValueError("boom")
def handler(event, context):
    global n
    n += 1
    if n == 1:
        helper()
    return n
`;
    const version = deploy(code);
    const { outcome, body } = await host.call(version, {}, { requestId: "pe1" });
    expect(outcome).toMatchObject({ kind: "functionError", errorType: "ValueError" });
    expect(body).toMatchObject({ errorMessage: "boom", errorType: "ValueError", requestId: "pe1" });
    const { stackTrace } = body as { stackTrace: string[] };
    expect(stackTrace).toHaveLength(2);
    expect(stackTrace[0]).toMatch(/^ {2}File ".*\/app\.py", line 9, in handler\n {4}helper\(\)\n/);
    expect(stackTrace[1]).toMatch(/line 4, in helper\n {4}raise ValueError\("boom"\)\n$/);
    const line = host.logs.lines.find((l) => l.startsWith("[ERROR] ValueError: boom"));
    expect(line).toMatch(/^\[ERROR\] ValueError: boom\nTraceback \(most recent call last\):\n\u00a0{2}File /);
    expect((await host.call(version)).body).toBe(2);
  });

  test("a module that fails when it is imported shows the frames of the import as on AWS, and none of the runtime", async () => {
    const { body } = await host.call(deploy("raise KeyError('early')"));
    const { stackTrace } = body as { stackTrace: string[] };
    expect(stackTrace[0]).toMatch(
      /^ {2}File "\/var\/lang\/lib\/python3\.\d+\/importlib\/__init__\.py", line \d+, in import_module\n/,
    );
    expect(stackTrace.at(-1)).toMatch(/app\.py", line 1, in <module>/);
    expect(JSON.stringify([stackTrace, host.logs.lines])).not.toMatch(/bootstrap\.py|hearth_\w+\.py/);
  });

  const initErrors: Record<string, [string, string, object]> = {
    "a missing import": [
      "import nothere\ndef handler(e, c): pass",
      "app.handler",
      {
        errorType: "Runtime.ImportModuleError",
        errorMessage: "Unable to import module 'app': No module named 'nothere'",
      },
    ],
    "a missing module": [
      "",
      "other.handler",
      {
        errorType: "Runtime.ImportModuleError",
        errorMessage: "Unable to import module 'other': No module named 'other'",
      },
    ],
    "a missing function": [
      "x = 1",
      "app.handler",
      { errorType: "Runtime.HandlerNotFound", errorMessage: "Handler 'handler' missing on module 'app'" },
    ],
    "a syntax error": [
      "def handler(e, c)\n  return 1",
      "app.handler",
      {
        errorType: "Runtime.UserCodeSyntaxError",
        errorMessage: expect.stringMatching(/^Syntax error in module 'app': .*app\.py, line 1\)$/),
      },
    ],
    "a malformed handler": [
      "",
      "handler",
      {
        errorType: "Runtime.MalformedHandlerName",
        errorMessage: "Bad handler 'handler': not enough values to unpack (expected 2, got 1)",
      },
    ],
    "an exception while importing": [
      "raise KeyError('early')",
      "app.handler",
      { errorType: "KeyError", errorMessage: "'early'" },
    ],
  };
  for (const [name, [code, Handler, expected]] of Object.entries(initErrors)) {
    test(`${name} fails the invocation as an init error`, async () => {
      const { outcome, body } = await host.call(deploy(code, { Handler }));
      expect(outcome.kind).toBe("functionError");
      expect(body).toMatchObject(expected);
      expect(body).toMatchObject({ requestId: "", stackTrace: expect.any(Array) });
    });
  }

  test("a response that is not JSON is a marshal error", async () => {
    const { body } = await host.call(deploy("import datetime\ndef handler(e, c): return datetime.datetime.now()"));
    expect(body).toMatchObject({
      errorType: "Runtime.MarshalError",
      errorMessage: "Unable to marshal response: Object of type datetime is not JSON serializable",
    });
  });

  test("sys.exit is reported in AWS's words, after the printed output", async () => {
    const code = "import sys\ndef handler(e, c):\n    print('last words', end='')\n    sys.exit(e['status'])";
    const version = deploy(code);
    expect((await host.call(version, { status: 4 }, { requestId: "px4" })).body).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: "RequestId: px4 Error: Runtime exited with error: exit status 4",
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { lines } = host.logs;
    const at = lines.indexOf("START RequestId: px4 Version: $LATEST");
    expect(lines.slice(at + 1, at + 4)).toEqual([
      "last words",
      "RequestId: px4 Error: Runtime exited with error: exit status 4\nRuntime.ExitError",
      "END RequestId: px4",
    ]);
  });
});

describe("logs of Python functions", () => {
  test("output of print and logging belongs to its invocation; a record of several lines is one event", async () => {
    const code = `
import logging, sys
logger = logging.getLogger()
logger.setLevel(logging.INFO)
def handler(event, context):
    print("printed")
    logger.info("one\\ntwo")
    logging.getLogger("other").warning("careful %s", 5)
    sys.stderr.write("err\\n")
    sys.stdout.write("unfinished")
`;
    await host.call(deploy(code), {}, { requestId: "pl1" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { lines } = host.logs;
    const at = lines.indexOf("START RequestId: pl1 Version: $LATEST");
    expect(lines[at + 1]).toBe("printed");
    expect(lines[at + 2]).toMatch(/^\[INFO\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z\tpl1\tone\ntwo$/);
    expect(lines[at + 3]).toMatch(/^\[WARNING\]\t.*\tpl1\tcareful 5$/);
    expect(lines[at + 4]).toBe("err");
    expect(lines[at + 5]).toBe("unfinished");
    expect(lines[at + 6]).toBe("END RequestId: pl1");
    expect(lines[at + 7]).toMatch(
      /^REPORT RequestId: pl1\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t$/,
    );
  });

  test("in JSON format records and platform lines are JSON", async () => {
    const code = "import logging\ndef handler(e, c): logging.getLogger().error('bad %d', 1)";
    await host.call(deploy(code, { LogFormat: "JSON", FunctionName: "pyjson" }), {}, { requestId: "pj1" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const lines = host.logs.lines.filter((l) => l.includes("pj1")).map((l) => JSON.parse(l) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { type: "platform.start", record: { requestId: "pj1", version: "$LATEST" } },
      { level: "ERROR", message: "bad 1", logger: "root", requestId: "pj1" },
      { type: "platform.report", record: { requestId: "pj1", status: "success", metrics: { memorySizeMB: 128 } } },
    ]);
  });
});

describe("SnapStart's hooks of Python functions", () => {
  const HOOKS = `
import os, sys
from snapshot_restore_py import register_after_restore, register_before_snapshot
called = [os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]]
def call(hook, times=1):
    called.append(hook * times)
    if hook == os.environ.get("FAIL"):
        sys.exit(3) if "exits" in hook else missing
register_before_snapshot(call, "before a")
@register_before_snapshot
def second():
    call("before b")
register_after_restore(call, "after a", times=1)
register_after_restore(call, "after exits")
def handler(event, context):
    return called
`;
  const wanted = { Version: "1", SnapStart: "PublishedVersions" };

  test("are called once in each environment, in AWS's order", async () => {
    const version = deploy(HOOKS, wanted);
    const called = ["snap-start", "before b", "before a", "after a", "after exits"];
    expect((await host.call(version)).body).toEqual(called);
    expect((await host.call(version)).body).toEqual(called);
    expect((await host.call(deploy(HOOKS))).body).toEqual(["on-demand"]);
    expect((await host.call(deploy("def handler(event, context): return 1", wanted))).body).toBe(1);
  });

  test("may be registered with the library that the function brings", async () => {
    const own = `
hooks = []
def register_after_restore(func): hooks.append((func, (), {}))
def get_after_restore(): return hooks
def get_before_snapshot(): return []
`;
    const code = `
import snapshot_restore_py
called = []
snapshot_restore_py.register_after_restore(lambda: called.append("own"))
def handler(event, context): return called
`;
    const files = { "app.py": code, "snapshot_restore_py.py": own };
    expect((await host.call(host.deploy(files, { ...PYTHON, ...wanted } as object))).body).toEqual(["own"]);
  });

  const failing = [
    ["before a", "Runtime.BeforeSnapshotError", "NameError"],
    ["after a", "Runtime.AfterRestoreError", "NameError"],
    ["after exits", "Runtime.AfterRestoreError", "SystemExit"],
  ] as const;
  test.each(failing)("that fail have AWS's types of errors: %s", async (FAIL, type, errorType) => {
    const { outcome, body } = await host.call(deploy(HOOKS, { ...wanted, Variables: { FAIL } }));
    expect(outcome).toMatchObject({ kind: "functionError", errorType: type });
    expect(body).toMatchObject({ errorType, stackTrace: expect.arrayContaining([expect.stringContaining("app.py")]) });
    expect(host.logs.text).toContain(`[ERROR] ${errorType}: `);
  });
});
