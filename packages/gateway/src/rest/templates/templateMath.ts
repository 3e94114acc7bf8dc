import type { Budget } from "./budget.ts";
import type { Expression } from "./templateNodes.ts";
import { areEqual, isTrue, textOf } from "./templateValues.ts";

type Math = Extract<Expression, { readonly type: "math" }>;

/** Operators as Velocity has them: `undefined` where the operands do not fit. */
export function evaluateMath(
  { operator, expression }: Math,
  valueOf: (operand: Expression) => unknown,
  budget: Budget,
): unknown {
  const [first, second] = expression as readonly [Expression, Expression];
  switch (operator) {
    case "parenthesis":
      return valueOf(first);
    case "not":
      return !isTrue(valueOf(first));
    case "&&":
      return isTrue(valueOf(first)) && isTrue(valueOf(second));
    case "||":
      return isTrue(valueOf(first)) || isTrue(valueOf(second));
    case "==":
      return areEqual(valueOf(first), valueOf(second), budget);
    case "!=":
      return !areEqual(valueOf(first), valueOf(second), budget);
    case "minus":
      return numbers(0, valueOf(first), (left, right) => left - right);
    default:
      return arithmetic(operator, valueOf(first), valueOf(second), budget);
  }
}

function arithmetic(operator: string, left: unknown, right: unknown, budget: Budget): unknown {
  switch (operator) {
    case "+":
      if (typeof left === "string" || typeof right === "string")
        return budget.text(textOf(left, budget) + textOf(right, budget));
      return numbers(left, right, (a, b) => a + b);
    case "-":
      return numbers(left, right, (a, b) => a - b);
    case "*":
      return numbers(left, right, (a, b) => a * b);
    case "/":
      // Whole numbers stay whole, as Java's.
      return numbers(left, right, (a, b) =>
        b === 0 ? undefined : Number.isInteger(a) && Number.isInteger(b) ? Math.trunc(a / b) : a / b,
      );
    case "%":
      return numbers(left, right, (a, b) => (b === 0 ? undefined : a % b));
    case "<":
      return numbers(left, right, (a, b) => a < b);
    case "<=":
      return numbers(left, right, (a, b) => a <= b);
    case ">":
      return numbers(left, right, (a, b) => a > b);
    case ">=":
      return numbers(left, right, (a, b) => a >= b);
    default:
      return undefined;
  }
}

function numbers<Result>(
  left: unknown,
  right: unknown,
  of: (left: number, right: number) => Result,
): Result | undefined {
  return typeof left === "number" && typeof right === "number" ? of(left, right) : undefined;
}
