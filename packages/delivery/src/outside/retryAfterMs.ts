/** What a `Retry-After` header asks for: seconds, or a date. `undefined` when there is none or it cannot be read; negative when the date is past. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^-?\d{1,10}$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : date - nowMs;
}
