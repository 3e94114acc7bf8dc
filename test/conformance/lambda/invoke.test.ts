import {
  CreateAliasCommand,
  InvokeCommand,
  type InvokeCommandInput,
  PutFunctionConcurrencyCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";
import { refusal, typedRefusal } from "../refusal.ts";

let target: LambdaTarget;
beforeAll(async () => {
  target = await lambdaTarget();
});
afterAll(async () => await target[Symbol.asyncDispose]());

async function invoke(FunctionName: string, input: Partial<InvokeCommandInput> = {}) {
  const answer = await target.client.send(new InvokeCommand({ FunctionName, ...input }));
  return { ...answer, text: Buffer.from(answer.Payload ?? []).toString() };
}

describe("Invoke", () => {
  test("answers with the function's result, for every way of naming the function", async () => {
    const { FunctionName } = await target.newFunction({ Publish: true });
    await target.client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
    const Payload = Buffer.from('{"nonce":"ü1"}');
    const whole = await invoke(FunctionName, { Payload });
    expect(whole).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST", text: '{"nonce":"ü1"}' });
    expect(whole.FunctionError).toBeUndefined();
    const names: [string, string | undefined, string][] = [
      [FunctionName, "1", "1"],
      [`${FunctionName}:live`, undefined, "1"],
      [target.arn(FunctionName), "live", "1"],
      [target.arn(FunctionName, "$LATEST"), undefined, "$LATEST"],
      [`${target.accountId}:function:${FunctionName}`, undefined, "$LATEST"],
    ];
    for (const [name, Qualifier, ExecutedVersion] of names) {
      expect(await invoke(name, { Qualifier, Payload })).toMatchObject({ ExecutedVersion, text: '{"nonce":"ü1"}' });
    }
  });

  test("answers with the function's error, and with the log for LogType Tail", async () => {
    const { FunctionName } = await target.newFunction({
      Code: {
        ZipFile: await zipOf({
          "index.mjs": "export const handler = async () => { console.log('seen'); throw new TypeError('no'); };\n",
        }),
      },
    });
    const answer = await invoke(FunctionName, { LogType: "Tail" });
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled", ExecutedVersion: "$LATEST" });
    expect(JSON.parse(answer.text)).toMatchObject({ errorType: "TypeError", errorMessage: "no" });
    const log = Buffer.from(answer.LogResult ?? "", "base64").toString();
    expect(log).toContain(`START RequestId: ${answer.$metadata.requestId} Version: $LATEST`);
    expect(log).toContain("seen");
    expect(log).toMatch(/REPORT RequestId: .*Billed Duration: \d+ ms/);
  });

  test.each([
    ["nodejs22.x", "index.handler"],
    ["python3.13", "index.handler"],
  ] as const)("of a %s function whose wrapper does not exist ends with exit status 127", async (Runtime, Handler) => {
    const { FunctionName } = await target.newFunction({
      Runtime,
      Handler,
      Code: {
        ZipFile: await zipOf({
          "index.mjs": "export const handler = async () => 1;\n",
          "index.py": "def handler(event, context): return 1\n",
        }),
      },
      Environment: { Variables: { AWS_LAMBDA_EXEC_WRAPPER: "/opt/missing" } },
    });
    const answer = await invoke(FunctionName);
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: "Unhandled" });
    expect(JSON.parse(answer.text)).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: `RequestId: ${answer.$metadata.requestId} Error: Runtime exited with error: exit status 127`,
    });
  });

  test("answers with the headers of the version, the function's error and the trace that the function sees", async () => {
    const { FunctionName } = await target.newFunction({
      Code: {
        ZipFile: await zipOf({
          "index.mjs":
            "export const handler = async (event) => { if (event.fails) throw new Error('no'); return process.env._X_AMZN_TRACE_ID; };\n",
        }),
      },
    });
    let headers: Readonly<Record<string, string | undefined>> = {};
    target.client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        ({ headers } = result.response as { headers: Record<string, string> });
        return result;
      },
      { step: "deserialize", name: "headers", override: true },
    );
    try {
      const { text } = await invoke(FunctionName);
      const trace = headers["x-amzn-trace-id"] ?? "";
      expect(trace).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};/i);
      expect(JSON.parse(text)).toContain(trace.slice(0, "Root=1-00000000-000000000000000000000000".length));
      expect(headers["x-amz-executed-version"]).toBe("$LATEST");
      expect(headers["x-amz-function-error"]).toBeUndefined();
      await invoke(FunctionName, { Payload: Buffer.from('{"fails":true}') });
      expect(headers["x-amz-function-error"]).toBe("Unhandled");
      await invoke(FunctionName, { InvocationType: "Event" });
      expect(headers["x-amzn-trace-id"]).toMatch(/^Root=1-/i);
      expect(headers["x-amz-executed-version"]).toBeUndefined();
    } finally {
      target.client.middlewareStack.remove("headers");
    }
  });

  test("with DryRun answers 204 and runs nothing; with Event answers 202", async () => {
    const { FunctionName } = await target.newFunction();
    expect(await invoke(FunctionName, { InvocationType: "DryRun" })).toMatchObject({ StatusCode: 204, text: "" });
    expect(await invoke(FunctionName, { InvocationType: "Event" })).toMatchObject({ StatusCode: 202, text: "" });
  });

  test("runs the new code after the waiter for an update", async () => {
    const { FunctionName } = await target.newFunction();
    await invoke(FunctionName, { Payload: Buffer.from("1") });
    const ZipFile = await zipOf({ "index.mjs": "export const handler = async () => 'new';\n" });
    await target.client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
    await target.updated(FunctionName);
    expect((await invoke(FunctionName)).text).toBe('"new"');
  });

  test("of a missing function, or with a payload that is not JSON, is refused", async () => {
    const missing = target.newName();
    expect(await refusal(invoke(missing))).toMatchObject({
      name: "ResourceNotFoundException",
      status: 404,
      message: `Function not found: ${target.arn(missing, "$LATEST")}`,
    });
    const { FunctionName } = await target.newFunction();
    expect(await refusal(invoke(FunctionName, { Qualifier: "9" }))).toMatchObject({
      name: "ResourceNotFoundException",
      message: `Function not found: ${target.arn(FunctionName, "9")}`,
    });
    const faults: readonly (readonly [number[], string])[] = [
      [[0x6e, 0x87, 0x2a], "Invalid UTF-8 start byte 0x87\n at [SOURCE; line: 1, column: 3]"],
      [
        [0x99, 0x01],
        "Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [SOURCE; line: 1, column: 1]",
      ],
      [
        [...Buffer.from("{no")],
        "Unexpected character ('n' (code 110)): was expecting double-quote to start field name\n at [SOURCE; line: 1, column: 2]",
      ],
    ];
    for (const [bytes, fault] of faults) {
      const source = "Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)";
      expect(await typedRefusal(invoke(FunctionName, { Payload: Buffer.from(bytes) }))).toEqual({
        name: "InvalidRequestContentException",
        status: 400,
        Type: "User",
        message: `Could not parse request body into json: Could not parse payload into json: ${fault.replace("SOURCE", source)}`,
      });
    }
    const large = await refusal(invoke(FunctionName, { Payload: Buffer.alloc(6 * 1024 * 1024 + 1, "1") }));
    expect(large).toMatchObject({ status: 413 });
    const unknown = await refusal(invoke(FunctionName, { InvocationType: "Later" as "Event" }));
    expect(unknown).toMatchObject({ name: "ValidationException" });
  });

  test("beyond the function's reserved concurrency is throttled with the reason", async () => {
    const { FunctionName } = await target.newFunction();
    await target.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
    const throttled = async (): Promise<string> => {
      for (let attempt = 0; attempt < 100; attempt++) {
        const refused = await refusal(invoke(FunctionName));
        if (refused.name !== "Error") return `${refused.name} ${refused.status}`;
      }
      return "it was never throttled";
    };
    expect(await throttled()).toBe("TooManyRequestsException 429");
  });
});
