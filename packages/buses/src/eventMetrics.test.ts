import { SystemClock } from "@hearth/kit";
import type { MetricSink } from "@hearth/model";
import { HERE } from "@hearth/testkit";
import { expect, test } from "vitest";
import { EventMetrics } from "./eventMetrics.ts";

test("an event counts for each rule that it triggers, with the bus unless it is the default one", () => {
  const put: unknown[] = [];
  const sink: MetricSink = {
    put: ({ MetricName, Dimensions, value }) => void put.push([MetricName, Dimensions, value]),
  };
  const metrics = new EventMetrics(sink, new SystemClock());
  const rule = { name: "placed", arn: "", targets: [] };
  metrics.triggered({ ...HERE, bus: "orders" }, [rule]);
  metrics.triggered({ ...HERE, bus: "default" }, [rule]);
  expect(put).toEqual([
    ["MatchedEvents", { EventBusName: "orders", RuleName: "placed" }, 1],
    ["TriggeredRules", { EventBusName: "orders", RuleName: "placed" }, 1],
    ["Invocations", { EventBusName: "orders", RuleName: "placed" }, 0],
    ["MatchedEvents", { RuleName: "placed" }, 1],
    ["TriggeredRules", { RuleName: "placed" }, 1],
    ["Invocations", { RuleName: "placed" }, 0],
  ]);
});
