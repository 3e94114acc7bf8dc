/** A moment, which results show as a date. */
export class Moment {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

/** What a field or an expression of a query has; `undefined` when there is nothing. */
export type Value = string | number | boolean | Moment | undefined;

const NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/** `NaN` for what is no number. */
export function toNumber(value: Value): number {
  if (typeof value === "number") return value;
  if (value instanceof Moment) return value.ms;
  if (typeof value === "boolean") return value ? 1 : 0;
  return value !== undefined && NUMBER.test(value) ? Number(value) : Number.NaN;
}

export function isTrue(value: Value): boolean {
  if (typeof value === "string") return value === "true" || value === "1";
  return value !== undefined && toNumber(value) !== 0;
}

/** As results show it. */
export function toText(value: Value): string {
  if (value === undefined) return "";
  if (value instanceof Moment) return momentText(value.ms);
  if (typeof value === "boolean") return value ? "1" : "0";
  return typeof value === "number" ? numberText(value) : value;
}

/** `2026-11-21 09:00:00.000`, in UTC. */
function momentText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString().replace("T", " ").slice(0, -1);
}

function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toFixed(12)));
}

/** Numbers come in their order, before texts; nothing comes last. */
export function compareValues(a: Value, b: Value): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  const x = toNumber(a);
  const y = toNumber(b);
  const xIsNumber = !Number.isNaN(x);
  const yIsNumber = !Number.isNaN(y);
  if (xIsNumber && yIsNumber) return x - y;
  if (xIsNumber !== yIsNumber) return xIsNumber ? -1 : 1;
  const left = toText(a);
  const right = toText(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

export function areEqual(a: Value, b: Value): boolean {
  if (a === undefined || b === undefined) return false;
  if (typeof a === "string" && typeof b === "string" && a === b) return true;
  const x = toNumber(a);
  const y = toNumber(b);
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x === y;
  return plainText(a) === plainText(b);
}

/** For comparisons, where `true` is `"true"`. */
function plainText(value: string | number | boolean | Moment): string {
  return typeof value === "boolean" ? String(value) : toText(value);
}
