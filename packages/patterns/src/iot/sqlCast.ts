import type { SqlBudget } from "./sqlBudget.ts";
import { type SqlValue, toBoolean, toInt, toNumber, toText } from "./sqlValue.ts";

export type Cast = (value: SqlValue, budget: SqlBudget) => SqlValue;

const toString: Cast = (value, budget) => toText(value, budget);
const numeric = (value: SqlValue): SqlValue => (typeof value === "boolean" ? Number(value) : value);
const toBool: Cast = (value) => (typeof value === "number" ? value !== 0 : toBoolean(value));
const toDecimal: Cast = (value) => toNumber(numeric(value));

const CASTS: Readonly<Record<string, Cast>> = {
  string: toString,
  nvarchar: toString,
  text: toString,
  ntext: toString,
  varchar: toString,
  int: (value) => toInt(numeric(value)),
  integer: (value) => toInt(numeric(value)),
  double: toDecimal,
  decimal: toDecimal,
  bool: toBool,
  boolean: toBool,
};

/** What converts values to a type of the SQL of rules; `undefined` when there is no such type. */
export function castTo(type: string): Cast | undefined {
  const name = type.toLowerCase();
  return Object.hasOwn(CASTS, name) ? CASTS[name] : undefined;
}
