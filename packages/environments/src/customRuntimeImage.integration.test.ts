import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { FunctionVersion } from "@hearth/model";
import { noDocker, runProgram, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";

const IMAGES_MS = 15 * 60_000;
const Runtime = "provided.al2023";

/** A runtime as AWS's guide has it: a shell script that calls curl, for handlers that are shell functions. */
const SHELL_RUNTIME = `#!/bin/sh
set -euo pipefail
source "$LAMBDA_TASK_ROOT/$(echo "$_HANDLER" | cut -d. -f1).sh"
API="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  HEADERS="$(mktemp)"
  EVENT="$(curl -sS -LD "$HEADERS" "$API/next")"
  ID=$(grep -Fi Lambda-Runtime-Aws-Request-Id "$HEADERS" | tr -d '[:space:]' | cut -d: -f2)
  ANSWER=$($(echo "$_HANDLER" | cut -d. -f2) "$EVENT")
  curl -sS "$API/$ID/response" -d "$ANSWER"
done
`;
const SHELL_HANDLER = `function handler () { echo "$1" 1>&2; echo "{\\"got\\": $1}"; }`;

/** AWS's own runtime client for Python and what it needs, for x64. */
const PYPI = "https://files.pythonhosted.org/packages";
const WHEELS = [
  [
    "17/2f/3c52a0fbeb08e18540faeac0bd0be67790ffde2681dc59e42f374093f90b/awslambdaric-4.2.2-cp313-cp313-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    "2215bca01bbdbdfa9579bb4204f55d3e91e6dee589b88f8f9d20a285a790c468",
  ],
  [
    "e7/d0/4e7cb7326ac0fd56d226e61a7a4cdf98b071aded443cfcd730c19f357650/simplejson-4.3.0-py3-none-any.whl",
    "48d5d79d723300b49f18bbd88d786c0410cc58b869c121024a132e2e49f9cf35",
  ],
  [
    "10/b8/f9da2457e9dfb5872042202d69b329940527672e20cbfdb26610c09e1d8e/snapshot_restore_py-1.0.0-py3-none-any.whl",
    "38f99e696793790f54658e71c68c7a8a40cea877c81232b5052383b1301aceba",
  ],
] as const;
const PYTHON_RUNTIME = `#!/bin/sh
[ -z "$AS" ] || export AWS_EXECUTION_ENV="$AS"
exec python3 -m awslambdaric "$_HANDLER"
`;
const PYTHON_HANDLER = `
import logging
def handler(event, context):
    if event.get("fail"): raise ValueError("as asked")
    logging.getLogger().warning("warned")
    return {"got": event, "id": context.aws_request_id, "left": context.get_remaining_time_in_millis(), "arn": context.invoked_function_arn}
`;

/** Whatever a handler may answer, raise and log: by the event's `do`. */
const PYTHON_CASES = `
import collections, datetime, decimal, json, logging, os, sys
def context(event, context):
    cc = context.client_context
    return [sorted(name for name in dir(context) if not name.startswith("_")), repr(cc), cc.custom, cc.client.app_title, repr(context.identity),
            context.w3c(), context.memory_limit_in_mb, context.tenant_id, repr(context).count("=")]
def numbers(event, context): return {"d": decimal.Decimal("1.10"), "i": decimal.Decimal("5"), "n": [1.0, decimal.Decimal("NaN"), float("inf"), 1e300]}
def texts(event, context): return {"u": "ü", "b": b"bytes", 1: (1, None, True), None: "key"}
def raw(event, context): return b"no json"
def date(event, context): return datetime.datetime(2020, 1, 1)
def missing(event, context): return event["nothing"]
def nested(event, context):
    try: event["nothing"]
    except KeyError as error: raise RuntimeError("two\\nlines") from error
def silent(event, context): raise ValueError()
def deep(event, context): return deep(event, context)
def logs(event, context):
    print("printed"); print("two\\nlines"); print("err", file=sys.stderr); print("ünï")
    log = logging.getLogger()
    log.warning("warn %s", 1); log.info("hidden unless JSON"); log.error("multi\\nline"); log.warning({"a": [1]})
    logging.getLogger("named").warning("with extra", extra={"a": 1, "o": object})
    log.log(35, "odd level")
    try: 1 / 0
    except Exception: log.exception("caught")
    return [type(handler).__name__ for handler in log.handlers]
def handler(event, context): return globals()[event["do"]](event, context)
`;
const CASES = ["context", "numbers", "texts", "raw", "date", "missing", "nested", "silent", "deep", "logs"];
const INIT_CASES: Record<string, string> = {
  "absent.handler": "",
  "app.absent": "",
  nodot: "",
  "sys.exit": "",
  "raises.handler": "raise KeyError('early')",
  "syntax.handler": "def handler(:",
  "imports.handler": "import nothere",
  "exits.handler": "import sys; sys.exit(4)",
};

/** What differs from run to run, and how often a deep recursion was repeated. */
function normal(text: string): string {
  return text
    .replaceAll("\r", "\n")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll("/var/lang/lib/", "/usr/lib/") // where Python lies in its own images
    .replaceAll(/repeated \d+ more/g, "repeated N more");
}

describe("the image of custom runtimes", { ...skipReason(await noDocker()), timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "hearth-wheels-"));
  let host: RealPools;
  beforeAll(async () => {
    host = await RealPools.start({}, "docker");
    await host.driver.images.ensureRuntime(Runtime, AbortSignal.timeout(IMAGES_MS));
  }, IMAGES_MS);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test("runs a shell script with curl, where sh supports what bash supports", async () => {
    const files = { bootstrap: SHELL_RUNTIME, "function.sh": SHELL_HANDLER };
    const version = host.deploy(files, { Runtime, Handler: "function.handler", Timeout: 10 });
    for (const n of [1, 2]) expect((await host.call(version, { n })).body).toEqual({ got: { n } });
    expect(host.logs.text).toContain('{"n":2}');
  });

  let client: Record<string, Uint8Array> | undefined;
  const awslambdaric = async (): Promise<Record<string, Uint8Array>> => (client ??= await download());
  const download = async (): Promise<Record<string, Uint8Array>> => {
    const site = join(folder, "site");
    for (const [path, sha256] of WHEELS) {
      const wheel = Buffer.from(await (await fetch(`${PYPI}/${path}`)).arrayBuffer());
      expect(createHash("sha256").update(wheel).digest("hex")).toBe(sha256);
      writeFileSync(join(folder, "wheel.zip"), wheel);
      expect(await runProgram("unzip", ["-qo", join(folder, "wheel.zip"), "-d", site])).toMatchObject({ code: 0 });
    }
    const paths = readdirSync(site, { recursive: true, encoding: "utf8" });
    const files = paths.filter((path) => statSync(join(site, path)).isFile());
    return Object.fromEntries(files.map((path) => [path, readFileSync(join(site, path))]));
  };

  const arm = process.arch === "x64" ? undefined : "the client's wheel is for x64";
  test("runs awslambdaric, AWS's own runtime client for Python", skipReason(arm), async () => {
    const code = { ...(await awslambdaric()), bootstrap: PYTHON_RUNTIME, "app.py": PYTHON_HANDLER };
    const version = host.deploy(code, { Runtime, Handler: "app.handler", Timeout: 10 });
    for (const n of [1, 2]) {
      const { body } = await host.call(version, { n }, { requestId: `python-${n}` });
      expect(body).toMatchObject({ got: { n }, id: `python-${n}`, arn: version.configuration.FunctionArn });
    }
    expect(host.logs.text).toMatch(/\[WARNING\]\t[^\t]+Z\tpython-2\twarned/);
    const failed = await host.call(version, { fail: true });
    expect(failed).toMatchObject({
      outcome: { kind: "functionError" },
      body: { errorMessage: "as asked", errorType: "ValueError", stackTrace: expect.any(Array) },
    });
    const broken = await host.call(host.deploy(code, { Runtime, Handler: "nowhere.handler", Timeout: 10 }));
    expect(broken.body).toMatchObject({
      errorType: "Runtime.ImportModuleError",
      errorMessage: "Unable to import module 'nowhere': No module named 'nowhere'",
    });
  });

  /** What callers and logs see of each case: answers, failures, and the lines that the function's own code and its runtime wrote. */
  const seen = async (
    wanted: { readonly LogFormat: "Text" | "JSON"; readonly Runtime: string },
    files: object,
  ): Promise<Record<string, unknown>> => {
    const found: Record<string, unknown> = {};
    const shared = { Timeout: 10, MemorySize: 256, Variables: { AS: "AWS_Lambda_python3.13" }, ...wanted };
    const clientContext = Buffer.from(
      JSON.stringify({ custom: { a: 1 }, client: { app_title: "t" }, w3c: { traceparent: "00-1", other: "x" } }),
    ).toString("base64");
    const see = async (version: FunctionVersion, requestId: string): Promise<void> => {
      const before = host.logs.lines.length;
      const { outcome } = await host.invoke(version, { do: requestId }, { requestId, clientContext });
      await new Promise((resolve) => setTimeout(resolve, 50));
      const own = host.logs.lines
        .slice(before)
        .filter((line) => !/^(INIT_)?(START|END|REPORT)|^RequestId: |"type":"platform\./.test(line));
      found[requestId] = [outcome.kind, normal(Buffer.from(outcome.payload).toString()), normal(own.join("\n"))];
    };
    const one = host.deploy({ ...files, "app.py": PYTHON_CASES }, { ...shared, Handler: "app.handler" });
    for (const name of CASES) await see(one, name);
    for (const [Handler, code] of Object.entries(INIT_CASES)) {
      // One shows how they are written in JSON.
      if (wanted.LogFormat === "JSON" && Handler !== "raises.handler") continue;
      const file = code && { [`${Handler.split(".")[0]}.py`]: code };
      await see(host.deploy({ ...files, "app.py": PYTHON_CASES, ...file }, { ...shared, Handler }), Handler);
    }
    return found;
  };

  test.each(["Text", "JSON"] as const)(
    "Python functions answer, fail and log in %s as with awslambdaric",
    { ...skipReason(arm), timeout: IMAGES_MS },
    async (LogFormat) => {
      await host.driver.images.ensureRuntime("python3.13", AbortSignal.timeout(IMAGES_MS));
      const client = { ...(await awslambdaric()), bootstrap: PYTHON_RUNTIME };
      const own = await seen({ Runtime: "python3.13", LogFormat }, {});
      expect(own).toEqual(await seen({ Runtime, LogFormat }, client));
      expect(own["logs"]).toMatchObject(["success", expect.anything(), expect.stringContaining("with extra")]);
    },
  );
});
