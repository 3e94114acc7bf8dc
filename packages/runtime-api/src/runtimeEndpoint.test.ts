import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SystemClock } from "@hearth/kit";
import type { FunctionVersion, Invocation } from "@hearth/model";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RuntimeEndpoint } from "./runtimeEndpoint.ts";
import type { RuntimeListener } from "./runtimeListener.ts";
import { RawClient } from "./testing/rawClient.ts";

const NEXT = "/2018-06-01/runtime/invocation/next";
const SPECIALISATION = { environment: { A: "1" }, taskRoot: "/t", optRoot: "/o", tmpDir: "/m", freshProcess: false };

let folder: string;
let path: string;
let endpoint: RuntimeEndpoint;
let heard: unknown[][];
let allWaiting: number;
const open: RawClient[] = [];

const listener: RuntimeListener = {
  onWaiting: () => heard.push(["waiting"]),
  onNext: (rss) => heard.push(["next", rss]),
  onAllWaiting: () => allWaiting++,
  onResponse: (payload) => heard.push(["response", Buffer.from(payload).toString()]),
  onError: (payload, type) => heard.push(["error", type, Buffer.from(payload).toString()]),
  onTooLarge: () => heard.push(["tooLarge"]),
  onTruncated: () => heard.push(["truncated"]),
  onInitError: (payload, type) => heard.push(["initError", type, Buffer.from(payload).toString()]),
  onRestore: () => heard.push(["restore"]),
  onExtensions: () => heard.push(["extensions"]),
  onSubscribed: ({ name }) => heard.push(["subscribed", name]),
  onExtensionFault: (fault) => heard.push(["extensionFault", fault]),
  onRuntimeExit: (end) => heard.push(["runtimeExit", end]),
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hearth-d-"));
  path = join(folder, "api.sock");
  heard = [];
  allWaiting = 0;
  endpoint = await RuntimeEndpoint.listen(path, listener, { clock: new SystemClock() });
});
afterEach(async () => {
  for (const client of open.splice(0)) client[Symbol.dispose]();
  await endpoint[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function connect(): Promise<RawClient> {
  const client = await RawClient.connect(path);
  open.push(client);
  return client;
}

function invocation(requestId: string, more: Partial<Invocation> = {}): Invocation {
  return {
    requestId,
    version: {} as FunctionVersion,
    invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:f",
    payload: Buffer.from('{"n":1}'),
    wantLogTail: false,
    ...more,
  };
}

/** A runtime that has been specialised and waits for an event. */
async function ready(): Promise<RawClient> {
  const client = await connect();
  endpoint.specialise(SPECIALISATION);
  client.get("/hearth/specialise");
  await client.answer();
  client.get(NEXT);
  await vi.waitFor(() => expect(heard).toContainEqual(["next", undefined]));
  heard = [];
  return client;
}

const typeOf = (body: Buffer | undefined): unknown => (JSON.parse(String(body)) as { errorType: unknown }).errorType;

test("a runtime with SnapStart asks for its restore once, between its init and its first event", async () => {
  const client = await connect();
  const restoreNext = "/2018-06-01/runtime/restore/next";
  const restoreError = "/2018-06-01/runtime/restore/error";
  const answerTo = async (method: "get" | "post", at: string): Promise<[number | undefined, unknown]> => {
    if (method === "get") client.get(at);
    else client.post(at, '{"errorType":"E"}', "Lambda-Runtime-Function-Error-Type: Runtime.AfterRestoreError\r\n");
    const { status, body } = (await client.answer()) ?? {};
    return [status, (JSON.parse(String(body)) as { errorType?: string }).errorType];
  };
  expect(await answerTo("get", restoreNext)).toEqual([404, "NotFound"]);
  endpoint.specialise({ ...SPECIALISATION, environment: { AWS_LAMBDA_INITIALIZATION_TYPE: "snap-start" } });
  expect(await answerTo("post", restoreError)).toEqual([403, "InvalidStateTransition"]);
  expect(heard).toEqual([]);
  expect(await answerTo("get", restoreNext)).toEqual([200, undefined]);
  expect(heard).toEqual([["restore"]]);
  expect(await answerTo("get", restoreNext)).toEqual([403, "InvalidStateTransition"]);
  expect(await answerTo("post", restoreError)).toEqual([202, undefined]);
  expect(heard).toEqual([["restore"], ["initError", "Runtime.AfterRestoreError", '{"errorType":"E"}']]);
  expect(await answerTo("get", restoreNext)).toEqual([403, "InvalidStateTransition"]);
  expect(await answerTo("post", restoreError)).toEqual([403, "InvalidStateTransition"]);
});

test("runtimes without SnapStart have no restore", async () => {
  const client = await ready();
  using other = await connect();
  other.get("/2018-06-01/runtime/restore/next");
  expect((await other.answer())?.status).toBe(404);
  expect(heard).toEqual([]);
  expect(client.socket.destroyed).toBe(false);
});

test("any user in the sandbox may connect to the socket", () => {
  expect(statSync(path).mode & 0o777).toBe(0o666);
});

test("a runtime waits until it is told which function to run, then initialises and waits for an event", async () => {
  const client = await connect();
  client.get("/hearth/specialise");
  await vi.waitFor(() => expect(heard).toEqual([["waiting"]]));
  endpoint.specialise(SPECIALISATION);
  const told = await client.answer();
  expect(JSON.parse(String(told?.body))).toEqual(SPECIALISATION);
  client.write(`GET ${NEXT} HTTP/1.1\r\nHost: h\r\nHearth-Max-Rss: 4096\r\n\r\n`);
  await vi.waitFor(() => expect(heard.at(-1)).toEqual(["next", 4096]));
});

test("all wait from the runtime's next until it is handed an event, and again after it has asked for the following one", async () => {
  const client = await ready();
  expect([endpoint.readiness.allWaiting, allWaiting]).toEqual([true, 1]);
  endpoint.invoke(invocation("id"), 0);
  expect(endpoint.readiness.allWaiting).toBe(false);
  await client.answer();
  client.post("/2018-06-01/runtime/invocation/id/response", "{}");
  expect((await client.answer())?.status).toBe(202);
  expect([endpoint.readiness.allWaiting, allWaiting]).toEqual([false, 1]);
  client.get(NEXT);
  await endpoint.readiness.whenAllWaiting();
  expect(allWaiting).toBe(2);
});

test("a runtime whose connection closes while it waits still counts as waiting", async () => {
  const client = await ready();
  client[Symbol.dispose]();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(endpoint.readiness.allWaiting).toBe(true);
});

test("only the first request for the specialisation is told to start a fresh process", async () => {
  const first = await connect();
  endpoint.specialise({ ...SPECIALISATION, freshProcess: true });
  first.get("/hearth/specialise");
  expect(JSON.parse(String((await first.answer())?.body))).toMatchObject({ freshProcess: true });
  const second = await connect();
  second.get("/hearth/specialise");
  expect(JSON.parse(String((await second.answer())?.body))).toMatchObject({ freshProcess: false });
  const third = await connect();
  third.get("/hearth/specialise");
  const refused = await third.answer();
  expect([refused?.status, typeOf(refused?.body)]).toEqual([403, "InvalidStateTransition"]);
});

test("a connection that asks for the specialisation after the runtime learns nothing, also while init runs", async () => {
  const runtime = await connect();
  endpoint.specialise(SPECIALISATION);
  runtime.get("/hearth/specialise");
  expect((await runtime.answer())?.status).toBe(200);
  const other = await connect();
  other.get("/hearth/specialise");
  const refused = await other.answer();
  expect([refused?.status, typeOf(refused?.body)]).toEqual([403, "InvalidStateTransition"]);
  expect(String(refused?.body)).not.toContain("environment");
});

test("an event is delivered with AWS's headers, and its response is accepted", async () => {
  const client = await ready();
  const clientContext = Buffer.from('{"custom":{"a":"ü\\n"}}').toString("base64");
  endpoint.invoke(
    invocation("11111111-2222-4333-8444-555555555555", { clientContext, traceId: "Root=1-a;Sampled=1" }),
    1_700_000_000_123,
  );
  const event = await client.answer();
  expect(event?.status).toBe(200);
  expect(String(event?.body)).toBe('{"n":1}');
  expect(Object.fromEntries(event?.headers ?? [])).toMatchObject({
    "Lambda-Runtime-Aws-Request-Id": "11111111-2222-4333-8444-555555555555",
    "Lambda-Runtime-Deadline-Ms": "1700000000123",
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:f",
    "Lambda-Runtime-Trace-Id": "Root=1-a;Sampled=1",
    "Lambda-Runtime-Client-Context": '{"custom":{"a":"\\u00fc\\n"}}',
  });
  client.post("/2018-06-01/runtime/invocation/11111111-2222-4333-8444-555555555555/response", '{"ok":true}');
  expect((await client.answer())?.status).toBe(202);
  expect(heard).toEqual([["response", '{"ok":true}']]);
});

test("a response and a next in one write are handled in that order, whatever the size of the response", async () => {
  const client = await ready();
  for (const size of [2, 100_000, 3_000_000]) {
    heard = [];
    endpoint.invoke(invocation("id"), 0);
    await client.answer();
    const body = `"${"x".repeat(size - 2)}"`;
    const head = `POST /2018-06-01/runtime/invocation/id/response HTTP/1.1\r\nHost: h\r\nContent-Length: ${size}\r\n\r\n`;
    client.write(`${head}${body}GET ${NEXT} HTTP/1.1\r\nHost: h\r\n\r\n`);
    expect((await client.answer())?.status).toBe(202);
    await vi.waitFor(() => expect(heard.map(([kind]) => kind)).toEqual(["response", "next"]));
    expect(String(heard[0]?.[1])).toHaveLength(size);
  }
});

test("an empty payload reaches the function as an empty object", async () => {
  const client = await ready();
  endpoint.invoke(invocation("id", { payload: new Uint8Array() }), 0);
  expect(String((await client.answer())?.body)).toBe("{}");
});

test("an error is reported with its type", async () => {
  const client = await ready();
  endpoint.invoke(invocation("id"), 0);
  await client.answer();
  client.post(
    "/2018-06-01/runtime/invocation/id/error",
    '{"errorType":"E"}',
    "Lambda-Runtime-Function-Error-Type: E\r\n",
  );
  expect((await client.answer())?.status).toBe(202);
  expect(heard).toEqual([["error", "E", '{"errorType":"E"}']]);
});

test("an init error is accepted once, and only before the first next", async () => {
  const client = await connect();
  const post = () => client.post("/2018-06-01/runtime/init/error", "{}", "Lambda-Runtime-Function-Error-Type: E\r\n");
  post();
  expect((await client.answer())?.status).toBe(403);
  endpoint.specialise(SPECIALISATION);
  post();
  expect((await client.answer())?.status).toBe(202);
  post();
  expect((await client.answer())?.status).toBe(403);
  expect(heard).toEqual([["initError", "E", "{}"]]);
});

test("a response over 6 MB is refused with 413, and the runtime can ask for the next event", async () => {
  const client = await ready();
  endpoint.invoke(invocation("id"), 0);
  await client.answer();
  client.post("/2018-06-01/runtime/invocation/id/response", Buffer.alloc(6_291_557, 0x20));
  const refused = await client.answer();
  expect([refused?.status, typeOf(refused?.body)]).toEqual([413, "RequestEntityTooLarge"]);
  client.get(NEXT);
  await vi.waitFor(() => expect(heard).toEqual([["tooLarge"], ["next", undefined]]));
});

test("requests out of order are refused as AWS does, and change nothing", async () => {
  const early = await connect();
  early.get(NEXT);
  expect(typeOf((await early.answer())?.body)).toBe("InvalidStateTransition");
  const client = await ready();
  const other = await connect();
  const refused = async (send: () => void): Promise<unknown[]> => {
    send();
    const answer = await other.answer();
    return [answer?.status, typeOf(answer?.body)];
  };
  expect(await refused(() => other.get(NEXT))).toEqual([403, "InvalidStateTransition"]);
  expect(await refused(() => other.get("/hearth/specialise"))).toEqual([403, "InvalidStateTransition"]);
  expect(await refused(() => other.post("/2018-06-01/runtime/invocation/id/response", "{}"))).toEqual([
    400,
    "InvalidRequestID",
  ]);
  expect(await refused(() => other.get("/2018-06-01/nothing"))).toEqual([404, "NotFound"]);
  expect(await refused(() => other.post(NEXT, "x"))).toEqual([404, "NotFound"]);
  endpoint.invoke(invocation("id"), 0);
  await client.answer();
  expect(await refused(() => other.get(NEXT))).toEqual([403, "InvalidStateTransition"]);
  expect(await refused(() => other.post("/2018-06-01/runtime/invocation/other/response", "{}"))).toEqual([
    400,
    "InvalidRequestID",
  ]);
  client.post("/2018-06-01/runtime/invocation/id/response", "{}");
  expect((await client.answer())?.status).toBe(202);
  expect(await refused(() => other.post("/2018-06-01/runtime/invocation/id/response", "{}"))).toEqual([
    400,
    "InvalidRequestID",
  ]);
  expect(heard).toEqual([["response", "{}"]]);
});

test("a request is read to its end before it is refused, so that a client that then closes can read the reason", async () => {
  await ready();
  const other = await connect();
  other.write(
    "POST /2018-06-01/runtime/invocation/id/response HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 4\r\n\r\nha",
  );
  const answer = other.answer();
  expect(await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 50, "none yet"))])).toBe("none yet");
  other.write("lf");
  expect((await answer)?.status).toBe(400);
});

