import { type AttributeType, typeOf } from "../attributeValue.ts";
import type { Operand } from "./ast.ts";

/** Types that operators and functions take, and their names in AWS's errors. */
export const ORDERED: readonly AttributeType[] = ["S", "N", "B"];
export const SETS: readonly AttributeType[] = ["SS", "NS", "BS"];
export const ADDED: readonly AttributeType[] = ["N", ...SETS];
export const TYPE_SETS: Readonly<Record<string, string>> = {
  ADD: "ALLOWED_FOR_ADD_OPERAND",
  DELETE: "ALLOWED_FOR_DELETE_OPERAND",
};
export const NAMES: Readonly<Record<AttributeType, string>> = {
  S: "STRING",
  N: "NUMBER",
  B: "BINARY",
  BOOL: "BOOLEAN",
  NULL: "NULL",
  SS: "STRING SET",
  NS: "NUMBER SET",
  BS: "BINARY SET",
  L: "LIST",
  M: "MAP",
};

export function typeOfOperand(operand: Operand): string {
  return operand.kind === "value" ? typeOf(operand.value) : operand.kind === "size" ? "N" : "DOCUMENT PATH";
}
