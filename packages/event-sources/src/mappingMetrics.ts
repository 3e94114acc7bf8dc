import { type Clock, Counter, type Registry } from "@hearth/kit";
import type { MetricSink } from "@hearth/model";
import type { MappedSource } from "./eventSource.ts";

/** AWS's metrics of event source mappings. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics */
export type EventCount =
  | "PolledEventCount"
  | "FilteredOutEventCount"
  | "InvokedEventCount"
  | "FailedInvokeEventCount"
  | "DroppedEventCount"
  | "OnFailureDestinationDeliveredEventCount"
  | "DeletedEventCount";

const RESULTS: Readonly<Record<EventCount, string>> = {
  PolledEventCount: "polled",
  FilteredOutEventCount: "filtered_out",
  InvokedEventCount: "invoked",
  FailedInvokeEventCount: "failed",
  DroppedEventCount: "dropped",
  OnFailureDestinationDeliveredEventCount: "sent_to_destination",
  DeletedEventCount: "deleted",
};

/** Counts what happens to records: of all mappings by source for operators, of single mappings for their owners. */
export class MappingMetrics {
  readonly #records: Counter;
  readonly #clock: Clock;
  readonly #sink: MetricSink | undefined;

  /** `sink` takes the metrics of mappings whose MetricsConfig has `EventCount`, for CloudWatch. */
  constructor(registry: Registry, clock: Clock, sink?: MetricSink) {
    this.#clock = clock;
    this.#sink = sink;
    this.#records = new Counter({
      name: "hearth_event_source_records_total",
      help: "Records of event source mappings by what happened to them, as AWS's EventCount metrics.",
      labelNames: ["source", "result"],
      registers: [registry],
    });
  }

  count(source: string, mapping: MappedSource, name: EventCount, records: number): void {
    if (records === 0) return;
    this.#records.inc({ source, result: RESULTS[name] }, records);
    if (!mapping.settings.MetricsConfig?.Metrics?.includes("EventCount")) return;
    const { accountId, region, UUID } = mapping;
    this.#sink?.put({
      accountId,
      region,
      Namespace: "AWS/Lambda",
      MetricName: name,
      Dimensions: { EventSourceMappingUUID: UUID },
      value: records,
      unit: "Count",
      at: this.#clock.now(),
    });
  }
}
