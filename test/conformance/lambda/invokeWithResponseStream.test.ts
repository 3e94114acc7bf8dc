import {
  InvokeAsyncCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCommandInput,
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

async function functionOf(source: string): Promise<string> {
  const ZipFile = await zipOf({ "index.mjs": source });
  return (await target.newFunction({ Code: { ZipFile } })).FunctionName;
}

const streaming = (body: string): Promise<string> =>
  functionOf(`export const handler = awslambda.streamifyResponse(async (event, stream) => {${body}});`);

async function stream(FunctionName: string, input: Partial<InvokeWithResponseStreamCommandInput> = {}, pauseMs = 0) {
  const answer = await target.client.send(new InvokeWithResponseStreamCommand({ FunctionName, ...input }));
  const chunks: Buffer[] = [];
  const times: number[] = [];
  let complete: object | undefined;
  await new Promise((done) => setTimeout(done, pauseMs));
  for await (const { PayloadChunk, InvokeComplete } of answer.EventStream ?? []) {
    if (PayloadChunk) {
      chunks.push(Buffer.from(PayloadChunk.Payload ?? []));
      times.push(performance.now());
    }
    if (InvokeComplete) complete = InvokeComplete;
  }
  const { StatusCode, ExecutedVersion, ResponseStreamContentType } = answer;
  return {
    StatusCode,
    ExecutedVersion,
    ResponseStreamContentType,
    chunks,
    times,
    text: Buffer.concat(chunks).toString(),
    complete,
  };
}

describe("InvokeWithResponseStream", () => {
  test("sends what a streaming handler writes while it runs", async () => {
    const name = await streaming(`
      stream.write("one ");
      await new Promise((done) => setTimeout(done, 400));
      stream.end("two " + event.n);`);
    const { times, ...answer } = await stream(name, { Payload: Buffer.from('{"n":3}') });
    expect(answer).toMatchObject({
      StatusCode: 200,
      ExecutedVersion: "$LATEST",
      ResponseStreamContentType: "application/vnd.amazon.eventstream",
      text: "one two 3",
      complete: {},
    });
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(300);
  });

  test("gives the answer of an ordinary handler as one chunk, and its log when asked", async () => {
    const { FunctionName } = await target.newFunction();
    const { chunks, text, complete } = await stream(FunctionName, { Payload: Buffer.from('{"a":1}'), LogType: "Tail" });
    expect({ count: chunks.length, text }).toEqual({ count: 1, text: '{"a":1}' });
    const { LogResult, ErrorCode } = complete as { LogResult?: string; ErrorCode?: string };
    expect(ErrorCode).toBeUndefined();
    expect(Buffer.from(LogResult ?? "", "base64").toString()).toContain("REPORT RequestId");
  });

  test("carries 20 MB and more, which Invoke does not", async () => {
    const name = await streaming(`
      const piece = Buffer.alloc(1024 * 1024, "x");
      for (let i = 0; i < 20; i++) if (!stream.write(piece)) await new Promise((done) => stream.once("drain", done));
      stream.end();`);
    // Without an event the request has no body, and is read in another way.
    for (const input of [{}, { Payload: Buffer.from('{"a":1}') }]) {
      expect((await stream(name, input, 1_000)).text).toHaveLength(20 * 1024 * 1024);
    }
    const { FunctionError, Payload } = await target.client.send(new InvokeCommand({ FunctionName: name }));
    expect(FunctionError).toBe("Unhandled");
    expect(JSON.parse(Buffer.from(Payload ?? []).toString())).toMatchObject({
      errorType: "Function.ResponseSizeTooLarge",
    });
  });

  test("ends with the error of a function that fails, before or after its first byte", async () => {
    for (const [body, text] of [
      [`throw new TypeError("no");`, ""],
      [`stream.write("some"); throw new TypeError("no");`, "some"],
    ] as const) {
      const answer = await stream(await streaming(body));
      expect(answer).toMatchObject({ StatusCode: 200, text, complete: { ErrorCode: expect.any(String) } });
      const { ErrorDetails } = answer.complete as { ErrorDetails: string };
      expect(JSON.parse(ErrorDetails)).toMatchObject({ errorType: "TypeError", errorMessage: "no" });
    }
  });

  test("leaves a function running whose caller goes away", async () => {
    const name = await streaming(`
      globalThis.runs = (globalThis.runs ?? 0) + 1;
      if (event.ask) return void stream.end(String(globalThis.finished ?? 0));
      stream.write("begun");
      await new Promise((done) => setTimeout(done, 300));
      for (let i = 0; i < 40; i++) if (!stream.write(Buffer.alloc(65536))) await new Promise((done) => stream.once("drain", done));
      globalThis.finished = (globalThis.finished ?? 0) + 1;
      stream.end();`);
    const abort = new AbortController();
    const { EventStream } = await target.client.send(new InvokeWithResponseStreamCommand({ FunctionName: name }), {
      abortSignal: abort.signal,
    });
    await EventStream?.[Symbol.asyncIterator]().next();
    abort.abort();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await stream(name, { Payload: Buffer.from('{"ask":true}') })).text).toBe("1");
  });

  test("refuses like Invoke, and does not take Event", async () => {
    const { FunctionName } = await target.newFunction();
    const send = (input: Partial<InvokeWithResponseStreamCommandInput>) =>
      refusal(target.client.send(new InvokeWithResponseStreamCommand({ FunctionName, ...input })));
    expect(await send({ FunctionName: target.newName() })).toMatchObject({ name: "ResourceNotFoundException" });
    expect(await send({ Payload: Buffer.from("no json") })).toMatchObject({ name: "InvalidRequestContentException" });
    expect(await send({ InvocationType: "Event" as "DryRun" })).toMatchObject({ name: "ValidationException" });
    const dry = await target.client.send(
      new InvokeWithResponseStreamCommand({ FunctionName, InvocationType: "DryRun" }),
    );
    expect(dry.StatusCode).toBe(204);
  });
});

describe("InvokeAsync", () => {
  test("accepts an event with 202 and refuses what is no JSON or no function", async () => {
    const { FunctionName } = await target.newFunction();
    const send = (name: string, args: string) =>
      target.client.send(new InvokeAsyncCommand({ FunctionName: name, InvokeArgs: Buffer.from(args) }));
    expect((await send(FunctionName, "{}")).Status).toBe(202);
    expect(await refusal(send(FunctionName, "no json"))).toMatchObject({ name: "InvalidRequestContentException" });
    expect(await refusal(send(FunctionName, `"${"x".repeat(256 * 1024)}"`))).toMatchObject({ status: 413 });
    expect(await refusal(send(target.newName(), "{}"))).toMatchObject({ name: "ResourceNotFoundException" });
  });
});
