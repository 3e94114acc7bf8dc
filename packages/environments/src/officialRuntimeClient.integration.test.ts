import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { FunctionVersion } from "@hearth/model";
import { runProgram } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";
import { type TestFunction, testInvocation } from "./testing/testVersion.ts";

/** AWS's own runtime clients for Node.js, of its older and its newer runtime, as a custom runtime's bootstrap starts them. */
const CLIENTS = [
  { client: "aws-lambda-ric@4.0.2", Runtime: "nodejs24.x", program: "index.mjs", addonIn: "." },
  { client: "aws-lambda-ric@3.3.0", Runtime: "nodejs22.x", program: 'bin/index.mjs "$_HANDLER"', addonIn: "dist" },
] as const;

/**
 * The package's addon in C++ would be compiled where it is installed. It sends the plain answers and errors; what it does is done here by
 * node:http, in its order, and everything else (streams, errors of the init, contexts, logs) is the package's own.
 */
const ADDON = `const http = require("node:http");
const { spawnSync } = require("node:child_process");
const API = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/";
const POST = "let b = ''; process.stdin.on('data', (d) => (b += d)).on('end', () => fetch(process.argv[1], { method: 'POST', body: b }).then((r) => r.text()));";
// It returns when the answer is sent, as the addon does; what was logged before must not wait for that.
for (const stream of [process.stdout, process.stderr]) stream._handle?.setBlocking?.(true);
const post = (path, body) => void spawnSync(process.execPath, ["-e", POST, API + path], { input: body });
exports.next = () => new Promise((resolve, reject) => {
  http.get(API + "next", (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (piece) => (text += piece)).on("end", () => resolve({ bodyJson: text, headers: answer.headers }));
  }).on("error", reject);
});
exports.done = (id, body) => post(id + "/response", body);
exports.error = (id, body) => post(id + "/error", body);
`;

const HANDLERS = {
  "index.mjs": `export const plain = async (event, context) => {
  if (event.fail) throw new TypeError("as asked");
  console.log("seen", event.n);
  return { event, id: context.awsRequestId, arn: context.invokedFunctionArn, name: context.functionName, left: context.getRemainingTimeInMillis() };
};
export const streamed = awslambda.streamifyResponse(async (event, stream) => {
  stream.setContentType("text/plain");
  for (let n = 0; n < 3; n++) stream.write("piece " + n + ";");
  if (event.fail) throw new RangeError("half way");
  stream.end();
});`,
  "broken.mjs": "throw new Error('not today');",
};

/** Whatever a handler may answer, throw and log: by the event's `do`. */
const CASES = `import util from "node:util";
class Own extends Error { constructor(m, more) { super(m, more); this.name = "Own"; this.code = "E_OWN"; this.more = { a: 1 }; } }
const cases = {
  context: (event, context) => [Object.keys(context).sort(), context.clientContext, context.identity ?? null, context.memoryLimitInMB, typeof context.getRemainingTimeInMillis(), context.tenantId ?? null],
  nothing: () => undefined, nil: () => null, text: () => "ü", number: () => NaN, date: () => new Date(0), map: () => new Map([[1, 2]]), buffer: () => Buffer.from("x"),
  bigint: () => 1n, big: () => ({ n: 1n }), error: () => new Error("returned"), toJSON: () => ({ toJSON: () => "own" }),
  cycle: () => { const a = {}; a.a = a; return a; },
  throws: () => { throw new TypeError("two\\nlines"); }, own: () => { throw new Own("mine", { cause: new Error("cause") }); },
  string: () => { throw "text"; }, undef: () => { throw undefined; }, nul: () => { throw null; }, num: () => { throw 5; }, object: () => { throw { message: "m", stack: "s", name: "n" }; },
  plain: () => { throw { a: 1 }; }, aggregate: () => { throw new AggregateError([new Error("one")], "several"); }, empty: () => { throw new Error(); }, nameless: () => { const e = new Error("x"); e.name = ""; throw e; },
  logs: () => {
    console.log("plain"); console.log("two\\nlines"); console.log("%s is %d %j", "a", 1, { b: 2 }); console.info({ a: { b: { c: { d: 1 } } } });
    console.warn("warn", 1, null, undefined); console.error("with", new RangeError("shown")); console.error(new Own("alone")); console.debug("debug"); console.log(); console.log("");
    console.log(new Map([[1, 2]])); console.log([1, "2"], "x"); process.stdout.write("raw\\n"); process.stderr.write("err\\n"); console.log(util.inspect({ a: 1 })); console.log(5n); console.log("ünï");
    return 1;
  },
};
export const handler = async (event, context) => cases[event.do](event, context);
`;
/** What there is up to nodejs22.x only. */
const OLDER_CASES = `const cases = {
  calls: (e, c, callback) => callback(null, "called"), callsLate: (e, c, callback) => setTimeout(() => callback(null, [1]), 20), twice: (e, c, callback) => { callback(null, 1); callback(null, 2); },
  fails: (e, c, callback) => callback(new TypeError("no")), failsThenCalls: (e, c, callback) => { callback(new TypeError("no")); callback(null, 1); },
  succeeds: (e, c) => c.succeed("s"), doneWell: (e, c) => c.done(null, "d"), doneBadly: (e, c) => c.done(new Error("x")), failing: (e, c) => c.fail("f"), failingSilently: (e, c) => c.fail(),
  waits: (e, c, callback) => { c.callbackWaitsForEmptyEventLoop = false; setTimeout(() => {}, 5000).unref(); callback(null, "w"); },
  sync: () => 5, never: () => {}, pending: () => new Promise(() => {}), undefinedCallback: (e, c, callback) => callback(),
  late: () => { setTimeout(() => { throw new RangeError("late"); }, 5); return new Promise((r) => setTimeout(r, 300)); },
  lost: () => { Promise.reject(new Error("lost")); return new Promise((r) => setTimeout(r, 300)); },
  lostText: () => { Promise.reject("text"); return new Promise((r) => setTimeout(r, 300)); },
};
export const handler = (event, context, callback) => cases[event.do](event, context, callback);
`;
const namesOf = (cases: string): readonly string[] =>
  [...cases.matchAll(/(?<=^ {2}|, |\), )(\w+): \(/gm)].map(([, name = ""]) => name);
