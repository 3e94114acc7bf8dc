import type { FunctionVersion } from "@hearth/model";
import { noDocker, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";

const IMAGES_MS = 15 * 60_000;

/** Asks the Runtime API for what the event names, as an agent beside the handler would, and tells what it answered. */
const NODE_ASKS = `exports.handler = async ({ asks }) => {
  const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API;
  const answers = [];
  for (const [method, path] of asks) {
    const answer = await fetch(api + path, { method, ...(method === "POST" && { body: "{}" }) });
    answers.push([answer.status, (await answer.json()).errorType]);
  }
  return { api: process.env.AWS_LAMBDA_RUNTIME_API, answers };
};`;
const PYTHON_ASKS = `
import json, os, urllib.error, urllib.request
def handler(event, context):
    api = os.environ["AWS_LAMBDA_RUNTIME_API"]
    answers = []
    for method, path in event["asks"]:
        request = urllib.request.Request("http://" + api + path, b"{}" if method == "POST" else None, method=method)
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            answer = error
        answers.append([answer.status, json.loads(answer.read())["errorType"]])
    return {"api": api, "answers": answers}
`;
const API = "/2018-06-01/runtime";
const ASKS = [
  ["GET", `${API}/invocation/next`],
  ["POST", `${API}/invocation/no-such-id/response`],
  ["POST", `${API}/invocation/no-such-id/error`],
  ["POST", `${API}/init/error`],
  ["GET", `${API}/nothing`],
];
const REFUSED = [
  [403, "InvalidStateTransition"],
  [400, "InvalidRequestID"],
  [400, "InvalidRequestID"],
  [403, "InvalidStateTransition"],
  [404, "NotFound"],
];

/** Changes what the runtime is started with, as instrumentation does. */
const WRAPPER = '#!/bin/sh\nexport OWN_HANDLER="$_HANDLER" _HANDLER=agent.handler ADDED=yes\nexec "$@"\n';
/** Never starts the runtime, but another program in its language: a runtime of its own. */
const RUNTIME_WRAPPER = '#!/bin/sh\nexec "$1" ./own\n';
const OWN_IN_NODE = `(async () => {
  const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/";
  for (;;) {
    const next = await fetch(api + "next");
    const event = await next.json();
    if (event.exit) process.exit(event.exit);
    const body = JSON.stringify({ own: event, handler: process.env._HANDLER });
    await (await fetch(api + next.headers.get("Lambda-Runtime-Aws-Request-Id") + "/response", { method: "POST", body })).text();
  }
})();`;
const OWN_IN_PYTHON = `
import http.client, json, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    event = json.loads(answer.read())
    if event.get("exit"): os._exit(event["exit"])
    body = json.dumps({"own": event, "handler": os.environ["_HANDLER"]})
    api.request("POST", "/2018-06-01/runtime/invocation/%s/response" % answer.headers["Lambda-Runtime-Aws-Request-Id"], body)
    api.getresponse().read()
`;

const languages = {
  "nodejs24.x": {
    Handler: "index.handler",
    asks: { "index.js": NODE_ASKS },
    own: OWN_IN_NODE,
    agent: {
      "index.js": "exports.handler = async () => 'own';",
      "agent.js":
        "const { handler } = require('./index.js'); exports.handler = async () => [await handler(), process.env.OWN_HANDLER, process.env.ADDED, process.env._HANDLER];",
    },
  },
  "python3.13": {
    Handler: "index.handler",
    asks: { "index.py": PYTHON_ASKS },
    own: OWN_IN_PYTHON,
    agent: {
      "index.py": "def handler(event, context): return 'own'",
      "agent.py":
        "import index, os\ndef handler(event, context): return [index.handler(event, context)] + [os.environ[n] for n in ('OWN_HANDLER', 'ADDED', '_HANDLER')]",
    },
  },
} as const;

const drivers: ["process" | "docker", object][] = [
  ["process", {}],
  ["docker", skipReason(await noDocker())],
];

describe.each(drivers)("managed runtimes, %s driver", (driver, skip) => {
  describe.each(Object.entries(languages))(
    "%s",
    { ...skip, timeout: 60_000 },
    (Runtime, { Handler, asks, own, agent }) => {
      let host: RealPools;
      const deploy = (files: Readonly<Record<string, string>>, Variables = {}): FunctionVersion =>
        host.deploy(files, { Runtime, Handler, Timeout: 10, MemorySize: 256, Variables });
      beforeAll(async () => {
        host = await RealPools.start({}, driver);
        await host.driver.images.ensureRuntime(Runtime, AbortSignal.timeout(IMAGES_MS));
      }, IMAGES_MS);
      afterAll(async () => {
        await host[Symbol.asyncDispose]();
      }, 60_000);

      test("AWS_LAMBDA_RUNTIME_API leads to the Runtime API, which refuses what is out of turn", async () => {
        const version = deploy(asks);
        for (const attempt of [1, 2]) {
          const { body } = await host.call(version, { asks: ASKS, attempt });
          const address: unknown = driver === "docker" ? "127.0.0.1:9001" : expect.stringMatching(/^127\.0\.0\.1:\d+$/);
          expect(body).toEqual({ api: address, answers: REFUSED });
        }
        const again = deploy(asks, { LC_ALL: "C.UTF-8" });
        expect((await host.call(again, { asks: ASKS })).body).toMatchObject({ answers: REFUSED });
      });

      test("what a wrapper makes of the environment stands, the handler included", async () => {
        const version = deploy({ ...agent, wrapper: WRAPPER }, { AWS_LAMBDA_EXEC_WRAPPER: "./wrapper" });
        expect((await host.call(version)).body).toEqual(["own", "index.handler", "yes", "agent.handler"]);
      });

      test("a wrapper may be a runtime of its own, and its end is the environment's", async () => {
        const version = deploy({ wrapper: RUNTIME_WRAPPER, own }, { AWS_LAMBDA_EXEC_WRAPPER: "./wrapper" });
        for (const n of [1, 2]) {
          expect((await host.call(version, { n })).body).toEqual({ own: { n }, handler: Handler });
        }
        const { body } = await host.call(version, { exit: 7 }, { requestId: "ended" });
        expect(body).toMatchObject({
          errorMessage: "RequestId: ended Error: Runtime exited with error: exit status 7",
        });
      });
    },
  );
});
