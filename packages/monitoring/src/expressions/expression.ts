/** A parsed expression of metric math. */
export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "id"; readonly id: string }
  | { readonly kind: "word"; readonly word: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "negate"; readonly operand: Expression }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] };

export type BinaryOperator = "+" | "-" | "*" | "/" | "^" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "AND" | "OR";

/** What is wrong with an expression, in words for its author. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
}

/** The ids of other queries that an expression names. */
export function idsIn(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case "id":
      return [expression.id];
    case "negate":
      return idsIn(expression.operand);
    case "list":
      return expression.items.flatMap(idsIn);
    case "binary":
      return [...idsIn(expression.left), ...idsIn(expression.right)];
    case "call":
      return expression.args.flatMap(idsIn);
    default:
      return [];
  }
}

/** Whether an expression uses the function `METRICS`, which stands for all metrics of the request. */
export function usesMetrics(expression: Expression): boolean {
  switch (expression.kind) {
    case "negate":
      return usesMetrics(expression.operand);
    case "list":
      return expression.items.some(usesMetrics);
    case "binary":
      return usesMetrics(expression.left) || usesMetrics(expression.right);
    case "call":
      return expression.name === "METRICS" || expression.args.some(usesMetrics);
    default:
      return false;
  }
}
