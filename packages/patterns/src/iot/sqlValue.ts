import type { SqlBudget } from "./sqlBudget.ts";

/** A value of the SQL of rules. `undefined` is AWS's Undefined; bytes are a payload that is not JSON. */
export type SqlValue = undefined | null | boolean | number | string | Uint8Array | readonly SqlValue[] | SqlObject;

/** Its prototype does not count: members are looked up with `memberOf`. */
export interface SqlObject {
  readonly [member: string]: SqlValue;
}

const DECIMAL = /^-?\d+(\.\d+)?(e-?\d+)?$/i;

export function isObject(value: SqlValue): value is SqlObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

export function isArray(value: SqlValue): value is readonly SqlValue[] {
  return Array.isArray(value);
}

/** Bytes have no place within JSON. */
export function jsonOnly(value: SqlValue): SqlValue {
  return value instanceof Uint8Array ? undefined : value;
}

export function memberOf(value: SqlValue, member: string): SqlValue {
  return isObject(value) && Object.hasOwn(value, member) ? value[member] : undefined;
}

/** An object that takes any name of a member, `__proto__` too. */
export function newObject(): Record<string, SqlValue> {
  return Object.create(null) as Record<string, SqlValue>;
}

/** Standard conversion to a number; `undefined` where there is none. */
export function toNumber(value: SqlValue): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.length > 64 || !DECIMAL.test(value)) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** Standard conversion to a whole number, rounded down. */
export function toInt(value: SqlValue): number | undefined {
  const number = toNumber(value);
  return number === undefined ? undefined : Math.floor(number);
}

/** `"true"` and `"false"` in any case count as Booleans. */
export function toBoolean(value: SqlValue): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string" || value.length > 5) return undefined;
  const text = value.toLowerCase();
  return text === "true" ? true : text === "false" ? false : undefined;
}

/** Standard conversion to a text; `undefined` for null, Undefined and bytes. */
export function toText(value: SqlValue, budget: SqlBudget): string | undefined {
  if (value === undefined || value === null || value instanceof Uint8Array) return undefined;
  const text = typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
  budget.spend(text.length);
  return text;
}

/** Undefined if one of them is; values of different types are not equal. */
export function isEqual(a: SqlValue, b: SqlValue, budget: SqlBudget): boolean | undefined {
  if (a === undefined || b === undefined) return undefined;
  return isSame(a, b, budget);
}

function isSame(a: SqlValue, b: SqlValue, budget: SqlBudget): boolean {
  budget.spend(typeof a === "string" ? 1 + a.length : 1);
  if (isArray(a)) return isArray(b) && a.length === b.length && a.every((item, at) => isSame(item, b[at], budget));
  if (!isObject(a)) return a === b;
  if (!isObject(b)) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name], budget));
}
