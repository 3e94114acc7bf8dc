import { type AttributeValue, emptyItem, type Item } from "./attributeValue.ts";

/** An item as JSON text, binary values in base64. */
export function encodeItem(item: Item): string {
  if (!Object.values(item).some(hasBytes)) return JSON.stringify(item);
  return JSON.stringify(item, function replace(this: unknown, name: string, value: unknown) {
    const original = (this as Record<string, unknown>)[name];
    return original instanceof Uint8Array ? Buffer.from(original).toString("base64") : value;
  });
}

function hasBytes({ B, BS, L, M }: AttributeValue): boolean {
  if (B !== undefined || BS !== undefined) return true;
  return L?.some(hasBytes) ?? (M !== undefined && Object.values(M).some(hasBytes));
}

/** The inverse of `encodeItem`. */
export function decodeItem(text: string): Record<string, AttributeValue> {
  return decodeMembers(JSON.parse(text) as Record<string, StoredValue>);
}

/** As AttributeValue, with base64 for bytes. */
type StoredValue = Omit<AttributeValue, "B" | "BS" | "L" | "M"> & {
  readonly B?: string;
  readonly BS?: readonly string[];
  readonly L?: readonly StoredValue[];
  readonly M?: Readonly<Record<string, StoredValue>>;
};

function decodeMembers(stored: Readonly<Record<string, StoredValue>>): Record<string, AttributeValue> {
  const item = emptyItem();
  for (const [name, value] of Object.entries(stored)) item[name] = decodeValue(value);
  return item;
}

function decodeValue(value: StoredValue): AttributeValue {
  if (value.B !== undefined) return { B: Buffer.from(value.B, "base64") };
  if (value.BS !== undefined) return { BS: value.BS.map((bytes) => Buffer.from(bytes, "base64")) };
  if (value.L !== undefined) return { L: value.L.map(decodeValue) };
  if (value.M !== undefined) return { M: decodeMembers(value.M) };
  return value as Omit<StoredValue, "B" | "BS" | "L" | "M">; // those are not there
}
