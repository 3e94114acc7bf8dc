import type { WireTraits } from "../schema/traits.ts";

type Format = NonNullable<WireTraits["timestampFormat"]>;

/** A time in one of AWS's three forms. Fractions of a second are kept in epoch seconds only. */
export function timeText(time: Date, format: Format): string {
  if (format === "epoch-seconds") return String(time.getTime() / 1000);
  return format === "http-date" ? time.toUTCString() : time.toISOString().replace(/\.\d{3}Z$/, "Z");
}
