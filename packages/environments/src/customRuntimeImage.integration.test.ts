import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
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
const PYTHON_RUNTIME = '#!/bin/sh\nexec python3 -m awslambdaric "$_HANDLER"\n';
const PYTHON_HANDLER = `
import logging
def handler(event, context):
    if event.get("fail"): raise ValueError("as asked")
    logging.getLogger().warning("warned")
    return {"got": event, "id": context.aws_request_id, "left": context.get_remaining_time_in_millis(), "arn": context.invoked_function_arn}
`;

describe("the image of custom runtimes", { ...skipReason(await noDocker()), timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "hearth-wheels-"));
  let host: RealPools;
  beforeAll(async () => {
    host = await RealPools.start({}, "docker");
    await host.driver.ensureRuntime(Runtime, AbortSignal.timeout(IMAGES_MS));
  }, IMAGES_MS);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test("runs a shell script with curl, where sh knows what bash knows", async () => {
    const files = { bootstrap: SHELL_RUNTIME, "function.sh": SHELL_HANDLER };
    const version = host.deploy(files, { Runtime, Handler: "function.handler", Timeout: 10 });
    for (const n of [1, 2]) expect((await host.call(version, { n })).body).toEqual({ got: { n } });
    expect(host.logs.text).toContain('{"n":2}');
  });

  const arm = process.arch === "x64" ? undefined : "the client's wheel is for x64";
  test("runs awslambdaric, AWS's own runtime client for Python", skipReason(arm), async () => {
    const site = join(folder, "site");
    for (const [path, sha256] of WHEELS) {
      const wheel = Buffer.from(await (await fetch(`${PYPI}/${path}`)).arrayBuffer());
      expect(createHash("sha256").update(wheel).digest("hex")).toBe(sha256);
      writeFileSync(join(folder, "wheel.zip"), wheel);
      expect(await runProgram("unzip", ["-qo", join(folder, "wheel.zip"), "-d", site])).toMatchObject({ code: 0 });
    }
    const paths = readdirSync(site, { recursive: true, encoding: "utf8" });
    const files = paths.filter((path) => statSync(join(site, path)).isFile());
    const client = Object.fromEntries(files.map((path) => [path, readFileSync(join(site, path))]));
    const code = { ...client, bootstrap: PYTHON_RUNTIME, "app.py": PYTHON_HANDLER };
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
});
