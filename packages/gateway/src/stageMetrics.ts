import type { AccountRegion, Dimensions } from "@hearth/model";
import type { MeasuredRequest, MetricNames, RequestMetrics, RequestSeries } from "./requestMetrics.ts";

export interface MeasuredStage {
  readonly names: MetricNames;
  readonly owner: AccountRegion;
  /** What names the API: its id, or the name of a REST API. */
  readonly api: Dimensions;
  readonly stage: string;
}

/** A route or method whose settings ask for metrics of its own. */
export interface MeasuredMethod {
  readonly method: string;
  readonly resource: string;
}

/** The metrics of one stage of an API, and of those of its routes or methods whose settings ask for details. */
export class StageMetrics {
  readonly #metrics: RequestMetrics;
  readonly #measured: MeasuredStage;
  readonly #all: RequestSeries;
  readonly #detailed = new Map<string, RequestSeries>();

  constructor(metrics: RequestMetrics, measured: MeasuredStage) {
    this.#metrics = metrics;
    this.#measured = measured;
    const { names, owner, api, stage: Stage } = measured;
    this.#all = metrics.series(names, owner, [api, { ...api, Stage }]);
  }

  add(request: MeasuredRequest, detailed?: MeasuredMethod): void {
    this.#all.add(request);
    if (detailed) this.#seriesOf(detailed).add(request);
  }

  #seriesOf({ method: Method, resource: Resource }: MeasuredMethod): RequestSeries {
    const key = `${Method} ${Resource}`;
    let series = this.#detailed.get(key);
    if (!series) {
      const { names, owner, api, stage: Stage } = this.#measured;
      series = this.#metrics.series(names, owner, [{ ...api, Method, Resource, Stage }]);
      this.#detailed.set(key, series);
    }
    return series;
  }
}
