import type { FunctionVersion } from "@hearth/model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";
import { type Streamed, streamed } from "./testing/streamed.ts";
import { testInvocation } from "./testing/testVersion.ts";

let host: RealPools;
beforeAll(async () => {
  host = await RealPools.start();
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

const stream = (version: FunctionVersion, event?: unknown): Promise<Streamed> => streamed(host, version, event);

const streaming = (body: string): FunctionVersion =>
  host.deploy(
    { "index.mjs": `export const handler = awslambda.streamifyResponse(async (event, stream, context) => {${body}});` },
    { Timeout: 2 },
  );

test("the output of a streaming handler arrives while it runs", async () => {
  const version = streaming(`
    stream.setContentType("text/plain");
    stream.write("one ");
    await new Promise((done) => setTimeout(done, 100));
    stream.write("two ");
    stream.end(context.awsRequestId.length > 0 ? "three" : "");`);
  for (let round = 0; round < 3; round++) {
    const { report, contentType, text, pieces } = await stream(version);
    expect(report.outcome).toMatchObject({ kind: "success" });
    expect(report.outcome.payload).toHaveLength(0);
    expect(report.durationMs).toBeGreaterThan(95);
    expect({ contentType, text }).toEqual({ contentType: "text/plain", text: "one two three" });
    expect(pieces).toBeGreaterThan(1);
  }
});

test("a caller that takes no stream gets the whole response", async () => {
  const version = streaming(`stream.write("[1,"); stream.end("2]");`);
  expect((await host.call(version)).body).toEqual([1, 2]);
  expect((await host.call(version)).body).toEqual([1, 2]);
});

test("metadata comes first, then eight zero bytes, then the body", async () => {
  const version = streaming(`
    const http = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { a: "b" } });
    http.write("body");
    http.end();`);
  const { contentType, text } = await stream(version);
  expect(contentType).toBe("application/vnd.awslambda.http-integration-response");
  expect(text).toBe(`{"statusCode":201,"headers":{"a":"b"}}${"\0".repeat(8)}body`);
});

test("a pipeline ends a stream, objects are written as JSON, and a stream may stay empty", async () => {
  const piped = streaming(`
    const { pipeline } = await import("node:stream/promises");
    await pipeline((await import("node:stream")).Readable.from(["a", "b", "c"]), stream);`);
  expect((await stream(piped)).text).toBe("abc");
  expect((await stream(streaming(`stream.write({ a: 1 }); stream.end();`))).text).toBe('{"a":1}');
  const empty = await stream(streaming(`stream.end();`));
  expect(empty).toMatchObject({
    text: "",
    contentType: "application/octet-stream",
    report: { outcome: { kind: "success" } },
  });
});

test("an error after the stream has begun follows everything that was written", async () => {
  const version = streaming(`stream.write("one "); stream.write("two"); throw new TypeError("late " + event.n);`);
  for (const n of [1, 2]) {
    const { report, text } = await stream(version, { n });
    expect(text).toBe("one two");
    expect(report.outcome).toMatchObject({ kind: "functionError", errorType: "TypeError" });
    expect(JSON.parse(Buffer.from(report.outcome.payload).toString())).toMatchObject({ errorMessage: `late ${n}` });
  }
  const gathered = await host.call(version, { n: 3 });
  expect(gathered.outcome.kind).toBe("functionError");
  expect(gathered.body).toMatchObject({ errorType: "TypeError", errorMessage: "late 3" });
});

test("an error before the stream has begun is like any other", async () => {
  const version = streaming(`throw new RangeError("early");`);
  const { report, contentType } = await stream(version);
  expect(contentType).toBeUndefined();
  expect(report.outcome).toMatchObject({ kind: "functionError", errorType: "RangeError" });
  const notAsync = host.deploy({
    "index.mjs": `export const handler = awslambda.streamifyResponse(() => 1);`,
  });
  expect((await stream(notAsync)).report.outcome.kind).toBe("functionError");
});

test("a stream that its handler destroys is an error", async () => {
  const version = streaming(
    `stream.write("one"); await new Promise((done) => setTimeout(done, 50)); stream.destroy();`,
  );
  const { report, text } = await stream(version);
  expect(text).toBe("one");
  expect(report.outcome).toMatchObject({ kind: "functionError" });
});

test("a stream that is never ended runs into the timeout, and its data up to then is delivered", async () => {
  const { report, text } = await stream(streaming(`stream.write("one");`));
  expect(text).toBe("one");
  expect(report.outcome).toMatchObject({ kind: "timedOut", afterMs: 2000 });
});

test("a process that dies in the middle of its response is reported with the reason for its end", async () => {
  const version = streaming(`
    stream.write("one");
    await new Promise((done) => setTimeout(done, 50));
    process.exit(7);`);
  const { report, text } = await stream(version);
  expect(text).toBe("one");
  expect(report.outcome).toMatchObject({ kind: "functionError", errorType: "Runtime.ExitError" });
  const thrown = streaming(`
    stream.write("one");
    setTimeout(() => { throw new Error("nobody catches this"); }, 50);
    await new Promise((done) => setTimeout(done, 1000));`);
  expect((await stream(thrown)).report.outcome).toMatchObject({ errorType: "Runtime.ExitError" });
});

test("a runtime that has to wait slows its handler down and loses no data", async () => {
  const version = streaming(`
    const piece = Buffer.alloc(256 * 1024, "x");
    let waits = 0;
    for (let i = 0; i < 40; i++) if (!stream.write(piece)) { waits++; await new Promise((done) => stream.once("drain", done)); }
    stream.end(String(waits));`);
  let bytes = 0;
  let last = Buffer.alloc(0);
  let ready: (() => void) | undefined;
  const sink = {
    begin: () => undefined,
    write: (chunk: Uint8Array, onReady: () => void) => {
      bytes += chunk.length;
      last = Buffer.from(chunk);
      ready = onReady;
      return bytes > 100_000 && bytes < 200_000 ? false : true;
    },
  };
  const signal = AbortSignal.timeout(30_000);
  using environment = await host.pools.acquire(version, signal);
  const running = environment.run({ ...testInvocation(version), sink }, signal);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const held = bytes;
  expect(held).toBeLessThan(1_000_000);
  ready?.();
  const interval = setInterval(() => ready?.(), 5);
  expect((await running).outcome.kind).toBe("success");
  clearInterval(interval);
  expect(bytes).toBeGreaterThan(40 * 256 * 1024);
  expect(Number(last.toString().replaceAll("x", ""))).toBeGreaterThan(30);
});

test("handlers made for another kind of streaming are refused", async () => {
  const version = host.deploy({
    "index.mjs": `export const handler = async () => {}; handler[Symbol.for("aws.lambda.runtime.handler.streaming")] = "request";`,
  });
  expect((await host.invoke(version)).outcome).toMatchObject({ errorType: "Runtime.MalformedStreamingHandler" });
});
