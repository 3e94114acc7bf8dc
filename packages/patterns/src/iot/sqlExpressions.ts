import { type Selected, select } from "./select.ts";
import type { Expression, SqlContext } from "./sqlContext.ts";
import type { Cast } from "./sqlCast.ts";
import { finite, type SqlFunction } from "./sqlFunctions.ts";
import {
  isArray,
  isEqual,
  isObject,
  jsonOnly,
  memberOf,
  newObject,
  type SqlValue,
  toBoolean,
  toNumber,
  toText,
} from "./sqlValue.ts";

export interface Operand {
  readonly sign: "+" | "-" | "*" | "/" | "%";
  readonly value: Expression;
}

export interface Pair {
  readonly name: string;
  readonly value: Expression;
}

export interface Branch {
  readonly when: Expression;
  readonly result: Expression;
}

export const all: Expression = (_, scope) => scope;

export function literal(value: SqlValue): Expression {
  return () => value;
}

export function name(member: string): Expression {
  return ({ budget }, scope) => {
    budget.spend(1);
    return memberOf(scope, member);
  };
}

export function member(value: Expression, path: readonly string[]): Expression {
  return (context, scope) => {
    context.budget.spend(path.length);
    let found = value(context, scope);
    for (const part of path) found = memberOf(found, part);
    return found;
  };
}

export function array(items: readonly Expression[]): Expression {
  return (context, scope) => {
    context.budget.spend(1 + items.length);
    return items.map((item) => jsonOnly(item(context, scope))).filter((item) => item !== undefined);
  };
}

export function object(pairs: readonly Pair[]): Expression {
  return (context, scope) => {
    context.budget.spend(1 + pairs.length);
    const made = newObject();
    for (const pair of pairs) {
      const value = jsonOnly(pair.value(context, scope));
      if (value !== undefined) made[pair.name] = value;
    }
    return made;
  };
}

export function call({ call: run }: SqlFunction, args: readonly Expression[]): Expression {
  return (context, scope) => {
    context.budget.spend(1 + args.length);
    return run(
      args.map((arg) => arg(context, scope)),
      context,
    );
  };
}

export function cast(value: Expression, convert: Cast): Expression {
  return (context, scope) => {
    context.budget.spend(1);
    return convert(value(context, scope), context.budget);
  };
}

/** Undefined when a part is no Boolean. */
export function or(parts: readonly Expression[]): Expression {
  return logical(parts, true);
}

export function and(parts: readonly Expression[]): Expression {
  return logical(parts, false);
}

/** The parts after one that decides are not evaluated. */
function logical(parts: readonly Expression[], decisive: boolean): Expression {
  return (context, scope) => {
    let isDefined = true;
    for (const part of parts) {
      context.budget.spend(1);
      const value = toBoolean(part(context, scope));
      if (value === decisive && isDefined) return decisive;
      if (value === undefined) isDefined = false;
    }
    return isDefined ? !decisive : undefined;
  };
}

export function not(value: Expression, isNegated: boolean): Expression {
  return (context, scope) => {
    context.budget.spend(1);
    const found = toBoolean(value(context, scope));
    return found === undefined ? undefined : found !== isNegated;
  };
}

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

export function compare(sign: string, left: Expression, right: Expression): Expression {
  const ordered = COMPARE[sign];
  return (context, scope) => {
    context.budget.spend(1);
    const [a, b] = [left(context, scope), right(context, scope)];
    if (!ordered) {
      const equal = isEqual(a, b, context.budget);
      return equal === undefined ? undefined : equal === (sign === "=");
    }
    const [first, second] = [toNumber(a), toNumber(b)];
    return first === undefined || second === undefined ? undefined : ordered(first, second);
  };
}

export function isIn(value: Expression, list: Expression): Expression {
  return (context, scope) => {
    context.budget.spend(1);
    const [found, items] = [value(context, scope), list(context, scope)];
    if (found === undefined || !isArray(items)) return undefined;
    return items.some((item) => isEqual(found, item, context.budget) === true);
  };
}

export function exists(list: Expression): Expression {
  return (context, scope) => {
    context.budget.spend(1);
    const items = list(context, scope);
    return isArray(items) && items.length > 0;
  };
}

export function arithmetic(first: Expression, rest: readonly Operand[]): Expression {
  return (context, scope) => {
    let result = first(context, scope);
    for (const { sign, value } of rest) {
      context.budget.spend(1);
      result = calculate(sign, result, value(context, scope), context);
    }
    return result;
  };
}

function calculate(sign: Operand["sign"], left: SqlValue, right: SqlValue, { budget }: SqlContext): SqlValue {
  if (sign === "+" && (typeof left === "string" || typeof right === "string")) {
    const [first, second] = [toText(left, budget), toText(right, budget)];
    return first === undefined || second === undefined ? undefined : first + second;
  }
  const [a, b] = [toNumber(left), toNumber(right)];
  if (a === undefined || b === undefined) return undefined;
  switch (sign) {
    case "+":
      return finite(a + b);
    case "-":
      return finite(a - b);
    case "*":
      return finite(a * b);
    case "%":
      return finite(a % b);
    default:
      // As on AWS, whole numbers make a whole number.
      return finite(Number.isInteger(left) && Number.isInteger(right) ? Math.trunc(a / b) : a / b);
  }
}

/** Without `value`, the first branch whose condition is true. */
export function choose(
  value: Expression | undefined,
  branches: readonly Branch[],
  otherwise: Expression | undefined,
): Expression {
  return (context, scope) => {
    const wanted = value?.(context, scope);
    if (value && wanted === undefined) return undefined;
    for (const { when, result } of branches) {
      context.budget.spend(1);
      const found = when(context, scope);
      const isIt = value ? isEqual(wanted, found, context.budget) === true : toBoolean(found) === true;
      if (isIt) return result(context, scope);
    }
    return otherwise?.(context, scope);
  };
}

/** A nested query: what is selected of each item that the condition is true for. */
export function query(selection: Selected, source: Expression, where: Expression | undefined): Expression {
  return (context, scope) => {
    context.budget.spend(1);
    const found = source(context, scope);
    const items = isArray(found) ? found : isObject(found) ? [found] : undefined;
    return items?.flatMap((item) => {
      context.budget.spend(1);
      if (where && where(context, item) !== true) return [];
      return select(selection, context, item) ?? [];
    });
  };
}