test("a next that overtakes the response before it, on a separate connection, waits for that response", async () => {
  const client = await ready();
  endpoint.invoke(invocation("id"), 0);
  await client.answer();
  const other = await connect();
  other.get(NEXT);
  await new Promise((resolve) => setTimeout(resolve, 20));
  client.post("/2018-06-01/runtime/invocation/id/response", "{}");
  expect((await client.answer())?.status).toBe(202);
  endpoint.invoke(invocation("following"), 0);
  expect((await other.answer())?.headers.get("Lambda-Runtime-Aws-Request-Id")).toBe("following");
});

test("one body is read at a time", async () => {
  const client = await ready();
  endpoint.invoke(invocation("id"), 0);
  await client.answer();
  client.write(
    "POST /2018-06-01/runtime/invocation/id/response HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345",
  );
  const other = await connect();
  await vi.waitFor(async () => {
    other.post("/2018-06-01/runtime/invocation/id/error", "{}");
    expect((await other.answer())?.status).toBe(429);
  });
  client.write("67890");
  expect((await client.answer())?.status).toBe(202);
  expect(heard).toEqual([["response", "1234567890"]]);
});

test("after a connection breaks in the middle of a response, another connection can send the response", async () => {
  const client = await ready();
  endpoint.invoke(invocation("id"), 0);
  await client.answer();
  client.write(
    "POST /2018-06-01/runtime/invocation/id/response HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345",
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  client[Symbol.dispose]();
  const other = await connect();
  await vi.waitFor(async () => {
    other.post("/2018-06-01/runtime/invocation/id/response", "{}");
    expect((await other.answer())?.status).toBe(202);
  });
  expect(heard).toEqual([["response", "{}"]]);
});

test("an event for a runtime that has not asked yet is kept until it asks", async () => {
  const client = await ready();
  client[Symbol.dispose]();
  await new Promise((resolve) => setTimeout(resolve, 20));
  endpoint.invoke(invocation("id"), 0);
  const other = await connect();
  other.get(NEXT);
  expect((await other.answer())?.headers.get("Lambda-Runtime-Aws-Request-Id")).toBe("id");
});

test("connections beyond 64 are refused, and the existing ones keep working", async () => {
  const client = await ready();
  const many = await Promise.all(Array.from({ length: 80 }, connect));
  await vi.waitFor(() => expect(many.filter(({ socket }) => socket.destroyed).length).toBe(17));
  endpoint.invoke(invocation("id"), 0);
  expect((await client.answer())?.status).toBe(200);
});

test("below /hearth a response is answered by the next event, also when the response was too large", async () => {
  const client = await ready();
  endpoint.invoke(invocation("a"), 0);
  await client.answer();
  client.post("/hearth/invocation/a/response", '"A"');
  await vi.waitFor(() =>
    expect(heard).toEqual([
      ["response", '"A"'],
      ["next", undefined],
    ]),
  );
  endpoint.invoke(invocation("b"), 0);
  expect((await client.answer())?.headers.get("Lambda-Runtime-Aws-Request-Id")).toBe("b");
  client.post("/hearth/invocation/b/error", "{}", "Lambda-Runtime-Function-Error-Type: E\r\n");
  await vi.waitFor(() =>
    expect(heard.slice(2)).toEqual([
      ["error", "E", "{}"],
      ["next", undefined],
    ]),
  );
  endpoint.invoke(invocation("c"), 0);
  expect((await client.answer())?.status).toBe(200);
  client.post("/hearth/invocation/c/response", Buffer.alloc(6_291_557, 0x20));
  await vi.waitFor(() => expect(heard.slice(4)).toEqual([["tooLarge"], ["next", undefined]]));
  client.post("/hearth/invocation/c/response", "again");
  endpoint.invoke(invocation("d"), 0);
  expect((await client.answer())?.status).toBe(200);
  expect((await client.answer())?.status).toBe(400);
});
