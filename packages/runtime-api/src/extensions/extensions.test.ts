import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@hearth/kit";
import type { FunctionVersion, Invocation } from "@hearth/model";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RuntimeEndpoint } from "../runtimeEndpoint.ts";
import type { RuntimeListener } from "../runtimeListener.ts";
import { RawClient } from "../testing/rawClient.ts";

const REGISTER = "/2020-01-01/extension/register";
const NEXT = "/2020-01-01/extension/event/next";
const RUNTIME_NEXT = "/2018-06-01/runtime/invocation/next";

let folder: string;
let path: string;
let clock: ManualClock;
let endpoint: RuntimeEndpoint;
let heard: unknown[][];
const open: Disposable[] = [];

const ignore = (): void => undefined;
const listener: RuntimeListener = {
  onWaiting: ignore,
  onNext: () => heard.push(["next"]),
  onAllWaiting: () => heard.push(["allWaiting"]),
  onResponse: () => heard.push(["response"]),
  onError: ignore,
  onTooLarge: ignore,
  onTruncated: ignore,
  onInitError: ignore,
  onRestore: ignore,
  onExtensions: ignore,
  onSubscribed: ({ name, state, types }) => heard.push(["subscribed", name, state, types]),
  onExtensionFault: ({ errorType, error }) => heard.push(["fault", errorType, error]),
  onRuntimeExit: (end) => heard.push(["runtimeExit", end]),
};
const invocation: Invocation = {
  requestId: "r1",
  version: {} as FunctionVersion,
  invokedFunctionArn: "arn:x",
  payload: Buffer.from("{}"),
  traceId: "Root=1-a-b;Sampled=0",
  wantLogTail: false,
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hearth-d-"));
  path = join(folder, "api.sock");
  heard = [];
  clock = new ManualClock();
  endpoint = await RuntimeEndpoint.listen(path, listener, { clock });
  const environment = { AWS_LAMBDA_FUNCTION_NAME: "f", AWS_LAMBDA_FUNCTION_VERSION: "7", _HANDLER: "a.b" };
  endpoint.specialise({
    environment,
    taskRoot: "/t",
    optRoot: "/o",
    tmpDir: "/m",
    freshProcess: false,
    accountId: "1",
  });
});
afterEach(async () => {
  for (const one of open.splice(0)) one[Symbol.dispose]();
  await endpoint[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function client(): Promise<RawClient> {
  const made = await RawClient.connect(path);
  open.push(made);
  return made;
}

async function call(method: string, url: string, body = "", headers = ""): Promise<[status: number, body: unknown]> {
  const from = await client();
  from.write(
    `${method} ${url} HTTP/1.1\r\nHost: h\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  const answer = await from.answer();
  return [answer?.status ?? 0, JSON.parse(answer?.body.toString() ?? "null")];
}

/** The status and error type of an answer. */
async function errorOf(answer: Promise<[number, unknown]>): Promise<[number, unknown]> {
  const [status, body] = await answer;
  return [status, (body as { errorType?: unknown }).errorType];
}

async function register(name: string, events: readonly string[], features = ""): Promise<[id: string, body: unknown]> {
  const from = await client();
  from.post(REGISTER, JSON.stringify({ events }), `Lambda-Extension-Name: ${name}\r\n${features}`);
  const answer = await from.answer();
  expect(answer?.status).toBe(200);
  return [answer?.headers.get("Lambda-Extension-Identifier") ?? "", JSON.parse(answer?.body.toString() ?? "")];
}

async function next(id: string): Promise<RawClient> {
  const from = await client();
  from.write(`GET ${NEXT} HTTP/1.1\r\nHost: h\r\nLambda-Extension-Identifier: ${id}\r\n\r\n`);
  return from;
}

/** A supervisor as sandboxes have it, and the orders that it has got. */
class Supervisor implements Disposable {
  readonly orders: unknown[] = [];
  readonly #socket: Socket;

  constructor() {
    this.#socket = connect({ path });
    this.#socket.on("data", (chunk: Buffer) => {
      for (const line of chunk.toString().trim().split("\n")) this.orders.push(JSON.parse(line));
    });
    this.#socket.on("error", ignore);
    this.#socket.write("CONNECT supervisor.hearth:1 HTTP/1.1\r\nHost: h\r\n\r\n");
  }

  say(message: unknown): void {
    this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  async obeyed(order: object): Promise<void> {
    await vi.waitFor(() => expect(this.orders).toContainEqual(order));
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

async function supervisor(...names: string[]): Promise<Supervisor> {
  const made = new Supervisor();
  open.push(made);
  made.say({ kind: "found", names });
  await made.obeyed({ do: "startExtensions" });
  return made;
}

test("the runtime starts when all external extensions have registered, and the environment is ready when all wait", async () => {
  const supervised = await supervisor("one", "two");
  const [id, body] = await register("one", ["INVOKE", "SHUTDOWN"], "Lambda-Extension-Accept-Feature: accountId\r\n");
  expect(body).toEqual({ functionName: "f", functionVersion: "7", handler: "a.b", accountId: "1" });
  expect(supervised.orders).not.toContainEqual({ do: "startRuntime" });
  const [second, plain] = await register("two", []);
  expect(plain).toEqual({ functionName: "f", functionVersion: "7", handler: "a.b" });
  await supervised.obeyed({ do: "startRuntime" });
  const runtime = await client();
  runtime.get(RUNTIME_NEXT);
  await vi.waitFor(() => expect(heard).toEqual([["next"]]));
  const waiting = await next(id);
  await next(second);
  await vi.waitFor(() => expect(heard).toEqual([["next"], ["allWaiting"]]));
  expect(endpoint.extensions.map(({ name, state }) => [name, state])).toEqual([
    ["one", "Ready"],
    ["two", "Ready"],
  ]);

  endpoint.invoke(invocation, 5_000);
  const event = await waiting.answer();
  expect(JSON.parse(event?.body.toString() ?? "")).toEqual({
    eventType: "INVOKE",
    deadlineMs: 5_000,
    requestId: "r1",
    invokedFunctionArn: "arn:x",
    tracing: { type: "X-Amzn-Trace-Id", value: "Root=1-a-b;Sampled=0" },
  });
  expect(event?.headers.get("Lambda-Extension-Event-Identifier")).toMatch(/^[0-9a-f-]{36}$/);
  await runtime.answer();
  runtime.post("/hearth/invocation/r1/response", "1");
  await vi.waitFor(() => expect(heard.at(-1)).toEqual(["next"]));
  await next(id);
  await vi.waitFor(() => expect(heard.at(-1)).toEqual(["allWaiting"]));
});

test("an internal extension registers before the first event only, and not for SHUTDOWN", async () => {
  const [id] = await register("inner", ["INVOKE"]);
  expect(await errorOf(call("POST", REGISTER, '{"events":["SHUTDOWN"]}', "Lambda-Extension-Name: late\r\n"))).toEqual([
    400,
    "Extension.InvalidEventType",
  ]);
  (await client()).get(RUNTIME_NEXT);
  await next(id);
  await vi.waitFor(() => expect(heard.at(-1)).toEqual(["allWaiting"]));
  expect(await errorOf(call("POST", REGISTER, '{"events":[]}', "Lambda-Extension-Name: late\r\n"))).toEqual([
    403,
    "Extension.RegistrationClosed",
  ]);
  expect(await endpoint.shutDown("spindown")).toBe(500);
  expect(await endpoint.shutDown("spindown")).toBe(0);
});

test("requests that are wrong or out of order get AWS's errors", async () => {
  const [id] = await register("a", ["INVOKE"]);
  const as = (value: string): string => `Lambda-Extension-Identifier: ${value}\r\n`;
  const named = "Lambda-Extension-Name: b\r\n";
  for (const [answer, expected] of [
    [call("POST", REGISTER, "{}"), [400, "Extension.InvalidExtensionName"]],
    [call("POST", REGISTER, "[]", named), [400, "InvalidRequestFormat"]],
    [call("POST", REGISTER, "no", named), [400, "InvalidRequestFormat"]],
    [call("POST", REGISTER, '{"events":["NONE"]}', named), [400, "Extension.InvalidEventType"]],
    [call("POST", REGISTER, '{"events":[]}', "Lambda-Extension-Name: a\r\n"), [403, "Extension.AlreadyRegistered"]],
    [call("GET", NEXT), [403, "Extension.MissingExtensionIdentifier"]],
    [call("GET", NEXT, "", as("x")), [403, "Extension.InvalidExtensionIdentifier"]],
    [call("GET", NEXT, "", as(crypto.randomUUID())), [403, "Extension.UnknownExtensionIdentifier"]],
    [call("POST", "/2020-01-01/extension/init/error", "{}", as(id)), [400, "Extension.MissingHeader"]],
    [call("PUT", NEXT, "", as(id)), [404, "NotFound"]],
    [call("PUT", "/2022-07-01/telemetry", "{}", as(id)), [403, "Telemetry.NotSupported"]],
  ] as const)
    expect(await errorOf(answer)).toEqual(expected);
  for (let n = 1; n < 10; n++) await register(`more-${n}`, []);
  expect(await errorOf(call("POST", REGISTER, "{}", named))).toEqual([403, "Extension.TooManyExtensions"]);
  await next(id);
  await vi.waitFor(() => expect(endpoint.extensions[0]?.isWaiting).toBe(true));
  expect(await errorOf(call("GET", NEXT, "", as(id)))).toEqual([403, "Extension.InvalidExtensionState"]);
});

test("an extension that cannot be started, reports an error or ends is a fault, once", async () => {
  const supervised = await supervisor("a", "b", "c", "d");
  supervised.say({ kind: "launchFailed", name: "a", reason: "permission denied" });
  supervised.say({ kind: "ended", name: "b", code: 0, signal: null });
  supervised.say({ kind: "ended", name: "b", code: 0, signal: null });
  supervised.say({ kind: "ended", name: "unknown", code: 0 });
  const [id] = await register("c", []);
  const error = "Lambda-Extension-Function-Error-Type: Own.Error\r\n";
  expect(
    await call("POST", "/2020-01-01/extension/init/error", "{}", `Lambda-Extension-Identifier: ${id}\r\n${error}`),
  ).toEqual([202, { status: "OK" }]);
  supervised.say({ kind: "ended", name: "c", code: null, signal: "SIGKILL" });
  supervised.say({ kind: "ended", name: null, code: 1, signal: null });
  await vi.waitFor(() => expect(heard).toHaveLength(4));
  expect(heard).toEqual([
    ["fault", "Extension.LaunchError", "fork/exec /opt/extensions/a: permission denied"],
    ["fault", "Extension.Crash", "exit code 0"],
    ["fault", "Extension.InitError", "signal: killed"],
    ["runtimeExit", { exitCode: 1, signal: null }],
  ]);
});

test("where there are internal extensions alone, whatever carries their requests connects to their listeners", async () => {
  const listener = JSON.stringify({ types: ["platform"], destination: { protocol: "TCP", port: 4242 } });
  const carrier = await client();
  carrier.write("CONNECT carrier.hearth:1 HTTP/1.1\r\nHost: h\r\n\r\n");
  const [id] = await register("inner", ["INVOKE"]);
  const subscribed = call("PUT", "/2020-08-15/logs", listener, `Lambda-Extension-Identifier: ${id}\r\n`);
  expect(await subscribed).toEqual([200, "OK"]);
  expect(heard).toContainEqual(["subscribed", "inner", "Subscribed", ["platform"]]);
  endpoint.telemetry?.publish({ type: "platform", name: "platform.start", timeMs: 0, record: "1", olderRecord: "2" });
  await clock.advance(1_000);
  const order = JSON.parse(await carrier.line()) as { readonly id: string };
  expect(order).toEqual({ do: "connect", id: expect.any(String), port: 4242 });
  const carried = await client();
  carried.write(`CONNECT connection.hearth:${order.id} HTTP/1.1\r\nHost: h\r\n\r\n`);
  expect(JSON.parse(await carried.line())).toEqual({
    time: "1970-01-01T00:00:00.000Z",
    type: "platform.start",
    record: 2,
  });
});

test("the end: SIGTERM for the runtime, then SHUTDOWN for extensions, within two seconds", async () => {
  const supervised = await supervisor("a", "b");
  const [id] = await register("a", ["SHUTDOWN"]);
  await register("b", []);
  const waiting = await next(id);
  await vi.waitFor(() => expect(endpoint.extensions[0]?.isWaiting).toBe(true));
  const done = endpoint.shutDown("spindown");
  await supervised.obeyed({ do: "terminateRuntime" });
  await clock.advance(300);
  await supervised.obeyed({ do: "killRuntime" });
  const event = JSON.parse((await waiting.answer())?.body.toString() ?? "");
  expect(event).toEqual({ eventType: "SHUTDOWN", deadlineMs: clock.now() + 1_700, shutdownReason: "spindown" });
  supervised.say({ kind: "ended", name: "a", code: 0, signal: null });
  expect(await done).toBe(0);
  expect(heard).not.toContainEqual(expect.arrayContaining(["fault"]));
});

test("a second supervisor, and connections that nothing has asked for, are closed", async () => {
  await supervisor("a");
  for (const target of ["supervisor.hearth:1", "connection.hearth:99", "example.com:443"]) {
    const stranger = await client();
    stranger.write(`CONNECT ${target} HTTP/1.1\r\nHost: h\r\n\r\n`);
    expect(await stranger.answer()).toBeUndefined();
  }
});
