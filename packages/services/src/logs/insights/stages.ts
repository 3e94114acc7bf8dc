import type { Expression } from "./expressions.ts";
import type { Accumulator, Aggregation } from "./aggregations.ts";
import { MadeRow, type Row } from "./row.ts";
import { compareValues, toNumber, toText, type Value } from "./values.ts";

/** One step of a query: takes rows, and passes rows on. */
export interface Stage {
  push(row: Row): void;
  /** No further row comes. */
  finish(): void;
}

/** Makes a stage that passes rows on to `next`. */
export type MakeStage = (next: Stage) => Stage;

/** A query used more than it may. */
export class QueryTooLarge extends Error {
  override readonly name = "QueryTooLarge";
}

const MAX_GROUPS = 100_000;

export function filterStage(test: (row: Row) => boolean): MakeStage {
  return (next) => ({
    push: (row) => {
      if (test(row)) next.push(row);
    },
    finish: () => next.finish(),
  });
}

/** Calls `change` for each row. */
export function changeStage(change: (row: Row) => void): MakeStage {
  return (next) => ({
    push: (row) => {
      change(row);
      next.push(row);
    },
    finish: () => next.finish(),
  });
}

export function limitStage(limit: number): MakeStage {
  return (next) => {
    let left = limit;
    return {
      push: (row) => {
        if (left-- > 0) next.push(row);
      },
      finish: () => next.finish(),
    };
  };
}

export interface SortKey {
  evaluate(row: Row): Value;
  readonly sign: 1 | -1;
}

/** Sorts rows, and keeps the first `keep` of them. */
export function sortStage(keys: readonly SortKey[], keep: number): MakeStage {
  return (next) => {
    let rows: { readonly row: Row; readonly values: readonly Value[] }[] = [];
    let worst: readonly Value[] | undefined;
    const compare = (a: readonly Value[], b: readonly Value[]): number => {
      for (const [at, { sign }] of keys.entries()) {
        const x = a[at];
        const y = b[at];
        // What has no value comes last in both directions.
        const order = x === undefined || y === undefined ? compareValues(x, y) : compareValues(x, y) * sign;
        if (order !== 0) return order;
      }
      return 0;
    };
    const cut = (): void => {
      rows.sort((a, b) => compare(a.values, b.values));
      if (rows.length > keep) rows = rows.slice(0, keep);
    };
    return {
      push: (row) => {
        const values = keys.map((key) => key.evaluate(row));
        if (worst && compare(values, worst) >= 0) return;
        rows.push({ row, values });
        if (rows.length < keep * 2 + 1_000) return;
        cut();
        worst = rows.at(-1)?.values;
      },
      finish: () => {
        cut();
        for (const { row } of rows) next.push(row);
        next.finish();
      },
    };
  };
}

/** Keeps the first row of those that have the same values. */
export function dedupStage(fields: readonly string[]): MakeStage {
  return (next) => {
    const seen = new Set<string>();
    return {
      push: (row) => {
        const values = fields.map((field) => row.get(field));
        // As on AWS, rows without a value are no duplicates.
        if (!values.includes(undefined)) {
          const key = JSON.stringify(values.map(toText));
          if (seen.has(key)) return;
          if (seen.size >= MAX_GROUPS)
            throw new QueryTooLarge(`query: dedup finds more than ${MAX_GROUPS} different values`);
          seen.add(key);
        }
        next.push(row);
      },
      finish: () => next.finish(),
    };
  };
}

export interface NamedExpression {
  readonly name: string;
  readonly expression: Expression;
}

/** Aggregates rows by the values of `by`. */
export function statsStage(
  columns: readonly NamedExpression[],
  aggregations: readonly Aggregation[],
  by: readonly NamedExpression[],
): MakeStage {
  return (next) => {
    const groups = new Map<
      string,
      { readonly keys: readonly Value[]; readonly accumulators: readonly Accumulator[] }
    >();
    return {
      push: (row) => {
        const keys = by.map(({ expression }) => expression.evaluate(row));
        const key = keys.length === 1 ? toText(keys[0]) : keys.map(toText).join("\u0000");
        let group = groups.get(key);
        if (!group) {
          if (groups.size >= MAX_GROUPS) throw new QueryTooLarge(`query: stats makes more than ${MAX_GROUPS} groups`);
          groups.set(key, (group = { keys, accumulators: aggregations.map((aggregation) => aggregation.make()) }));
        }
        const at = toNumber(row.get("@timestamp"));
        for (const [index, { value }] of aggregations.entries()) {
          group.accumulators[index]?.add(value ? value(row) : true, at);
        }
      },
      finish: () => {
        for (const { keys, accumulators } of groups.values()) {
          const row = new MadeRow();
          row.aggregates = accumulators.map((accumulator) => accumulator.result());
          for (const [at, { name }] of by.entries()) row.set(name, keys[at]);
          for (const { name, expression } of columns) row.set(name, expression.evaluate(row));
          next.push(row);
        }
        groups.clear();
        next.finish();
      },
    };
  };
}
