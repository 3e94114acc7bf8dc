import { ValidationException } from "@hearth/model";
import type { AttributeValue } from "../attributeValue.ts";
import type { Condition, Operand } from "./ast.ts";
import { beginsWith, compared } from "./evaluate.ts";
import { expressionError } from "./expressionError.ts";

/** What Query asks of the range key. */
export type RangeCondition =
  | { readonly by: "=" | "<" | "<=" | ">" | ">="; readonly value: AttributeValue }
  | { readonly by: "between"; readonly from: AttributeValue; readonly to: AttributeValue }
  | { readonly by: "beginsWith"; readonly prefix: AttributeValue };

export interface KeyCondition {
  readonly hash: AttributeValue;
  readonly range?: RangeCondition;
}

export interface KeyNames {
  readonly hash: string;
  readonly range?: string | undefined;
}

/** Whether a value of the range key fulfils the condition. Both were checked. */
export function isInRange(value: AttributeValue, range: RangeCondition): boolean {
  if (range.by === "between") return compared(value, range.from, ">=") && compared(value, range.to, "<=");
  if (range.by === "beginsWith") return beginsWith(value, range.prefix);
  return compared(value, range.value, range.by);
}

const KIND = "KeyConditionExpression";
const NOT_SUPPORTED = "Query key condition not supported";

/** A key condition expression in terms of a table's or index's key. Throws AWS's error for one that is no such condition. */
export function toKeyCondition(condition: Condition, names: KeyNames): KeyCondition {
  const parts = conjuncts(condition);
  if (parts.length > 2) throw new ValidationException("Conditions can be of length 1 or 2 only");
  let hash: AttributeValue | undefined;
  let range: RangeCondition | undefined;
  for (const part of parts) {
    const [name, wanted] = single(part);
    if (name === names.hash) {
      if (hash) throw expressionError(KIND, "KeyConditionExpressions must only contain one condition per key");
      if (wanted.by !== "=") throw new ValidationException(NOT_SUPPORTED);
      hash = wanted.value;
    } else if (name === names.range) {
      if (range) throw expressionError(KIND, "KeyConditionExpressions must only contain one condition per key");
      range = wanted;
    } else
      throw new ValidationException(
        `Query condition missed key schema element: ${names.hash === name || hash ? (names.range ?? names.hash) : names.hash}`,
      );
  }
  if (!hash) throw new ValidationException(`Query condition missed key schema element: ${names.hash}`);
  return { hash, ...(range && { range }) };
}

function conjuncts(condition: Condition): readonly Condition[] {
  if (condition.kind === "and") return [...conjuncts(condition.left), ...conjuncts(condition.right)];
  if (condition.kind === "or") throw expressionError(KIND, "Invalid operator used in KeyConditionExpression: OR");
  if (condition.kind === "not") throw expressionError(KIND, "Invalid operator used in KeyConditionExpression: NOT");
  return [condition];
}

function single(part: Condition): readonly [string, RangeCondition] {
  if (part.kind === "compare") {
    if (part.by === "<>") throw expressionError(KIND, "Invalid operator used in KeyConditionExpression: <>");
    const isTurned = part.left.kind === "value";
    const [path, value] = isTurned ? [part.right, part.left] : [part.left, part.right];
    return [nameOf(path), { by: isTurned ? TURNED[part.by] : part.by, value: valueOf(value) }];
  }
  if (part.kind === "between") {
    return [nameOf(part.of), { by: "between", from: valueOf(part.from), to: valueOf(part.to) }];
  }
  if (part.kind === "beginsWith") return [nameOf(part.of), { by: "beginsWith", prefix: valueOf(part.what) }];
  throw expressionError(KIND, `Invalid operator used in KeyConditionExpression: ${OPERATORS[part.kind] ?? part.kind}`);
}

const TURNED = { "=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<=" } as const;
const OPERATORS: Readonly<Record<string, string>> = {
  in: "IN",
  contains: "contains",
  exists: "attribute_exists",
  type: "attribute_type",
};

function nameOf(operand: Operand): string {
  if (operand.kind !== "path" || operand.path.length !== 1) {
    throw expressionError(KIND, "KeyConditionExpressions cannot have conditions on nested attributes");
  }
  return operand.path[0];
}

function valueOf(operand: Operand): AttributeValue {
  if (operand.kind !== "value") throw new ValidationException(NOT_SUPPORTED);
  return operand.value;
}
