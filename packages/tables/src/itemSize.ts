import { ValidationException } from "@hearth/model";
import { type AttributeValue, type Item, typeOf } from "./attributeValue.ts";
import { numberBytes } from "./decimal.ts";

export const MAX_ITEM_BYTES = 400 * 1024;
/** Of all items that a transaction reads or writes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html */
const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024;

/** Throws AWS's error for a transaction whose items are too large together. */
export function checkTransactionBytes(bytes: number): void {
  if (bytes <= MAX_TRANSACTION_BYTES) return;
  throw new ValidationException("Collection size of items in the transaction exceeds the limit of 4 MB");
}

/** The bytes by which DynamoDB counts an item. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
export function itemBytes(item: Item): number {
  let bytes = 0;
  for (const name of Object.keys(item)) bytes += Buffer.byteLength(name) + valueBytes(item[name] as AttributeValue);
  return bytes;
}

export function valueBytes(value: AttributeValue): number {
  switch (typeOf(value)) {
    case "S":
      return Buffer.byteLength(value.S ?? "");
    case "N":
      return numberBytes(value.N ?? "0");
    case "B":
      return value.B?.byteLength ?? 0;
    case "BOOL":
    case "NULL":
      return 1;
    case "SS":
      return sum(value.SS, (text) => Buffer.byteLength(text));
    case "NS":
      return sum(value.NS, numberBytes);
    case "BS":
      return sum(value.BS, (bytes) => bytes.byteLength);
    case "L":
      return 3 + sum(value.L, (member) => 1 + valueBytes(member));
    case "M":
      return (
        3 + sum(Object.entries(value.M ?? {}), ([name, member]) => 1 + Buffer.byteLength(name) + valueBytes(member))
      );
  }
}

function sum<Member>(members: readonly Member[] = [], bytesOf: (member: Member) => number): number {
  return members.reduce((total, member) => total + bytesOf(member), 0);
}
