import { ATTRIBUTE_TYPES, type AttributeValue, typeOf } from "../attributeValue.ts";
import { compareValues } from "../comparison.ts";
import { type Operand, shownPath } from "./ast.ts";
import { type ExpressionKind, expressionError } from "./expressionError.ts";
import { typeOfOperand } from "./operandTypes.ts";

/** Throws AWS's error when an operator or function compares a part of the item with itself. */
export function refuseSamePath(operator: string, [first, ...others]: readonly Operand[], kind: ExpressionKind): void {
  if (first?.kind !== "path") return;
  const shown = shownPath(first.path);
  if (!others.some((other) => other.kind === "path" && shownPath(other.path) === shown)) return;
  throw expressionError(
    kind,
    `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${shown}`,
  );
}

/** The type that attribute_type asks for. Throws AWS's error for a text that names none. */
export function typeName(operand: Operand, kind: ExpressionKind): string {
  const type = operand.kind === "value" ? operand.value.S : undefined;
  if (type === undefined) {
    throw expressionError(
      kind,
      `Incorrect operand type for operator or function; operator or function: attribute_type, operand type: ${typeOfOperand(operand)}`,
    );
  }
  if (!(ATTRIBUTE_TYPES as readonly string[]).includes(type)) {
    throw expressionError(
      kind,
      `Invalid attribute type name found; type: ${type}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`,
    );
  }
  return type;
}

/** Throws AWS's error for bounds of BETWEEN that are of different types, or the wrong way round. */
export function checkBounds(from: Operand, to: Operand, kind: ExpressionKind): void {
  if (from.kind !== "value" || to.kind !== "value") return;
  const shown = `lower bound operand: AttributeValue: ${shownValue(from.value)}, upper bound operand: AttributeValue: ${shownValue(to.value)}`;
  if (typeOf(from.value) !== typeOf(to.value)) {
    throw expressionError(kind, `The BETWEEN operator requires same data type for lower and upper bounds; ${shown}`);
  }
  if ((compareValues(from.value, to.value) ?? 0) > 0) {
    throw expressionError(
      kind,
      `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${shown}`,
    );
  }
}

function shownValue(value: AttributeValue): string {
  const { S, N, B } = value;
  return `{${typeOf(value)}:${S ?? N ?? Buffer.from(B ?? []).toString("base64")}}`;
}
