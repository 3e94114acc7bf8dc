import type { FunctionVersion } from "@hearth/model";
import { noDocker, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";
import { testInvocation } from "./testing/testVersion.ts";

const IMAGES_MS = 15 * 60_000;

/** A runtime of one's own in Python's standard library: what an event's `do` says is what is done. */
const BOOTSTRAP = `#!/usr/bin/env python3
import http.client, json, os, sys, time
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
PATH = "/2018-06-01/runtime/invocation/"
def post(path, body, headers={}, **more):
    api.request("POST", PATH + path, body, headers, **more)
    return api.getresponse().read()
while True:
    api.request("GET", PATH + "next")
    answer = api.getresponse()
    event = json.loads(answer.read())
    id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    do = event.get("do")
    if do == "exit": sys.exit(3)
    if do == "fail":
        document = json.dumps({"errorType": "Own.Error", "errorMessage": "as asked"})
        post(id + "/error", document, {"Lambda-Runtime-Function-Error-Type": "Own.Error"})
    elif do == "stream":
        def pieces():
            for n in range(event["pieces"]):
                yield b"x" * event["size"]
        streaming = {"Lambda-Runtime-Function-Response-Mode": "streaming", "Content-Type": "text/plain"}
        post(id + "/response", pieces(), streaming, encode_chunked=True)
    else:
        print("seen", do, flush=True)
        keys = ("AWS_LAMBDA_RUNTIME_API", "_HANDLER", "AWS_EXECUTION_ENV", "OWN", "HEARTH_RUN_DIR")
        post(id + "/response", json.dumps({"cwd": os.getcwd(), "pid": os.getpid(), "env": {k: os.environ.get(k) for k in keys}, "size": len(json.dumps(event))}))
`;
const WANTED = { Runtime: "provided.al2023", Handler: "any.thing", Timeout: 5, Variables: { OWN: "1" } };

const drivers: ["process" | "docker", object][] = [
  ["process", {}],
  ["docker", skipReason(await noDocker())],
];

describe.each(drivers)("custom runtimes, %s driver", (driver, skip) => {
  describe("run", { ...skip, timeout: 60_000 }, () => {
    let host: RealPools;
    let version: FunctionVersion;
    beforeAll(async () => {
      host = await RealPools.start({}, driver);
      await host.driver.images.ensureRuntime(WANTED.Runtime, AbortSignal.timeout(IMAGES_MS));
      version = host.deploy({ bootstrap: BOOTSTRAP }, WANTED);
    }, IMAGES_MS);
    afterAll(async () => {
      await host[Symbol.asyncDispose]();
    }, 60_000);

    test("a bootstrap asks the Runtime API for its events, by host and port", async () => {
      const first = await host.call(version, {}, { requestId: `${driver}-1` });
      expect(first.outcome.kind).toBe("success");
      expect(first.body).toMatchObject({
        env: { AWS_LAMBDA_RUNTIME_API: expect.stringMatching(/^127\.0\.0\.1:\d+$/), _HANDLER: "any.thing", OWN: "1" },
      });
      const { env, pid, cwd } = first.body as { env: Record<string, unknown>; pid: number; cwd: string };
      expect([env["AWS_EXECUTION_ENV"], env["HEARTH_RUN_DIR"]]).toEqual([null, null]);
      if (driver === "docker") {
        expect([env["AWS_LAMBDA_RUNTIME_API"], cwd]).toEqual(["127.0.0.1:9001", "/var/task"]);
      }
      expect(first.initDurationMs).toBeGreaterThan(0);
      const second = await host.call(version, {}, { requestId: `${driver}-2` });
      expect({ init: second.initDurationMs, body: second.body }).toMatchObject({ init: undefined, body: { pid } });
      expect(host.logs.text).toMatch(
        new RegExp(`START RequestId: ${driver}-2 .*\\nseen None\\nEND RequestId: ${driver}-2\\n`),
      );
    });

    test("large events and answers pass, and errors are the runtime's own", async () => {
      const { body } = await host.call(version, { filler: "x".repeat(3_000_000) });
      expect(body).toMatchObject({ size: expect.closeTo(3_000_000, -3) });
      const failed = await host.call(version, { do: "fail" });
      expect(failed).toMatchObject({
        outcome: { kind: "functionError", errorType: "Own.Error" },
        body: { errorMessage: "as asked" },
      });
    });

    test("an answer is streamed, and gathered for who takes no stream", async () => {
      let bytes = 0;
      const sink = { begin: () => undefined, write: (chunk: Uint8Array) => (bytes += chunk.length) > 0 };
      const event = { do: "stream", pieces: 100, size: 100_000 };
      const signal = AbortSignal.timeout(30_000);
      {
        using environment = await host.pools.acquire(version, signal);
        const report = await environment.run({ ...testInvocation(version, { event }), sink }, signal);
        expect(report.outcome.kind).toBe("success");
      }
      expect(bytes).toBe(10_000_000);
      const { outcome } = await host.invoke(version, { ...event, pieces: 10 });
      expect(outcome.payload).toHaveLength(1_000_000);
    });

    test("a bootstrap that ends is reported as AWS does, and the next event gets another one", async () => {
      const ended = await host.call(version, { do: "exit" }, { requestId: `${driver}-3` });
      expect(ended.outcome).toMatchObject({ kind: "functionError", errorType: "Runtime.ExitError" });
      expect(ended.body).toMatchObject({
        errorMessage: `RequestId: ${driver}-3 Error: Runtime exited with error: exit status 3`,
      });
      expect((await host.call(version)).outcome.kind).toBe("success");
    });

    test("a bootstrap that is missing or no program is an invalid entry point", async () => {
      for (const [files, message] of [
        [
          { "other.txt": "" },
          /^RequestId: \S+ Error: Couldn't find valid bootstrap\(s\): \[.*\/bootstrap .*\/bootstrap\]$/,
        ],
        [{ bootstrap: "no program" }, /^RequestId: \S+ Error: fork\/exec .*\/bootstrap: exec format error$/],
        [
          { bootstrap: "#!/no/such/shell\n" },
          /^RequestId: \S+ Error: fork\/exec .*\/bootstrap: no such file or directory$/,
        ],
      ] as const) {
        const { outcome, body } = await host.call(host.deploy(files, WANTED));
        expect(outcome).toMatchObject({ kind: "functionError", errorType: "Runtime.InvalidEntrypoint" });
        expect(body).toMatchObject({ errorMessage: expect.stringMatching(message) });
      }
    });

    test("the bootstrap may be a layer's", async () => {
      const layerDigests = [host.unpack({ bootstrap: BOOTSTRAP })];
      const layered = host.deploy({ "data.txt": "" }, { ...WANTED, layerDigests });
      expect((await host.call(layered)).outcome.kind).toBe("success");
    });
  });
});
