import { createLogger, type Logger } from "@hearth/kit";
import type { Config } from "./config.ts";

const LEVELS: Readonly<Record<number, string>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};
const STANDARD: ReadonlySet<string> = new Set(["level", "time", "role", "msg", "err"]);

/** Hearth's own log on standard error: readable lines on a terminal, JSON elsewhere. */
export function openLog(config: Config, stream: NodeJS.WriteStream = process.stderr): Logger {
  const { HEARTH_LOG_FORMAT: format, HEARTH_LOG_LEVEL: level, HEARTH_ROLE: role } = config;
  const asText = format === "text" || (format === "auto" && stream.isTTY);
  return createLogger(level, role, { write: (line) => void stream.write(asText ? textLine(line) : line) });
}

/** One of pino's lines in a readable form: time of day, level when it matters, message, further members. */
export function textLine(json: string): string {
  const entry = JSON.parse(json) as Record<string, unknown> & { readonly msg?: string };
  const time = String(entry["time"]).slice(11, 19);
  const level = LEVELS[Number(entry["level"])] ?? "info";
  const further = Object.entries(entry)
    .filter(([name]) => !STANDARD.has(name))
    .map(([name, value]) => ` ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const error = entry["err"] as { readonly stack?: string; readonly message?: string } | undefined;
  const stack = error ? `\n${error.stack ?? error.message ?? JSON.stringify(error)}` : "";
  return `${time} ${level === "info" ? "" : `${level.toUpperCase()} `}${entry.msg ?? ""}${further.join("")}${stack}\n`;
}