/** What is written in another way in JSON. */
const JSON_CASES = ["logs", "throws", "own", "string", "aggregate", "cycle"];
const INIT_CASES: Record<string, string> = {
  "absent.handler": "",
  "index.absent": "",
  "raises.handler": "throw new RangeError('early');",
  "syntax.handler": "export const handler = (;",
  "imports.handler": "import 'nothere'; export const handler = 1;",
};

/** What differs from run to run, and between the two runtimes' own frames and places. */
function normal(text: string): string {
  return text
    .replaceAll("\r", "\n")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/\/tmp\/hearth-d-[^/]*\/s\/[0-9a-f]+\/task/g, "TASK")
    .replaceAll(/(- )(\/tmp\/hearth-ric-\w+\/package(\/dist)?|\/var\/runtime)\/index\.mjs/g, "$1RUNTIME")
    .replaceAll(/ at (BufferedInvokeProcessor|Runtime)\.handler /g, " at handler ")
    .replaceAll(/(\\n|\n|",") {4}at [^\n"]*?(package\/((dist|bin)\/)?index\.mjs|runtimes\/node\/|node:)[^\n"\\]*/g, "");
}

describe.each(CLIENTS)("$client as a custom runtime", { timeout: 60_000 }, ({ client, Runtime, program, addonIn }) => {
  const folder = mkdtempSync(join(tmpdir(), "hearth-ric-"));
  let host: RealPools;
  const deploy = (Handler: string): FunctionVersion =>
    host.deploy(
      { bootstrap: `#!/bin/sh\nexec ${process.execPath} ${folder}/package/${program}\n`, ...HANDLERS },
      { Runtime: "provided.al2023", Handler, Timeout: 10 },
    );
  beforeAll(async () => {
    const packed = await runProgram("npm", ["pack", client, "--silent", "--pack-destination", folder], { cwd: folder });
    expect(packed).toMatchObject({ code: 0 });
    const untar = await runProgram("tar", ["xzf", packed.stdout.trim().split("\n").at(-1) ?? ""], { cwd: folder });
    expect(untar).toMatchObject({ code: 0 });
    const addon = join(folder, "package", addonIn, "rapid-client.node");
    mkdirSync(addon);
    writeFileSync(join(addon, "index.js"), ADDON);
    writeFileSync(join(addon, "package.json"), '{ "type": "commonjs" }');
    host = await RealPools.start();
  }, 120_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test("responds to one event after the other, with AWS's context and log lines", async () => {
    const version = deploy("index.plain");
    for (const n of [1, 2]) {
      const { outcome, body } = await host.call(version, { n }, { requestId: `official-${n}` });
      expect(outcome.kind).toBe("success");
      expect(body).toMatchObject({
        event: { n },
        id: `official-${n}`,
        arn: version.configuration.FunctionArn,
        name: version.FunctionName,
      });
      expect((body as { left: number }).left).toBeGreaterThan(5000);
    }
    expect(host.logs.text).toMatch(
      /START RequestId: official-2 .*\n.*\tofficial-2\tINFO\tseen 2\nEND RequestId: official-2/,
    );
  });

  test("reports a handler's error and keeps running", async () => {
    const version = deploy("index.plain");
    const { outcome, body } = await host.call(version, { fail: true });
    expect(outcome.kind).toBe("functionError");
    expect(body).toMatchObject({ errorType: "TypeError", errorMessage: "as asked", trace: expect.any(Array) });
    expect((await host.call(version, { n: 3 })).outcome.kind).toBe("success");
  });

  test("reports an init that fails", async () => {
    const { outcome, body } = await host.call(deploy("broken.handler"));
    expect(outcome.kind).toBe("functionError");
    expect(body).toMatchObject({ errorType: "Error", errorMessage: "not today" });
    expect(host.logs.text).toContain("INIT_REPORT");
  });

  test("streams, and reports a failure during the stream in trailers", async () => {
    const version = deploy("index.streamed");
    for (const fail of [false, true]) {
      let text = "";
      let type = "";
      const sink = {
        begin: (contentType: string) => void (type = contentType),
        write: (chunk: Uint8Array) => (text += Buffer.from(chunk).toString()).length > 0,
      };
      const signal = AbortSignal.timeout(30_000);
      using environment = await host.pools.acquire(version, signal);
      const report = await environment.run({ ...testInvocation(version, { event: { fail } }), sink }, signal);
      expect([text, type]).toEqual(["piece 0;piece 1;piece 2;", "text/plain"]);
      expect(report.outcome).toMatchObject(
        fail ? { kind: "functionError", errorType: "RangeError" } : { kind: "success" },
      );
    }
  });

  /** What callers and logs see of each case: answers, failures, and the lines that console and the runtime wrote. */
  const seen = async (files: object, wanted: TestFunction): Promise<Record<string, unknown>> => {
    // What is written before the first event has no id, or one of these.
    const found: Record<string, unknown[]> = { "": [], "-": [], undefined: [] };
    const inJson = wanted.LogFormat === "JSON";
    const start = host.logs.lines.length;
    const see = async (version: FunctionVersion, requestId: string): Promise<void> => {
      const clientContext = Buffer.from('{"custom":{"a":1}}').toString("base64");
      const { outcome } = await host.invoke(version, { do: requestId }, { requestId, clientContext });
      found[requestId] = [outcome.kind, normal(Buffer.from(outcome.payload).toString())];
    };
    const shared = { Timeout: 10, ...wanted };
    const one = host.deploy({ ...files, "index.mjs": CASES }, { ...shared, Handler: "index.handler" });
    for (const name of inJson ? JSON_CASES : namesOf(CASES)) await see(one, name);
    if (Runtime === "nodejs22.x" && !inJson) {
      const older = host.deploy({ ...files, "index.mjs": OLDER_CASES }, { ...shared, Handler: "index.handler" });
      for (const name of namesOf(OLDER_CASES)) await see(older, name);
    }
    for (const [Handler, code] of Object.entries(INIT_CASES)) {
      if (inJson && Handler !== "raises.handler") continue;
      const file = code && { [`${Handler.split(".")[0]}.mjs`]: code };
      await see(host.deploy({ ...files, "index.mjs": CASES, ...file }, { ...shared, Handler }), Handler);
    }
    // What a runtime writes may arrive after its answer: its lines say themselves what they belong to.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const lines = host.logs.lines.slice(start).filter((line) => /^\d{4}-|^\{"timestamp"/.test(line));
    for (const line of lines.filter((each) => !each.includes('"type":"platform.'))) {
      const [, id = ""] = /^\S+\t(\S+)\t/.exec(line) ?? /"requestId":"([^"]+)"/.exec(line) ?? [];
      // The line of a test before may come late, too.
      if (id in found) found[id]?.push(normal(line));
    }
    return found;
  };

  test.each(["Text", "JSON"] as const)("Node.js functions answer, fail and log in %s as with it", async (LogFormat) => {
    const bootstrap = `#!/bin/sh\nexport AWS_EXECUTION_ENV=AWS_Lambda_${Runtime}\nexec ${process.execPath} ${folder}/package/${program}\n`;
    const own = await seen({}, { Runtime, LogFormat });
    expect(own).toEqual(await seen({ bootstrap }, { Runtime: "provided.al2023", LogFormat }));
  });
});
