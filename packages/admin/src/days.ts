import type { Clock } from "@hearth/kit";
import { z } from "zod";

/** A day in UTC: `2026-11-21`. */
export const Day = z.iso.date();

/** Whose usage is wanted: the caller's own by default. */
export const Accounts = z.enum(["own", "all"]).optional();

const DEFAULT_DAYS = 30;
const DAY_MS = 86_400_000;

/** The first and the last day of a report, both included: the last 30 days by default. */
export function days(
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  clock: Clock,
): { readonly from: string; readonly to: string } {
  const last = to ?? dayOf(clock.now());
  return { from: from ?? dayOf(Date.parse(last) - (DEFAULT_DAYS - 1) * DAY_MS), to: last };
}

function dayOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}
