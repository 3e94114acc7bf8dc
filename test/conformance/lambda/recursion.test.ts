import {
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  PutFunctionRecursionConfigCommand,
} from "@aws-sdk/client-lambda";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal } from "../refusal.ts";

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

/** Sends the trace header of its own invocation, as the SDK does inside a function. */
async function withTrace<Output>(trace: string, send: () => Promise<Output>): Promise<Output> {
  target.client.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers["X-Amzn-Trace-Id"] = trace;
      return next(args);
    },
    { step: "build", name: "trace", override: true },
  );
  try {
    return await send();
  } finally {
    target.client.middlewareStack.remove("trace");
  }
}

// AWS takes no lineage from outside.
describe.skipIf(process.env["TARGET"] === "aws")("Recursive invocations", () => {
  test("stop after a function has run sixteen times in one chain, unless its owner allows loops", async () => {
    const source = "export const handler = async () => process.env._X_AMZN_TRACE_ID;\n";
    const { FunctionName } = await target.newFunction({ Code: { ZipFile: await zipOf({ "index.mjs": source }) } });
    const run = async (trace: string): Promise<string> => {
      const { Payload } = await withTrace(trace, () => target.client.send(new InvokeCommand({ FunctionName })));
      return JSON.parse(Buffer.from(Payload ?? []).toString()) as string;
    };
    let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0";
    for (let runs = 0; runs < 16; runs++) {
      trace = await run(trace);
      expect(trace).toMatch(/^Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0;Lineage=[0-9a-f]{8}:\d+$/);
    }
    const refused = { name: "RecursiveInvocationException", status: 400 };
    expect(await refusal(run(trace))).toMatchObject(refused);
    const stream = new InvokeWithResponseStreamCommand({ FunctionName });
    expect(await refusal(withTrace(trace, () => target.client.send(stream)))).toMatchObject(refused);
    await target.client.send(new PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop: "Allow" }));
    await run(trace);
    await target.client.send(new PutFunctionRecursionConfigCommand({ FunctionName, RecursiveLoop: "Terminate" }));
    expect(await refusal(run(trace))).toMatchObject(refused);
  });

  test("are counted for each function of a chain", async () => {
    const source = "export const handler = async () => process.env._X_AMZN_TRACE_ID;\n";
    const Code = { ZipFile: await zipOf({ "index.mjs": source }) };
    const [one, other] = [await target.newFunction({ Code }), await target.newFunction({ Code })];
    let trace = "Root=1-5759e988-bd862e3fe1be46a994272793";
    for (const { FunctionName } of [one, other, one, other]) {
      const { Payload } = await withTrace(trace, () => target.client.send(new InvokeCommand({ FunctionName })));
      trace = JSON.parse(Buffer.from(Payload ?? []).toString()) as string;
    }
    expect(trace).toMatch(/;Lineage=[0-9a-f]{8}:1\|[0-9a-f]{8}:1$/);
  });
});
