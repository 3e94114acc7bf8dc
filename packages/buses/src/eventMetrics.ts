import type { Clock } from "@hearth/kit";
import type { MetricSink } from "@hearth/model";
import type { EventBusKey } from "@hearth/store";
import { DEFAULT_BUS } from "./busArn.ts";
import type { PreparedRule } from "./busRules.ts";

/** The metrics of AWS/Events, by rule. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
export class EventMetrics {
  readonly #sink: MetricSink;
  readonly #clock: Clock;

  constructor(sink: MetricSink, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
  }

  /** An event of the bus has triggered the rules. */
  triggered({ accountId, region, bus }: EventBusKey, rules: readonly PreparedRule[]): void {
    for (const { name: RuleName, targets } of rules) {
      const Dimensions = bus === DEFAULT_BUS ? { RuleName } : { EventBusName: bus, RuleName };
      const values = { MatchedEvents: 1, TriggeredRules: 1, Invocations: targets.length };
      for (const [MetricName, value] of Object.entries(values)) {
        const at = this.#clock.now();
        this.#sink.put({
          accountId,
          region,
          Namespace: "AWS/Events",
          MetricName,
          Dimensions,
          value,
          unit: "Count",
          at,
        });
      }
    }
  }
}
