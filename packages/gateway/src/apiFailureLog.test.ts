import { EventEmitter } from "node:events";
import { createLogger, ManualClock } from "@hearth/kit";
import { AccessDeniedException } from "@hearth/model";
import { OutboundFailed } from "@hearth/outbound";
import { AccountQuotas } from "@hearth/wire";
import { expect, test, vi } from "vitest";
import { ApiFailureLog } from "./apiFailureLog.ts";
import { DefinitionFault } from "./definitionFault.ts";
import { FunctionFailed } from "./functionFailed.ts";
import { MalformedAnswer, replyV1 } from "./functionReply.ts";
import { FunctionCaller } from "./http/functionCaller.ts";
import { HttpApiEndpoint } from "./http/httpApiEndpoint.ts";
import { configurationError } from "./rest/gatewayFailure.ts";
import { RestApiEndpoint } from "./rest/restApiEndpoint.ts";
import { fakeRequest } from "./testing/fakeRequest.ts";
import { SocketTraffic } from "./websocket/socketTraffic.ts";

const api = { accountId: "000000000000", region: "us-east-1", apiId: "abc" };
const FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:hello";

function open() {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const clock = new ManualClock();
  const failures = new ApiFailureLog({ clock, logger: createLogger("warn", "test", { write }) });
  const unlimited = { requestsPerSecond: 1e9, invocationsPerSecond: 1e9, connections: 1e6 };
  const quotas = new AccountQuotas({ clock, ...unlimited, onRefused: () => undefined });
  const accessLog = { add: () => undefined };
  return { lines, clock, failures, deps: { clock, failures, quotas, accessLog }, metrics: { add: () => undefined } };
}

const ofRoute = { api, stage: "dev", route: "GET /x", requestId: "r" };

test("a reason is written once in ten seconds for each API, with the number of those left out", async () => {
  const { lines, clock, failures } = open();
  for (let i = 0; i < 100; i++) failures.note({ ...ofRoute, requestId: `r${i}` }, new FunctionFailed("functionError"));
  failures.note({ ...ofRoute, api: { ...api, apiId: "other" } }, new FunctionFailed("timeout"));
  failures.note(ofRoute, new DefinitionFault("the route has no integration"));
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatchObject({ level: 40, ...api, stage: "dev", route: "GET /x", requestId: "r0" });
  expect(lines[0]?.["reason"]).toBe("the function ended with functionError: the function's own log says why");
  await clock.advance(10_000);
  expect(lines.slice(3)).toEqual([expect.objectContaining({ apiId: "abc", requests: 99, requestId: "r99" })]);
  failures.note(ofRoute, new FunctionFailed("functionError"));
  expect(lines).toHaveLength(5);
});

test("one account with many APIs that fail fills the log with 51 lines, and no other account's", () => {
  const { lines, failures } = open();
  const fault = new DefinitionFault("x");
  for (let i = 0; i < 1_000; i++) failures.note({ ...ofRoute, api: { ...api, apiId: `api${i}` } }, fault);
  expect(lines).toHaveLength(51);
  failures.note({ ...ofRoute, api: { ...api, accountId: "111111111111" } }, fault);
  expect(lines).toHaveLength(52);
  failures[Symbol.dispose]();
  expect(lines.at(-1)).toMatchObject({ requests: 949 });
});

test("the log shows nothing of an answer's body", () => {
  const { lines, failures } = open();
  const payload = Buffer.from(JSON.stringify({ statusCode: { password: "secret" }, body: "secret" }));
  try {
    replyV1(payload);
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedAnswer);
    failures.note(ofRoute, configurationError(502, error));
  }
  expect(JSON.stringify(lines)).toContain("statusCode is a object");
  expect(JSON.stringify(lines)).not.toContain("secret");
});

