import type { Clock } from "@hearth/kit";
import type { Dimensions, MetricSink, MetricUnit } from "@hearth/model";
import type { SocketFacts } from "./openSocket.ts";
import type { RouteOutcome } from "./socketRoute.ts";

/** The stage that a value belongs to. */
export type MeasuredStage = Pick<SocketFacts, "api" | "stage">;

/** The metrics of AWS/ApiGateway of WebSocket APIs. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html */
export class SocketStageMetrics {
  readonly #sink: MetricSink;
  readonly #clock: Pick<Clock, "now">;

  constructor(sink: MetricSink, clock: Pick<Clock, "now">) {
    this.#sink = sink;
    this.#clock = clock;
  }

  /** A message from the client, or to it. */
  message(stage: MeasuredStage): void {
    this.#put(stage, "MessageCount", 1, "Count");
  }

  /** A handshake or message that is refused before an integration is called. */
  refused(stage: MeasuredStage): void {
    this.#put(stage, "ClientError", 1, "Count");
  }

  /** The integration of `$connect` is called. */
  connect(stage: MeasuredStage): void {
    this.#put(stage, "ConnectCount", 1, "Count");
  }

  routed(stage: MeasuredStage, { kind, ran }: RouteOutcome): void {
    if (kind === "refused") return this.refused(stage);
    const hasFailed = ran !== undefined && ran.status >= 400;
    if (hasFailed) this.#put(stage, "IntegrationError", 1, "Count");
    else if (kind === "failed") this.#put(stage, "ExecutionError", 1, "Count");
    if (ran?.latencyMs !== undefined) this.#put(stage, "IntegrationLatency", ran.latencyMs, "Milliseconds");
  }

  #put({ api, stage }: MeasuredStage, MetricName: string, value: number, unit: MetricUnit): void {
    const { accountId, region, apiId: ApiId } = api;
    const at = this.#clock.now();
    const dimensions: readonly Dimensions[] = [{ ApiId }, { ApiId, Stage: stage }];
    for (const Dimensions of dimensions) {
      this.#sink.put({ accountId, region, Namespace: "AWS/ApiGateway", MetricName, Dimensions, value, unit, at });
    }
  }
}
