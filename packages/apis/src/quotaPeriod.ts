import type { RestQuota } from "./restApiDefinition.ts";

const DAY_MS = 86_400_000;

/** A day in UTC, such as `2026-11-29`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The first and the last day of the period of a quota that `nowMs` is in. https://docs.aws.amazon.com/apigateway/latest/api/API_QuotaSettings.html */
export function quotaPeriod(
  { period, offset }: Pick<RestQuota, "period" | "offset">,
  nowMs: number,
): { readonly from: string; readonly to: string } {
  const now = new Date(nowMs);
  if (period === "DAY") return { from: dayOf(nowMs), to: dayOf(nowMs) };
  if (period === "WEEK") {
    const fromMs = nowMs - ((now.getUTCDay() - offset + 7) % 7) * DAY_MS;
    return { from: dayOf(fromMs), to: dayOf(fromMs + 6 * DAY_MS) };
  }
  const first = offset + 1;
  const month = now.getUTCDate() < first ? now.getUTCMonth() - 1 : now.getUTCMonth();
  return {
    from: dayOf(Date.UTC(now.getUTCFullYear(), month, first)),
    to: dayOf(Date.UTC(now.getUTCFullYear(), month + 1, first) - DAY_MS),
  };
}
