import type { Expression, SqlContext } from "./sqlContext.ts";
import { isObject, jsonOnly, newObject, type SqlValue } from "./sqlValue.ts";

/** What SELECT makes, item by item. */
export interface Selected {
  readonly isValue: boolean;
  readonly items: readonly {
    /** `*` by itself. */
    readonly isAll: boolean;
    readonly value: Expression;
    readonly path: readonly string[];
  }[];
}

/** The result of SELECT for the value whose members names stand for. What is Undefined is left out. */
export function select({ isValue, items }: Selected, context: SqlContext, scope: SqlValue): SqlValue {
  const [only] = items;
  if (only && items.length === 1 && (isValue || only.isAll)) return only.value(context, scope);
  const made = newObject();
  for (const { isAll, value, path } of items) {
    context.budget.spend(1);
    const found = jsonOnly(value(context, scope));
    if (!isAll) put(made, path, found);
    else if (isObject(found)) {
      const names = Object.keys(found);
      context.budget.spend(names.length);
      for (const name of names) made[name] = found[name];
    }
  }
  return made;
}

function put(made: Record<string, SqlValue>, path: readonly string[], value: SqlValue): void {
  if (value === undefined) return;
  let into = made;
  for (const name of path.slice(0, -1)) {
    const present = into[name];
    // A copy: the object may belong to the payload.
    const next = newObject();
    if (isObject(present)) Object.assign(next, present);
    into[name] = next;
    into = next;
  }
  into[path.at(-1) ?? ""] = value;
}
