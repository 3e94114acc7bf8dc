import pino, { type Logger } from "pino";

export type { Logger };

/** Writes JSON lines to `destination` (default: standard output), one object per line, with `role` on each. */
export function createLogger(level: string, role: string, destination?: pino.DestinationStream): Logger {
  const options = { level, base: { role }, timestamp: pino.stdTimeFunctions.isoTime };
  return destination ? pino(options, destination) : pino(options);
}

/** A logger that writes nothing, for tests. */
export const silentLogger: Logger = pino({ level: "silent" });
