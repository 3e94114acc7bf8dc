import type { Clock } from "@hearth/kit";
import type { TelemetryEvent, TelemetrySubscriptions } from "@hearth/runtime-api";
import { ParseBudget } from "./parseBudget.ts";
import { faultText, jsonRecord, type LogSettings, type PlatformEvent } from "./reportLine.ts";

/** Events that the Logs API has; the Telemetry API has all but `end` and `fault`. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html */
const OF_LOGS_API: ReadonlySet<PlatformEvent["type"]> = new Set([
  "start",
  "end",
  "report",
  "fault",
  "runtimeDone",
  "extension",
  "logsSubscription",
]);

/** Publishes what is logged to the extensions that have subscribed to telemetry, whatever levels the log itself keeps. */
export class LogTelemetry {
  readonly #telemetry: Pick<TelemetrySubscriptions, "publish">;
  readonly #isJson: boolean;
  readonly #budget: ParseBudget;

  constructor(telemetry: Pick<TelemetrySubscriptions, "publish">, { LogFormat }: LogSettings, clock: Clock) {
    this.#telemetry = telemetry;
    this.#isJson = LogFormat === "JSON";
    this.#budget = new ParseBudget(clock);
  }

  event(event: PlatformEvent, timeMs: number): void {
    const record = jsonRecord(event);
    const common = { type: "platform", name: `platform.${event.type}`, timeMs } as const;
    if (record !== undefined) {
      const both = OF_LOGS_API.has(event.type) && event.type !== "logsSubscription";
      const api = event.type === "logsSubscription" ? "logs" : "telemetry";
      this.#publish({ ...common, record: JSON.stringify(record), ...(!both && { api }) });
    } else if (event.type === "end")
      this.#publish({ ...common, record: JSON.stringify({ requestId: event.requestId }), api: "logs" });
    else if (event.type === "fault")
      this.#publish({
        ...common,
        record: JSON.stringify(faultText(event.requestId, event.fault, timeMs)),
        api: "logs",
      });
  }

  /** A line of a function with the log format JSON is an object where it is one. */
  lines(type: "function" | "extension", lines: readonly string[], timeMs: number): void {
    for (const line of lines)
      this.#publish({ type, name: type, timeMs, record: this.#isObject(type, line) ? line : JSON.stringify(line) });
  }

  #isObject(type: "function" | "extension", line: string): boolean {
    if (type === "extension" || !this.#isJson || !line.startsWith("{") || !this.#budget.take(line)) return false;
    try {
      JSON.parse(line);
      return true;
    } catch {
      return false; // text that begins with a brace
    }
  }

  #publish(event: TelemetryEvent): void {
    this.#telemetry.publish(event);
  }
}
