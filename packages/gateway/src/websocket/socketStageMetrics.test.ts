import type { MetricSample } from "@hearth/model";
import { expect, test } from "vitest";
import type { RouteOutcome } from "./socketRoute.ts";
import { SocketStageMetrics } from "./socketStageMetrics.ts";

const reply = { status: 200, headers: {}, body: null };

test.each<[string, RouteOutcome, Record<string, number>]>([
  ["an answer", { kind: "answered", reply, ran: { status: 200, latencyMs: 7 } }, { IntegrationLatency: 7 }],
  ["a mock", { kind: "answered", reply, ran: { status: 200 } }, {}],
  [
    "an answer that says it failed",
    { kind: "answered", reply, ran: { status: 404, latencyMs: 7 } },
    { IntegrationError: 1, IntegrationLatency: 7 },
  ],
  [
    "a function that failed",
    {
      kind: "failed",
      status: 502,
      failure: new Error(),
      type: "API_CONFIGURATION_ERROR",
      ran: { status: 502, latencyMs: 7 },
    },
    { IntegrationError: 1, IntegrationLatency: 7 },
  ],
  [
    "an integration that could not be called",
    { kind: "failed", status: 504, failure: new Error(), type: "INTEGRATION_TIMEOUT" },
    { ExecutionError: 1 },
  ],
  [
    "a message that does not fit its model",
    { kind: "refused", status: 400, message: "", type: "BAD_REQUEST_BODY" },
    { ClientError: 1 },
  ],
])("%s", (_what, outcome, expected) => {
  const samples: MetricSample[] = [];
  const metrics = new SocketStageMetrics({ put: (sample) => void samples.push(sample) }, { now: () => 5 });
  const api = { accountId: "1", region: "r", apiId: "a" };
  metrics.routed({ api, stage: "live" }, outcome);
  for (const Dimensions of [{ ApiId: "a" }, { ApiId: "a", Stage: "live" }]) {
    const of = samples.filter((one) => JSON.stringify(one.Dimensions) === JSON.stringify(Dimensions));
    expect(Object.fromEntries(of.map(({ MetricName, value }) => [MetricName, value]))).toEqual(expected);
  }
  expect(samples).toHaveLength(2 * Object.keys(expected).length);
  for (const { Namespace, accountId, region, at } of samples) {
    expect({ Namespace, accountId, region, at }).toEqual({
      Namespace: "AWS/ApiGateway",
      accountId: "1",
      region: "r",
      at: 5,
    });
  }
});
