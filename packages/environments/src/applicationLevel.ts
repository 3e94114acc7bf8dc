import type { LogSettings } from "./reportLine.ts";

const LEVELS: Readonly<Record<string, number>> = {
  TRACE: 1,
  DEBUG: 2,
  INFO: 3,
  WARN: 4,
  WARNING: 4,
  ERROR: 5,
  FATAL: 6,
  CRITICAL: 6,
};
const INFO = 3;
/** https://www.rfc-editor.org/rfc/rfc3339#section-5.6 */
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/**
 * Decides which lines of a function's own output are kept; `undefined` where all are. A line's level is the one it states as a JSON object
 * with a time, and INFO otherwise: so levels hold for every runtime, and for output that bypasses a runtime's own loggers.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
 */
export function applicationFilter({
  LogFormat,
  ApplicationLogLevel,
}: LogSettings): ((line: string) => boolean) | undefined {
  const minimum = LEVELS[ApplicationLogLevel ?? "TRACE"] ?? 1;
  if (LogFormat === "Text" || minimum === 1) return undefined;
  return (line) => levelOf(line) >= minimum;
}

function levelOf(line: string): number {
  if (!line.startsWith("{") || !line.includes('"level"')) return INFO;
  let record: Readonly<Record<string, unknown>>;
  try {
    record = JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return INFO; // Not JSON, so text, which has no level of its own.
  }
  const { level } = record;
  const time = record["timestamp"] ?? record["time"];
  if (typeof level !== "string" || typeof time !== "string" || !RFC_3339.test(time)) return INFO;
  return LEVELS[level.toUpperCase()] ?? INFO;
}
