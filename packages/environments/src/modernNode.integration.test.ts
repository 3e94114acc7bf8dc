import { afterAll, beforeAll, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";

let host: RealPools;
beforeAll(async () => {
  host = await RealPools.start();
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const call = async (code: string, requestId = "r") =>
  await host.call(
    host.deploy({ "index.mjs": `export const handler = ${code};` }, { Runtime: "nodejs24.x" }),
    {},
    { requestId },
  );

test("since nodejs24.x a handler's result is its response, even when it is not a promise", async () => {
  expect((await call("() => 5")).body).toBe(5);
  expect((await call("() => undefined")).body).toBeNull();
  expect((await call("(event, context) => Object.keys(context).sort()")).body).toEqual([
    "awsRequestId",
    "clientContext",
    "functionName",
    "functionVersion",
    "getRemainingTimeInMillis",
    "identity",
    "invokedFunctionArn",
    "logGroupName",
    "logStreamName",
    "memoryLimitInMB",
    "tenantId",
    "xRayTraceId",
  ]);
});

test("since nodejs24.x a handler that takes a callback is refused, but a streaming handler is not", async () => {
  expect((await call("(event, context, callback) => callback(null, 1)")).body).toMatchObject({
    errorType: "Runtime.CallbackHandlerDeprecated",
    errorMessage: expect.stringMatching(/^ERROR: AWS Lambda has removed support for callback-based function handlers/),
  });
  const streamed = await call(
    "awslambda.streamifyResponse(async (event, stream, context) => { stream.end('\"streamed\"'); })",
  );
  expect(streamed.body).toBe("streamed");
});

test("since nodejs24.x an uncaught error ends the process as Node.js ends it", async () => {
  const exited = {
    errorType: "Runtime.ExitError",
    errorMessage: "RequestId: r Error: Runtime exited with error: exit status 1",
  };
  expect(
    (await call("async () => { Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 100)); }"))
      .body,
  ).toEqual(exited);
  expect(
    (
      await call(
        "async () => { setTimeout(() => { throw new Error('late'); }, 5); await new Promise((r) => setTimeout(r, 100)); }",
      )
    ).body,
  ).toEqual(exited);
  expect(host.logs.text).toContain("Error: lost");
});

test("since nodejs24.x a process ends when its handler's promise never settles and nothing keeps the event loop alive", async () => {
  expect((await call("() => new Promise(() => {})")).body).toEqual({
    errorType: "Runtime.ExitError",
    errorMessage: "RequestId: r Error: Runtime exited without providing a reason",
  });
});
