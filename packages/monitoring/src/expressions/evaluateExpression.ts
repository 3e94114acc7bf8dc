import { type BinaryOperator, type Expression, ExpressionError } from "./expression.ts";
import { MATH_FUNCTIONS, type MathScope } from "./mathFunctions.ts";
import { mapSeries, periodOf, type TimeSeries, type Value } from "./timeSeries.ts";

/** What an expression can name. */
export interface ExpressionScope extends Omit<MathScope, "evaluate"> {
  /** The value of another query of the request; `undefined` when there is none with that id. */
  readonly of: (id: string) => Value | undefined;
  /** Points that may still be made, all expressions of the request together. */
  readonly budget: { points: number };
}

/** What one request may make: an expression is short to write, and could take hours. */
export const MAX_COMPUTED_POINTS = 5_000_000;

const bit = (holds: boolean): number => (holds ? 1 : 0);

const OPERATORS: Readonly<Record<BinaryOperator, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "^": (a, b) => a ** b,
  "==": (a, b) => bit(a === b),
  "!=": (a, b) => bit(a !== b),
  "<": (a, b) => bit(a < b),
  "<=": (a, b) => bit(a <= b),
  ">": (a, b) => bit(a > b),
  ">=": (a, b) => bit(a >= b),
  AND: (a, b) => bit(a !== 0 && b !== 0),
  OR: (a, b) => bit(a !== 0 || b !== 0),
};

/** Throws ExpressionError. Where a value is missing on either side of an operator, its result is missing too. */
export function evaluateExpression(expression: Expression, scope: ExpressionScope): Value {
  const value = valueOf(expression, scope);
  if (value.kind !== "number") for (const { points } of seriesOf(value)) scope.budget.points -= points.size;
  if (scope.budget.points < 0)
    throw new ExpressionError(`the request makes more than ${MAX_COMPUTED_POINTS} datapoints`);
  return value;
}

function valueOf(expression: Expression, scope: ExpressionScope): Value {
  const evaluate = (one: Expression): Value => evaluateExpression(one, scope);
  switch (expression.kind) {
    case "number":
      return expression;
    case "id": {
      const value = scope.of(expression.id);
      if (!value) throw new ExpressionError(`there is no metric with the id '${expression.id}'`);
      return value;
    }
    case "negate":
      return apply("-", { kind: "number", value: 0 }, evaluate(expression.operand));
    case "list":
      return { kind: "list", list: expression.items.flatMap((item) => seriesOf(evaluate(item))) };
    case "binary":
      return apply(expression.operator, evaluate(expression.left), evaluate(expression.right));
    case "call": {
      const call = MATH_FUNCTIONS.get(expression.name);
      if (!call) throw new ExpressionError(`the function ${expression.name} is not supported`);
      return call(expression.args, { ...scope, evaluate });
    }
    default:
      throw new ExpressionError(`'${expression.kind === "word" ? expression.word : expression.text}' is not expected`);
  }
}

function seriesOf(value: Value): readonly TimeSeries[] {
  if (value.kind === "number") throw new ExpressionError("a list has time series only");
  return value.kind === "series" ? [value.series] : value.list;
}

function apply(operator: BinaryOperator, left: Value, right: Value): Value {
  const of = OPERATORS[operator];
  if (left.kind === "number" && right.kind === "number") return { kind: "number", value: of(left.value, right.value) };
  const one = (a: TimeSeries | number, b: TimeSeries | number): TimeSeries => {
    if (typeof a === "number") return mapSeries(b as TimeSeries, (value) => of(a, value));
    if (typeof b === "number") return mapSeries(a, (value) => of(value, b));
    const both = mapSeries(a, (value, at) => {
      const other = b.points.get(at);
      return other === undefined ? undefined : of(value, other);
    });
    return { ...both, period: periodOf([a, b]) };
  };
  const plain = (value: Exclude<Value, { kind: "list" }>) => (value.kind === "number" ? value.value : value.series);
  if (left.kind === "list" && right.kind === "list") throw new ExpressionError("an operator takes one list at most");
  if (left.kind === "list") {
    const other = plain(right as Exclude<Value, { kind: "list" }>);
    return { kind: "list", list: left.list.map((series) => one(series, other)) };
  }
  if (right.kind === "list") return { kind: "list", list: right.list.map((series) => one(plain(left), series)) };
  return { kind: "series", series: one(plain(left), plain(right)) };
}
