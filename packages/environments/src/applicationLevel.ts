import type { Clock } from "@hearth/kit";
import { ParseBudget } from "./parseBudget.ts";
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

/** Where a line that is not parsed is searched for its level and its time: loggers write them first. */
const SEARCHED = 2048;
const LEVEL_MEMBER = /"level":\s?"([A-Za-z]{1,8})"/;
const TIME_MEMBER = /"(?:timestamp|time)":\s?"([^"]{1,40})"/;

/**
 * Decides which lines of a function's own output are kept; `undefined` where all are. A line's level is the one it states as a JSON object
 * with a time, and INFO otherwise: so levels hold for every runtime, and for output that bypasses a runtime's own loggers. Lines that are very
 * long, or that come in a flood, are not parsed: the first mention of a level and of a time in their first 2 KB counts.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
 */
export function applicationFilter(
  { LogFormat, ApplicationLogLevel }: LogSettings,
  clock: Clock,
): ((line: string) => boolean) | undefined {
  const minimum = LEVELS[ApplicationLogLevel ?? "TRACE"] ?? 1;
  if (LogFormat === "Text" || minimum === 1) return undefined;
  const budget = new ParseBudget(clock);
  return (line) => {
    if (!line.startsWith("{")) return INFO >= minimum;
    return (budget.take(line) ? parsedLevel(line) : searchedLevel(line)) >= minimum;
  };
}

function parsedLevel(line: string): number {
  if (!line.includes('"level"')) return INFO;
  let record: Readonly<Record<string, unknown>>;
  try {
    record = JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return INFO; // Not JSON, so text, which has no level of its own.
  }
  return levelOf(record["level"], record["timestamp"] ?? record["time"]);
}

function searchedLevel(line: string): number {
  const start = line.slice(0, SEARCHED);
  return levelOf(LEVEL_MEMBER.exec(start)?.[1], TIME_MEMBER.exec(start)?.[1]);
}

function levelOf(level: unknown, time: unknown): number {
  if (typeof level !== "string" || typeof time !== "string" || !RFC_3339.test(time)) return INFO;
  return LEVELS[level.toUpperCase()] ?? INFO;
}
