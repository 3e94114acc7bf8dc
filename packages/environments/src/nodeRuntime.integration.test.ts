import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";

let host: RealPools;
/** AWS's older runtime for Node.js; what differs since nodejs24.x is in modernNode.integration.test.ts. */
const deploy: RealPools["deploy"] = (files, wanted) => host.deploy(files, { Runtime: "nodejs22.x", ...wanted });
beforeAll(async () => {
  host = await RealPools.start();
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const index = (code: string) => ({ "index.js": code });

describe("handlers of Node functions", () => {
  const styles: Record<string, [Record<string, string>, string]> = {
    "an async CommonJS handler": [index("exports.handler = async (event) => ({ got: event.n });"), "index.handler"],
    "an ES module .mjs": [
      { "index.mjs": "export const handler = async (event) => ({ got: event.n });" },
      "index.handler",
    ],
    "an ES module by package.json": [
      {
        "package.json": '{"type":"module"}',
        "index.js": "import 'node:fs'; export const handler = async (e) => ({ got: e.n });",
      },
      "index.handler",
    ],
    "top-level await": [
      { "index.mjs": "const n = await Promise.resolve(1); export const handler = async (e) => ({ got: e.n, n });" },
      "index.handler",
    ],
    "a .cjs file beside type module": [
      { "package.json": '{"type":"module"}', "app.cjs": "exports.run = async (e) => ({ got: e.n });" },
      "app.run",
    ],
    "a handler in a folder": [
      { "src/lambda/app.js": "exports.run = async (e) => ({ got: e.n });" },
      "src/lambda/app.run",
    ],
    "a folder with an index": [{ "app/index.js": "exports.run = async (e) => ({ got: e.n });" }, "app.run"],
    "a nested export": [index("exports.api = { v1: { run: async (e) => ({ got: e.n }) } };"), "index.api.v1.run"],
    "a handler that returns a promise": [
      index("exports.handler = (e) => Promise.resolve({ got: e.n });"),
      "index.handler",
    ],
    "a callback": [
      index("exports.handler = (e, c, callback) => setTimeout(() => callback(null, { got: e.n }), 5);"),
      "index.handler",
    ],
    "context.succeed": [index("exports.handler = (e, c) => { c.succeed({ got: e.n }); };"), "index.handler"],
    "context.done": [index("exports.handler = (e, c) => { c.done(null, { got: e.n }); };"), "index.handler"],
  };
  for (const [name, [files, Handler]] of Object.entries(styles)) {
    test(`${name} answers`, async () => {
      const { outcome, body } = await host.call(deploy(files, { Handler }), { n: 7 });
      expect(outcome.kind).toBe("success");
      expect(body).toMatchObject({ got: 7 });
    });
  }

  test("a callback's result is sent when the event loop is empty, or at once when the function asks for that", async () => {
    const code = `exports.handler = (e, context, callback) => {
      context.callbackWaitsForEmptyEventLoop = e.wait;
      setTimeout(() => {}, 400);
      callback(null, "done");
    };`;
    const version = deploy(index(code));
    expect((await host.call(version, { wait: true })).durationMs).toBeGreaterThan(350);
    expect((await host.call(version, { wait: false })).durationMs).toBeLessThan(300);
  });

  test("a handler that returns no promise and never calls back responds with null", async () => {
    expect((await host.call(deploy(index("exports.handler = () => 5;")))).body).toBeNull();
  });

  test("the context has AWS's members", async () => {
    const code = `exports.handler = async (event, context) => ({
      ...context, remaining: context.getRemainingTimeInMillis(), trace: process.env._X_AMZN_TRACE_ID });`;
    const version = deploy(index(code), { MemorySize: 256, Timeout: 5, FunctionName: "ctx" });
    const clientContext = Buffer.from(JSON.stringify({ custom: { a: "ü" } })).toString("base64");
    const { body } = await host.call(version, {}, { requestId: "8f1b2c3d-0000-4000-8000-000000000001", clientContext });
    expect(body).toMatchObject({
      functionName: "ctx",
      functionVersion: "$LATEST",
      memoryLimitInMB: "256",
      awsRequestId: "8f1b2c3d-0000-4000-8000-000000000001",
      logGroupName: "/aws/lambda/ctx",
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:ctx",
      callbackWaitsForEmptyEventLoop: true,
      clientContext: { custom: { a: "ü" } },
      trace: expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/),
    });
    const { remaining } = body as { remaining: number };
    expect(remaining).toBeGreaterThan(4000);
    expect(remaining).toBeLessThanOrEqual(5000);
  });

  test("the process has the function's environment variables and none of Hearth's own", async () => {
    const code = `exports.handler = async () => ({ env: process.env, cwd: process.cwd(), offset: new Date(2026, 6, 1).getTimezoneOffset(), argv: process.execArgv });`;
    const version = deploy(index(code), {
      Variables: { GREETING: "hi", TZ: "Asia/Tokyo", AWS_SESSION_TOKEN: "x" },
    });
    const { body } = await host.call(version);
    const { env, cwd, offset } = body as { env: Record<string, string>; cwd: string; offset: number };
    expect(env).toMatchObject({
      GREETING: "hi",
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      _HANDLER: "index.handler",
      LAMBDA_TASK_ROOT: cwd,
    });
    expect(Object.keys(env).filter((name) => /^HEARTH|CREDENTIAL|SECRET|SESSION_TOKEN|ACCESS_KEY/.test(name))).toEqual(
      [],
    );
    expect(offset).toBe(-540);
  });

  test("UTC is the time zone unless the function sets another", async () => {
    const version = deploy(
      index("exports.handler = async () => [new Date(2026, 6, 1).getTimezoneOffset(), process.env.TZ];"),
    );
    expect((await host.call(version)).body).toEqual([0, ":UTC"]);
  });

  test("a variable that only takes effect at process start is set at process start", async () => {
    const code =
      "exports.handler = async () => ({ stack: Error.stackTraceLimit, options: process.env.NODE_OPTIONS, hearth: Object.keys(process.env).filter((n) => n.startsWith('HEARTH')) });";
    const version = deploy(index(code), { Variables: { NODE_OPTIONS: "--stack-trace-limit=77" } });
    expect((await host.call(version)).body).toEqual({ stack: 77, options: "--stack-trace-limit=77", hearth: [] });
  });

  test("a wrapper starts the runtime", async () => {
    const files = {
      "index.js": "exports.handler = async () => process.env.WRAPPED;",
      wrapper: '#!/bin/sh\nexport WRAPPED="yes $#"\nexec "$@"\n',
    };
    const digest = host.unpack(files);
    const version = {
      ...deploy(files, { Variables: { AWS_LAMBDA_EXEC_WRAPPER: "./wrapper" } }),
      codeDigest: digest,
    };
    expect((await host.call(version)).body).toMatch(/^yes \d/);
  });

  test("layers are found by require and by import, and the function's own modules take precedence", async () => {
    const layer = host.unpack({
      "nodejs/node_modules/fromlayer/index.js": "module.exports = 'layer';",
      "nodejs/node_modules/both/index.js": "module.exports = 'layer';",
    });
    const own = { "node_modules/both/index.js": "module.exports = 'own';" };
    const cjs = deploy({
      ...own,
      ...index("exports.handler = async () => [require('fromlayer'), require('both')];"),
    });
    const esm = deploy({
      ...own,
      "index.mjs": "import a from 'fromlayer'; import b from 'both'; export const handler = async () => [a, b];",
    });
    expect((await host.call({ ...cjs, layerDigests: [layer] })).body).toEqual(["layer", "own"]);
    expect((await host.call({ ...esm, layerDigests: [layer] })).body).toEqual(["layer", "own"]);
  });
});

describe("failures of Node functions", () => {
  test("a thrown error is the payload with its trace, and the environment stays", async () => {
    const code = `let n = 0; class MyError extends Error { constructor(m) { super(m); this.name = "MyError"; this.code = "E1"; } }
      exports.handler = async () => { n++; if (n === 1) throw new MyError("boom"); return n; };`;
    const version = deploy(index(code));
    const { outcome, body } = await host.call(version, {}, { requestId: "e1" });
    expect(outcome).toMatchObject({ kind: "functionError", errorType: "MyError" });
    expect(body).toMatchObject({ errorType: "MyError", errorMessage: "boom" });
    expect((body as { trace: string[] }).trace[0]).toBe("MyError: boom");
    expect((body as { trace: string[] }).trace[1]).toMatch(/^    at .*index\.js/);
    expect((await host.call(version)).body).toBe(2);
    const line = host.logs.lines.find((l) => l.includes("\te1\tERROR\tInvoke Error "));
    expect(line).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z\te1\tERROR\tInvoke Error \t\{"errorType":"MyError","errorMessage":"boom","code":"E1","name":"MyError","stack":\[/,
    );
  });

  test("no trace and no line of the log shows the runtime's own files", async () => {
    const answered: unknown[] = [];
    for (const code of [
      "exports.handler = (e, c) => { console.error(new Error('logged')); console.log(new Error('text').stack); throw new Error('sync'); };",
      "exports.handler = async () => { throw new Error('async'); };",
      "exports.handler = (e, c, callback) => callback(new Error('called back'));",
      "throw new Error('init');",
      "require('./missing.js');",
    ]) {
      answered.push((await host.call(deploy(index(code)))).body);
    }
    const shown = JSON.stringify([answered, host.logs.lines]);
    expect(shown).toContain("index.js:1:");
    expect(shown).not.toMatch(/\/(runtimes\/node|var\/runtime)\/[a-zA-Z]+\.mjs:\d/);
  });

  test("a thrown value need not be an Error", async () => {
    const { body } = await host.call(deploy(index("exports.handler = async () => { throw 'words'; };")));
    expect(body).toEqual({ errorType: "string", errorMessage: "words", trace: [] });
  });

  test("a callback's error is the payload", async () => {
    const { body, outcome } = await host.call(
      deploy(index("exports.handler = (e, c, cb) => cb(new TypeError('no'));")),
    );
    expect(outcome.kind).toBe("functionError");
    expect(body).toMatchObject({ errorType: "TypeError", errorMessage: "no" });
  });

  test("a response that is not JSON is an error", async () => {
    const { body } = await host.call(
      deploy(index("exports.handler = async () => { const a = {}; a.a = a; return a; };")),
    );
    expect(body).toMatchObject({ errorMessage: expect.stringContaining("Unable to stringify response body") });
  });

  const initErrors: Record<string, [Record<string, string>, string, object]> = {
    "a missing module": [
      index("require('nothere'); exports.handler = async () => 1;"),
      "index.handler",
      {
        errorType: "Runtime.ImportModuleError",
        errorMessage: expect.stringContaining("Error: Cannot find module 'nothere'"),
      },
    ],
    "a missing file": [index(""), "other.handler", { errorType: "Runtime.ImportModuleError" }],
    "a missing export": [
      index("exports.other = 1;"),
      "index.handler",
      { errorType: "Runtime.HandlerNotFound", errorMessage: "index.handler is undefined or not exported" },
    ],
    "a handler that is no function": [
      index("exports.handler = 1;"),
      "index.handler",
      { errorType: "Runtime.HandlerNotFound", errorMessage: "index.handler is not a function" },
    ],
    "a syntax error": [
      index("exports.handler = async ( => 1;"),
      "index.handler",
      { errorType: "Runtime.UserCodeSyntaxError" },
    ],
    "a syntax error in an ES module": [
      { "index.mjs": "export const = 5;" },
      "index.handler",
      { errorType: "Runtime.UserCodeSyntaxError" },
    ],
    "a malformed handler": [
      index(""),
      "handler",
      { errorType: "Runtime.MalformedHandlerName", errorMessage: "Bad handler" },
    ],
    "an error thrown while loading": [
      index("throw new RangeError('early');"),
      "index.handler",
      { errorType: "RangeError", errorMessage: "early" },
    ],
    "an unhandled rejection while loading": [
      {
        "index.mjs":
          "Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 500)); export const handler = 1;",
      },
      "index.handler",
      { errorType: "Runtime.UnhandledPromiseRejection", errorMessage: "Error: lost" },
    ],
  };
  for (const [name, [files, Handler, expected]] of Object.entries(initErrors)) {
    test(`${name} fails the invocation as an init error`, async () => {
      const { outcome, body } = await host.call(deploy(files, { Handler }));
      expect(outcome.kind).toBe("functionError");
      expect(body).toMatchObject(expected);
      expect(Array.isArray((body as { trace: unknown }).trace)).toBe(true);
    });
  }

  test("an unhandled rejection fails the invocation and ends the process", async () => {
    const code =
      "let n = 0; exports.handler = async () => { if (n++ === 0) { Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 1000)); } return [process.pid, n]; };";
    const version = deploy(index(code));
    const { body } = await host.call(version);
    expect(body).toMatchObject({ errorType: "Runtime.UnhandledPromiseRejection", errorMessage: "Error: lost" });
    expect((await host.call(version)).body).toMatchObject({ errorType: "Runtime.UnhandledPromiseRejection" });
  });

  test("an uncaught exception fails the invocation and ends the process", async () => {
    const code =
      "exports.handler = async () => { setTimeout(() => { throw new Error('late'); }, 5); await new Promise((r) => setTimeout(r, 1000)); };";
    const { body, outcome } = await host.call(deploy(index(code)), {}, { requestId: "u1" });
    expect(outcome.kind).toBe("functionError");
    expect(body).toMatchObject({ errorType: "Error", errorMessage: "late" });
    expect(host.logs.text).toContain("\tu1\tERROR\tUncaught Exception \t");
  });

  test("process.exit is reported in AWS's words, and earlier output is logged", async () => {
    const code =
      "exports.handler = async ({ status }) => { process.stdout.write('x'.repeat(100000) + 'last words\\n'); process.exit(status); };";
    const version = deploy(index(code));
    const { body, outcome } = await host.call(version, { status: 3 }, { requestId: "x3" });
    expect(outcome).toMatchObject({ kind: "functionError", errorType: "Runtime.ExitError" });
    expect(body).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: "RequestId: x3 Error: Runtime exited with error: exit status 3",
    });
    expect((await host.call(version, { status: 0 }, { requestId: "x0" })).body).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: "RequestId: x0 Error: Runtime exited without providing a reason",
    });
    const { lines } = host.logs;
    const at = lines.indexOf("START RequestId: x3 Version: $LATEST");
    expect(lines[at + 1]).toMatch(/^x+last words$/);
    expect(lines[at + 2]).toBe("RequestId: x3 Error: Runtime exited with error: exit status 3\nRuntime.ExitError");
    expect(lines[at + 3]).toBe("END RequestId: x3");
    expect(lines[at + 4]).toMatch(/^REPORT RequestId: x3\t.*\tStatus: error\tError Type: Runtime\.ExitError$/);
  });

  test("an exit during the init is reported", async () => {
    const { body } = await host.call(deploy(index("process.exit(5);")), {}, { requestId: "i5" });
    expect(body).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: "RequestId: i5 Error: Runtime exited with error: exit status 5",
    });
  });

  test("a response over 6 MB is refused and the environment stays", async () => {
    const code = "let n = 0; exports.handler = async ({ size }) => (size ? 'x'.repeat(size) : ++n);";
    const version = deploy(index(code));
    expect((await host.call(version, {})).body).toBe(1);
    expect((await host.call(version, { size: 6_291_556 - 2 })).outcome.kind).toBe("success");
    const { outcome, body } = await host.call(version, { size: 6_291_556 - 1 }, { requestId: "large" });
    expect(outcome).toMatchObject({ kind: "functionError", errorType: "Function.ResponseSizeTooLarge" });
    expect(body).toEqual({
      errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
      errorType: "Function.ResponseSizeTooLarge",
    });
    expect(host.logs.text).toMatch(
      /START RequestId: large .*\n\[ERROR\] \[\d+\] LAMBDA_RUNTIME Failed to post handler success response\. Http response code: 413\.\nEND RequestId: large\n/,
    );
    expect((await host.call(version, {})).body).toBe(2);
  });
});
