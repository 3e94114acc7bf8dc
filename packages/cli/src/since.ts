import { CommandLineError } from "./commandLine.ts";

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** The moment that `--since` names, in milliseconds since the epoch: a time ago such as `10m`, or a moment. Throws CommandLineError. */
export function since(text: string, nowMs: number): number {
  const [, count, unit = ""] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (count !== undefined) return Math.max(0, nowMs - Number(count) * (UNITS_MS[unit] ?? 0));
  const moment = /^\d{4}-\d{2}-\d{2}(T|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(moment)) {
    throw new CommandLineError(
      `--since ${text} is neither a time ago, such as 30s, 10m, 2h or 3d, nor a moment, such as 2026-01-31T10:00:00Z`,
    );
  }
  return moment;
}
