import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { FunctionVersion } from "@hearth/model";
import { runProgram } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";
import { testInvocation } from "./testing/testVersion.ts";

/** AWS's own runtime client for Node.js, as a custom runtime's bootstrap starts it. */
const CLIENT = "aws-lambda-ric@4.0.2";

/**
 * The package's addon in C++ would be compiled where it is installed. It sends the plain answers and errors; what it does is done here by
 * node:http, in its order, and everything else (streams, errors of the init, contexts, logs) is the package's own.
 */
const ADDON = `const http = require("node:http");
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const send = (method, path, body) => new Promise((resolve, reject) => {
  const headers = body === undefined ? {} : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
  const request = http.request({ host, port, agent, method, path: "/2018-06-01/runtime/invocation/" + path, headers }, (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (piece) => (text += piece)).on("end", () => resolve({ bodyJson: text, headers: answer.headers }));
  });
  request.on("error", reject).end(body);
});
exports.next = () => send("GET", "next");
exports.done = (id, body) => void send("POST", id + "/response", body);
exports.error = (id, body) => void send("POST", id + "/error", body);
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

describe(`${CLIENT} as a custom runtime`, { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "hearth-ric-"));
  let host: RealPools;
  const deploy = (Handler: string): FunctionVersion =>
    host.deploy(
      { bootstrap: `#!/bin/sh\nexec ${process.execPath} ${folder}/package/index.mjs\n`, ...HANDLERS },
      { Runtime: "provided.al2023", Handler, Timeout: 10 },
    );
  beforeAll(async () => {
    const packed = await runProgram("npm", ["pack", CLIENT, "--silent", "--pack-destination", folder], { cwd: folder });
    expect(packed).toMatchObject({ code: 0 });
    const untar = await runProgram("tar", ["xzf", packed.stdout.trim().split("\n").at(-1) ?? ""], { cwd: folder });
    expect(untar).toMatchObject({ code: 0 });
    mkdirSync(join(folder, "package", "rapid-client.node"));
    writeFileSync(join(folder, "package", "rapid-client.node", "index.js"), ADDON);
    writeFileSync(join(folder, "package", "rapid-client.node", "package.json"), '{ "type": "commonjs" }');
    host = await RealPools.start();
  }, 120_000);
  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test("answers one event after the other, with AWS's context and log lines", async () => {
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

  test("reports a handler's error, and goes on", async () => {
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

  test("streams, and says in trailers what failed half way", async () => {
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
});
