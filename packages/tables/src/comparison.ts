import { type AttributeValue, typeOf } from "./attributeValue.ts";
import { compareDecimals, parseDecimal } from "./decimal.ts";

/** Whether two values are equal; members of sets in any order. */
export function equalValues(a: AttributeValue, b: AttributeValue): boolean {
  const type = typeOf(a);
  if (type !== typeOf(b)) return false;
  switch (type) {
    case "S":
    case "BOOL":
    case "NULL":
    case "N": // in canonical form
      return a[type] === b[type];
    case "B":
      return sameBytes(a.B, b.B);
    case "SS":
    case "NS":
      return sameMembers(a[type] ?? [], b[type] ?? []);
    case "BS":
      return sameMembers((a.BS ?? []).map(base64), (b.BS ?? []).map(base64));
    case "L":
      return (
        a.L?.length === b.L?.length && (a.L ?? []).every((value, at) => equalValues(value, b.L?.[at] as AttributeValue))
      );
    case "M": {
      const [left, right] = [Object.entries(a.M ?? {}), b.M ?? {}];
      return (
        left.length === Object.keys(right).length &&
        left.every(([name, value]) => Object.hasOwn(right, name) && equalValues(value, right[name] as AttributeValue))
      );
    }
  }
}

/** The order of two values of the same type: strings and bytes by their bytes, numbers by value. `undefined` for other types. */
export function compareValues(a: AttributeValue, b: AttributeValue): number | undefined {
  if (a.S !== undefined && b.S !== undefined) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if (a.N !== undefined && b.N !== undefined) return compareDecimals(parseDecimal(a.N), parseDecimal(b.N));
  if (a.B !== undefined && b.B !== undefined) return Buffer.compare(Buffer.from(a.B), Buffer.from(b.B));
  return undefined;
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  const members = new Set(a);
  return a.length === b.length && b.every((member) => members.has(member));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
