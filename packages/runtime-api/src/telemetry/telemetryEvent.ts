export const TELEMETRY_TYPES = ["platform", "function", "extension"] as const;
export type TelemetryType = (typeof TELEMETRY_TYPES)[number];
/** The Telemetry API, and the older Logs API. */
export type TelemetryApi = "telemetry" | "logs";

/** One event for the subscribers of telemetry. https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html */
export interface TelemetryEvent {
  /** Which subscribers want it. */
  readonly type: TelemetryType;
  /** As the event names itself, such as `platform.start`. */
  readonly name: string;
  readonly timeMs: number;
  /** JSON. */
  readonly record: string;
  /** The record for subscribers of an older schema, where that differs: the Logs API's for events of the platform, one older than 2022-12-13 for lines. */
  readonly olderRecord?: string;
  /** Only for subscribers of this API, where the two differ. */
  readonly api?: TelemetryApi;
}

export function eventText({ name, timeMs, record }: Pick<TelemetryEvent, "name" | "timeMs" | "record">): string {
  return `{"time":"${new Date(timeMs).toISOString()}","type":"${name}","record":${record}}`;
}
