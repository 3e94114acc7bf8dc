/** A value as the API carries it: exactly one member. Numbers are text; binary values are base64 in `StoredValue` and bytes here. */
export interface AttributeValue {
  readonly S?: string;
  readonly N?: string;
  readonly B?: Uint8Array;
  readonly BOOL?: boolean;
  readonly NULL?: boolean;
  readonly SS?: readonly string[];
  readonly NS?: readonly string[];
  readonly BS?: readonly Uint8Array[];
  readonly L?: readonly AttributeValue[];
  readonly M?: Readonly<Record<string, AttributeValue>>;
}

export type AttributeType = keyof AttributeValue;

/** Attributes by name. */
export type Item = Readonly<Record<string, AttributeValue>>;

export const ATTRIBUTE_TYPES: readonly AttributeType[] = ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"];

/** The type of a value that was checked: it has one member. */
export function typeOf(value: AttributeValue): AttributeType {
  for (const type of ATTRIBUTE_TYPES) if (value[type] !== undefined) return type;
  throw new Error("an attribute value has no member");
}

/** An object without a prototype, so that no attribute's name has a meaning of its own. */
export function emptyItem(): Record<string, AttributeValue> {
  return Object.create(null) as Record<string, AttributeValue>;
}

/** A copy of the attributes, without a prototype. */
export function copyOf(item: Item): Record<string, AttributeValue> {
  return Object.assign(emptyItem(), item);
}