test("an HTTP API whose function does not allow it: the line names function, source ARN and what to do", async () => {
  const { lines, deps, metrics } = open();
  const caller = new FunctionCaller({
    invoking: { invoke: () => Promise.reject(new Error("the function was called")) },
    authorizer: { decideForService: () => Promise.reject(new AccessDeniedException("no policy allows it")) },
  } as unknown as ConstructorParameters<typeof FunctionCaller>[0]);
  const route = { routeId: "r", routeKey: "GET /x", target: "integrations/i" };
  const integration = { integrationType: "AWS_PROXY", integrationUri: FUNCTION, payloadFormatVersion: "2.0" };
  const contents = { api: {}, routes: { find: () => ({ route, pathParameters: {} }) } };
  const stage = {
    ...{ stageName: "$default", stageVariables: {}, routeSettings: {} },
    contents: { ...contents, integrations: new Map([["i", integration]]) },
  };
  const served = { api, stage, throttle: { admits: () => true }, metrics, prefix: "" };
  const endpoint = new HttpApiEndpoint(served as never, { ...deps, caller } as never);
  const reply = await endpoint.serve(fakeRequest({ url: "/x?token=secret" }));
  expect(reply).toMatchObject({ status: 500, body: Buffer.from('{"message":"Internal Server Error"}') });
  expect(lines).toEqual([expect.objectContaining({ apiId: "abc", stage: "$default", route: "GET /x" })]);
  const reason = String(lines[0]?.["reason"]);
  expect(reason).toContain(
    `the policy of the function ${FUNCTION} does not allow apigateway.amazonaws.com with the source ARN arn:aws:execute-api:us-east-1:000000000000:abc/$default/GET/x`,
  );
  expect(reason).toContain("aws lambda add-permission");
  expect(JSON.stringify(lines)).not.toContain("secret");
});

test.each([
  ["a mapping template", configurationError(500, new DefinitionFault("a mapping template failed: x")), 500, /template/],
  ["an HTTP endpoint", new OutboundFailed("connect", "could not connect"), 504, /HTTP endpoint gave no answer/],
  ["a function", configurationError(502, new FunctionFailed("functionError")), 502, /function ended with/],
])("a REST API whose integration fails: %s", async (_what, error, expected, reason) => {
  const { lines, deps, metrics } = open();
  const method = { httpMethod: "GET", authorizationType: "NONE", methodIntegration: {} };
  const route = { resource: { id: "x", path: "/x" }, method };
  const stage = {
    ...{ stageName: "dev", variables: {}, methodSettings: new Map() },
    contents: { api: {}, gatewayResponses: new Map(), routes: { find: () => ({ route, pathParameters: {} }) } },
  };
  const throttles = { admitsMethod: () => true };
  const owner = { ...api, settings: {} };
  const served = { api: owner, stage, throttles, metrics, prefix: "/dev" };
  const integrations = { run: () => Promise.reject(error) };
  const endpoint = new RestApiEndpoint(served as never, { ...deps, integrations } as never);
  const { status } = await endpoint.serve(fakeRequest({ url: "/dev/x" }));
  expect(status).toBe(expected);
  expect(lines).toEqual([
    expect.objectContaining({ stage: "dev", route: "GET /x", reason: expect.stringMatching(reason) }),
  ]);
});

test("a route of a WebSocket API without an integration", async () => {
  const { lines, deps } = open();
  const route = { routeId: "r", routeKey: "$default" };
  const contents = { api: {}, routesByKey: new Map([["$default", route]]), integrations: new Map() };
  const stage = { stageName: "live", stageVariables: {}, contents };
  const traffic = new SocketTraffic({
    ...deps,
    directory: { findApi: () => Promise.resolve({ record: api, stages: new Map([["live", stage]]) }) },
    sockets: { add: () => undefined },
    throttleOf: () => ({ admits: () => true }),
    metrics: { routed: () => undefined },
    onMessage: () => undefined,
    maxHeldBytes: 1_000,
  } as never);
  const socket = new EventEmitter();
  const send = vi.fn<(data: Uint8Array) => void>();
  const facts = { api, stage: "live", connectionId: "c" };
  const connection = { facts, isOpen: true, inFlight: 0, touch: () => undefined, send };
  traffic.begin(connection as never, socket as never, false);
  socket.emit("message", Buffer.from("{}"), false);
  await expect.poll(() => lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ stage: "live", route: "$default", reason: expect.stringMatching(/no integration/) });
  expect(String(send.mock.calls[0]?.[0])).toContain("Internal server error");
});
