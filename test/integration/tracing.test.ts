import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  InvokeCommand,
  type LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { type RunningHearth, startHearth } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createActive, lambdaClient } from "../support/lambda.ts";

const PATIENCE = { timeout: 60_000, interval: 100 };
const CODE = `export const handler = async (event) => {
  if (event.fail) throw new TypeError("as asked");
  return process.env._X_AMZN_TRACE_ID;
};`;
const TRACE = "0af7651916cd43dd8448eb211c80319c";

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

/** A collector that keeps what it is sent. */
const spans: OtlpSpan[] = [];
const resources: unknown[] = [];
let headers: IncomingHttpHeaders | undefined;
let collector: Server;
let hearth: RunningHearth;
let client: LambdaClient;
beforeAll(async () => {
  collector = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      ({ headers } = request);
      const { resourceSpans } = JSON.parse(Buffer.concat(pieces).toString()) as {
        resourceSpans: { resource: unknown; scopeSpans: { spans: OtlpSpan[] }[] }[];
      };
      for (const { resource, scopeSpans } of resourceSpans) {
        resources.push(resource);
        spans.push(...scopeSpans.flatMap((scope) => scope.spans));
      }
      response.writeHead(request.url === "/v1/traces" ? 200 : 404).end("{}");
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const { port } = collector.address() as AddressInfo;
  hearth = await startHearth({
    driver: "process",
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_HEADERS: "api-key=se%20cret",
    },
  });
  client = lambdaClient(hearth);
  for (const FunctionName of ["active", "through"]) {
    await createActive(client, { FunctionName, files: { "index.mjs": CODE } });
  }
  await client.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: "active", TracingConfig: { Mode: "Active" } }),
  );
  const wait = { client, maxWaitTime: 60, minDelay: 0.1, maxDelay: 1 };
  await waitUntilFunctionUpdatedV2(wait, { FunctionName: "active" });
}, 120_000);
afterAll(async () => {
  await hearth?.[Symbol.asyncDispose]();
  collector?.close();
}, 60_000);

/** The trace header that the function had, and the headers of the answer. */
async function traced(FunctionName: string, given: Readonly<Record<string, string>> = {}, event: object = {}) {
  const command = new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) });
  let answered: Readonly<Record<string, string>> = {};
  command.middlewareStack.add(
    (next) => async (args) => {
      Object.assign((args.request as { headers: object }).headers, given);
      const result = await next(args);
      answered = (result.response as { headers: Record<string, string> }).headers;
      return result;
    },
    { step: "build" },
  );
  const { Payload } = await client.send(command);
  return { seen: String(JSON.parse(Buffer.from(Payload ?? []).toString())), answered };
}
const member = (header: string, name: string): string => new RegExp(`${name}=([^;]*)`).exec(header)?.[1] ?? "";
const named = (traceId: string, name: string): OtlpSpan | undefined =>
  spans.find((span) => span.traceId === traceId && span.name === name);

test("spans of a sampled invocation join the trace of its caller, and the function continues that of its run", async () => {
  const parent = "b7ad6b7169203331";
  const { seen, answered } = await traced("active", { traceparent: `00-${TRACE}-${parent}-01` });
  expect([member(seen, "Root"), member(seen, "Sampled")]).toEqual([`1-${TRACE.slice(0, 8)}-${TRACE.slice(8)}`, "1"]);
  expect(member(seen, "Parent")).not.toBe(parent);
  expect(answered["traceparent"]).toBe(`00-${TRACE}-${member(seen, "Parent")}-01`);

  await expect.poll(() => named(TRACE, "active"), PATIENCE).toBeDefined();
  const [whole, queue, init, invoke] = ["active", "queue", "init", "invoke"].map((name) => named(TRACE, name));
  expect(whole).toMatchObject({ parentSpanId: parent, status: {} });
  for (const child of [queue, init, invoke]) expect(child?.parentSpanId).toBe(whole?.spanId);
  expect(invoke?.spanId).toBe(member(seen, "Parent"));
  const times = [whole?.startTimeUnixNano, queue?.endTimeUnixNano, init?.endTimeUnixNano, invoke?.endTimeUnixNano];
  expect(times.toSorted((a = "", b = "") => a.localeCompare(b))).toEqual(times);
  const attributes = Object.fromEntries((whole?.attributes ?? []).map(({ key, value }) => [key, value]));
  expect(attributes).toMatchObject({ "faas.name": { stringValue: "active" }, "faas.coldstart": { boolValue: true } });
  expect(JSON.stringify(resources[0])).toContain('"service.name","value":{"stringValue":"hearth"}');
  expect(headers?.["api-key"]).toBe("se cret");
});

test("an error of the function is that of its spans, and the caller's decision not to sample holds", async () => {
  const failing = TRACE.replace("0a", "0b");
  await traced(
    "active",
    { "X-Amzn-Trace-Id": `Root=1-${failing.slice(0, 8)}-${failing.slice(8)};Sampled=1` },
    { fail: true },
  );
  await expect.poll(() => named(failing, "active")?.status, PATIENCE).toMatchObject({ code: 2, message: "TypeError" });
  const silent = TRACE.replace("0a", "0c");
  const { seen } = await traced("active", { traceparent: `00-${silent}-b7ad6b7169203331-00` });
  expect(seen).toMatch(/Parent=b7ad6b7169203331;Sampled=0/);
  const last = TRACE.replace("0a", "0d");
  await traced("active", { traceparent: `00-${last}-b7ad6b7169203331-01` });
  await expect.poll(() => named(last, "active"), PATIENCE).toBeDefined();
  expect(named(silent, "active")).toBeUndefined();
});

test("of a function without active tracing nothing is sent, and its caller's header reaches it", async () => {
  const passed = TRACE.replace("0a", "0e");
  const { seen } = await traced("through", { traceparent: `00-${passed}-b7ad6b7169203331-01` });
  expect(seen).toContain(`Root=1-${passed.slice(0, 8)}-${passed.slice(8)};Parent=b7ad6b7169203331;Sampled=1`);
  expect(spans.some(({ traceId }) => traceId === passed)).toBe(false);
});
