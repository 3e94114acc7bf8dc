import type { Clock } from "@hearth/kit";
import type { TelemetryEvent, TelemetrySubscriptions } from "@hearth/runtime-api";
import { ParseBudget } from "./parseBudget.ts";
import { olderPlatformRecord, platformRecord } from "./platformRecord.ts";
import type { PlatformEvent } from "./platformEvent.ts";
import { faultText, type LogSettings } from "./reportLine.ts";

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
    const record = platformRecord(event, timeMs);
    const older = olderPlatformRecord(event);
    const common = { type: "platform", name: `platform.${event.type}`, timeMs } as const;
    if (record !== undefined) {
      const both = OF_LOGS_API.has(event.type) && event.type !== "logsSubscription";
      const api = event.type === "logsSubscription" ? "logs" : "telemetry";
      const olderRecord = older && { olderRecord: JSON.stringify(older) };
      this.#publish({ ...common, record: JSON.stringify(record), ...olderRecord, ...(!both && { api }) });
    } else if (older) this.#publish({ ...common, record: JSON.stringify(older), api: "logs" });
    else if (event.type === "fault")
      this.#publish({
        ...common,
        record: JSON.stringify(faultText(event.requestId, event.fault, timeMs)),
        api: "logs",
      });
  }

  /** A line is an object where it is one and the function's log format is JSON; subscribers of an older schema get its text. */
  lines(type: "function" | "extension", lines: readonly string[], timeMs: number): void {
    for (const line of lines) {
      const text = JSON.stringify(line);
      const records = this.#isObject(line) ? { record: line, olderRecord: text } : { record: text };
      this.#publish({ type, name: type, timeMs, ...records });
    }
  }

  #isObject(line: string): boolean {
    if (!this.#isJson || !line.startsWith("{") || !this.#budget.take(line)) return false;
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
