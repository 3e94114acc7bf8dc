import { type AttributeValue, type Item, typeOf } from "../attributeValue.ts";
import { compareValues, equalValues } from "../comparison.ts";
import type { Comparator, Condition, Operand, Path } from "./ast.ts";

/** The value at a path; `undefined` when there is none. */
export function valueAt(item: Item, path: Path): AttributeValue | undefined {
  let value: AttributeValue | undefined = { M: item };
  for (const part of path) {
    if (!value) return undefined;
    if (typeof part === "number") value = value.L?.[part];
    else value = value.M && Object.hasOwn(value.M, part) ? value.M[part] : undefined;
  }
  return value;
}

/** Whether an item fulfils a condition. An absent item is one without attributes. */
export function fulfils(item: Item, condition: Condition): boolean {
  switch (condition.kind) {
    case "and":
      return fulfils(item, condition.left) && fulfils(item, condition.right);
    case "or":
      return fulfils(item, condition.left) || fulfils(item, condition.right);
    case "not":
      return !fulfils(item, condition.of);
    case "exists":
      return (valueAt(item, condition.path) === undefined) === condition.isNegated;
    case "type": {
      const value = valueAt(item, condition.path);
      return value !== undefined && typeOf(value) === condition.type;
    }
    case "compare":
      return compared(operandValue(item, condition.left), operandValue(item, condition.right), condition.by);
    case "between": {
      const value = operandValue(item, condition.of);
      return (
        compared(value, operandValue(item, condition.from), ">=") &&
        compared(value, operandValue(item, condition.to), "<=")
      );
    }
    case "in": {
      const value = operandValue(item, condition.of);
      return condition.list.some((operand) => compared(value, operandValue(item, operand), "="));
    }
    case "beginsWith":
      return beginsWith(operandValue(item, condition.of), operandValue(item, condition.what));
    case "contains":
      return contains(operandValue(item, condition.of), operandValue(item, condition.what));
  }
}

export function operandValue(item: Item, operand: Operand): AttributeValue | undefined {
  if (operand.kind === "value") return operand.value;
  const value = valueAt(item, operand.path);
  if (operand.kind === "path") return value;
  const size = value && sizeOf(value);
  return size === undefined ? undefined : { N: String(size) };
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html */
function sizeOf(value: AttributeValue): number | undefined {
  if (value.S !== undefined) return value.S.length;
  if (value.B !== undefined) return value.B.byteLength;
  const members = value.SS ?? value.NS ?? value.BS ?? value.L ?? (value.M && Object.keys(value.M));
  return members?.length;
}

export function compared(left: AttributeValue | undefined, right: AttributeValue | undefined, by: Comparator): boolean {
  if (by === "<>") return !(left && right && equalValues(left, right)) && !(left === undefined && right === undefined);
  if (!left || !right) return false;
  if (by === "=") return equalValues(left, right);
  const order = compareValues(left, right);
  if (order === undefined) return false;
  if (by === "<") return order < 0;
  if (by === "<=") return order <= 0;
  return by === ">" ? order > 0 : order >= 0;
}

export function beginsWith(value: AttributeValue | undefined, prefix: AttributeValue | undefined): boolean {
  if (value?.S !== undefined && prefix?.S !== undefined) return value.S.startsWith(prefix.S);
  if (value?.B === undefined || prefix?.B === undefined) return false;
  return Buffer.compare(value.B.subarray(0, prefix.B.byteLength), prefix.B) === 0;
}

function contains(value: AttributeValue | undefined, what: AttributeValue | undefined): boolean {
  if (!value || !what) return false;
  if (value.S !== undefined) return what.S !== undefined && value.S.includes(what.S);
  if (value.B !== undefined) return what.B !== undefined && Buffer.from(value.B).includes(Buffer.from(what.B));
  if (value.SS) return what.S !== undefined && value.SS.includes(what.S);
  if (value.NS) return what.N !== undefined && value.NS.includes(what.N);
  if (value.BS)
    return what.B !== undefined && value.BS.some((bytes) => Buffer.compare(bytes, what.B as Uint8Array) === 0);
  return value.L?.some((member) => equalValues(member, what)) ?? false;
}
