import { ManualClock, Registry } from "@hearth/kit";
import type { MetricSample } from "@hearth/model";
import { expect, test } from "vitest";
import { MappingMetrics } from "./mappingMetrics.ts";

const mapping = { UUID: "id", accountId: "000000000000", region: "us-east-1", FunctionName: "f" };

test("all mappings are counted by source, and those with EventCount in CloudWatch too", async () => {
  const registry = new Registry();
  const clock = new ManualClock();
  const samples: MetricSample[] = [];
  const metrics = new MappingMetrics(registry, clock, { put: (sample) => void samples.push(sample) });
  metrics.count("sqs", { ...mapping, settings: {} }, "PolledEventCount", 3);
  metrics.count(
    "sqs",
    { ...mapping, settings: { MetricsConfig: { Metrics: ["EventCount"] } } },
    "DeletedEventCount",
    2,
  );
  metrics.count("sqs", { ...mapping, settings: {} }, "DroppedEventCount", 0);
  const { accountId, region } = mapping;
  expect(samples).toEqual([
    {
      accountId,
      region,
      Namespace: "AWS/Lambda",
      MetricName: "DeletedEventCount",
      Dimensions: { EventSourceMappingUUID: "id" },
      value: 2,
      unit: "Count",
      at: clock.now(),
    },
  ]);
  const text = await registry.metrics();
  expect(text).toContain('hearth_event_source_records_total{source="sqs",result="polled"} 3');
  expect(text).toContain('hearth_event_source_records_total{source="sqs",result="deleted"} 2');
});
