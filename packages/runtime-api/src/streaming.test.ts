import { SystemClock } from "@hearth/kit";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FunctionVersion, type Invocation, MAX_RESPONSE_BYTES, MAX_STREAMED_RESPONSE_BYTES } from "@hearth/model";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RuntimeEndpoint } from "./runtimeEndpoint.ts";
import type { RuntimeListener } from "./runtimeListener.ts";
import { RawClient } from "./testing/rawClient.ts";

const NEXT = "/2018-06-01/runtime/invocation/next";
const STREAM =
  "POST /2018-06-01/runtime/invocation/id/response HTTP/1.1\r\nHost: h\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

let folder: string;
let endpoint: RuntimeEndpoint;
let heard: unknown[][];
let client: RawClient;
let onReady: (() => void) | undefined;
let isPaused: boolean;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const listener: RuntimeListener = {
  onWaiting: () => undefined,
  onNext: () => heard.push(["next"]),
  onAllWaiting: () => undefined,
  onResponse: (payload) => heard.push(["response", text(payload)]),
  onError: (payload, type) => heard.push(["error", type, text(payload)]),
  onTooLarge: (maxBytes) => heard.push(["tooLarge", maxBytes]),
  onTruncated: () => heard.push(["truncated"]),
  onInitError: () => undefined,
  onRestore: () => undefined,
  onExtensions: () => undefined,
  onSubscribed: () => undefined,
  onExtensionFault: () => undefined,
  onRuntimeExit: () => undefined,
};
const invocation: Invocation = {
  requestId: "id",
  version: {} as FunctionVersion,
  invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:f",
  payload: Buffer.from("{}"),
  wantLogTail: false,
};
const sink = {
  begin: (contentType: string) => heard.push(["begin", contentType]),
  write: (bytes: Uint8Array, ready: () => void) => {
    const last = heard.at(-1);
    if (last?.[0] === "chunk") last[1] = String(last[1]) + text(bytes);
    else heard.push(["chunk", text(bytes)]);
    onReady = ready;
    return !isPaused;
  },
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hearth-i-"));
  heard = [];
  isPaused = false;
  onReady = undefined;
  endpoint = await RuntimeEndpoint.listen(join(folder, "api.sock"), listener, { clock: new SystemClock() });
  client = await RawClient.connect(join(folder, "api.sock"));
  endpoint.specialise({ environment: {}, taskRoot: "/t", optRoot: "/o", tmpDir: "/m", freshProcess: false });
  client.get("/hearth/specialise");
  await client.answer();
  client.get(NEXT);
  await vi.waitFor(() => expect(heard).toEqual([["next"]]));
  heard = [];
});
afterEach(async () => {
  client[Symbol.dispose]();
  await endpoint[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function invoke(more: Partial<Invocation> = { sink }): Promise<void> {
  endpoint.invoke({ ...invocation, ...more }, 1000);
  expect((await client.answer())?.status).toBe(200);
}

test("a streamed response is passed on as it comes, and the runtime gets 202 at its end", async () => {
  await invoke();
  client.write(STREAM + chunk("one"));
  await vi.waitFor(() =>
    expect(heard).toEqual([
      ["begin", "text/plain"],
      ["chunk", "one"],
    ]),
  );
  client.write(`${chunk("two")}0\r\n\r\n`);
  expect((await client.answer())?.status).toBe(202);
  expect(heard).toEqual([
    ["begin", "text/plain"],
    ["chunk", "onetwo"],
    ["response", ""],
  ]);
});

test("a streamed response is collected for a caller that takes no stream", async () => {
  await invoke({});
  client.write(`${STREAM + chunk("one") + chunk("two")}0\r\n\r\n`);
  expect((await client.answer())?.status).toBe(202);
  expect(heard).toEqual([["response", "onetwo"]]);
});

test("a collected response has the same size limit as a buffered one", async () => {
  await invoke({});
  client.write(STREAM + chunk("x".repeat(MAX_RESPONSE_BYTES + 1)) + "0\r\n\r\n");
  expect((await client.answer())?.status).toBe(413);
  expect(heard).toEqual([["tooLarge", MAX_RESPONSE_BYTES]]);
});

test("a buffered response stays one piece for a caller that takes a stream", async () => {
  await invoke();
  client.post("/2018-06-01/runtime/invocation/id/response", "whole");
  expect((await client.answer())?.status).toBe(202);
  expect(heard).toEqual([["response", "whole"]]);
});

test.each([
  ["streamed", { sink }],
  ["collected", {}],
])("an error in the trailers of a %s response is the outcome", async (_kind, more) => {
  await invoke(more);
  const document = JSON.stringify({ errorType: "Oops", errorMessage: "late" });
  const trailers = `Lambda-Runtime-Function-Error-Type: Oops\r\nLambda-Runtime-Function-Error-Body: ${btoa(document)}\r\n`;
  client.write(`${STREAM + chunk("one")}0\r\n${trailers}\r\n`);
  expect((await client.answer())?.status).toBe(202);
  expect(heard.at(-1)).toEqual(["error", "Oops", document]);
});

test("trailers may hold 32 KB of error", async () => {
  await invoke();
  const body = Buffer.alloc(24 * 1024, "x").toString("base64");
  const trailers = `Lambda-Runtime-Function-Error-Type: Oops\r\nLambda-Runtime-Function-Error-Body: ${body}\r\n`;
  client.write(`${STREAM + chunk("one")}0\r\n${trailers}\r\n`);
  expect((await client.answer())?.status).toBe(202);
  expect(String(heard.at(-1)?.[2])).toHaveLength(24 * 1024);
});

test("the runtime has to wait while the reader asks for a pause", async () => {
  await invoke();
  isPaused = true;
  client.write(STREAM + chunk("first"));
  await vi.waitFor(() => expect(onReady).toBeDefined());
  const piece = chunk("x".repeat(60_000));
  let drained = false;
  let sent = 0;
  while (sent < 4_000_000 && client.socket.write(piece, () => (drained = true))) sent += piece.length;
  for (let i = 0; i < 60; i++) client.socket.write(piece);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(client.socket.writableLength).toBeGreaterThan(1_000_000);
  isPaused = false;
  onReady?.();
  await vi.waitFor(() => expect(client.socket.writableLength).toBe(0));
  client.write("0\r\n\r\n");
  expect((await client.answer())?.status).toBe(202);
  expect(drained || sent === 0).toBe(true);
});

test("a response that breaks off is reported as truncated", async () => {
  await invoke();
  client.write(STREAM + chunk("one"));
  await vi.waitFor(() => expect(heard).toHaveLength(2));
  client[Symbol.dispose]();
  await vi.waitFor(() => expect(heard.at(-1)).toEqual(["truncated"]));
});

test("a streamed response above the limit is cut at the limit at once, and the rest is dropped", async () => {
  let taken = 0;
  await invoke({ sink: { begin: () => undefined, write: (bytes) => (taken += bytes.length) > 0 } });
  client.write(STREAM);
  const piece = Buffer.from(chunk("x".repeat(4_000_000)));
  for (let sent = 0; sent <= MAX_STREAMED_RESPONSE_BYTES; sent += 4_000_000) {
    await new Promise((resolve) => client.socket.write(piece, resolve));
  }
  await vi.waitFor(() => expect(heard).toEqual([["tooLarge", MAX_STREAMED_RESPONSE_BYTES]]));
  expect(taken).toBeLessThanOrEqual(MAX_STREAMED_RESPONSE_BYTES);
  client.write("0\r\n\r\n");
  expect((await client.answer())?.status).toBe(413);
  expect(heard).toHaveLength(1);
}, 20_000);
