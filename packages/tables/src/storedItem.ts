import { type AttributeValue, emptyItem, type Item } from "./attributeValue.ts";

/**
 * An item as JSON text: binary values in base64, and the attributes of the item and of its maps in one order, so that two items without sets are equal where
 * their texts are.
 */
export function encodeItem(item: Item): string {
  if (isPlain(item)) return JSON.stringify(item);
  const ordered = inOrder(item);
  if (!Object.values(ordered).some(hasBytes)) return JSON.stringify(ordered);
  return JSON.stringify(ordered, function replace(this: unknown, name: string, value: unknown) {
    const original = (this as Record<string, unknown>)[name];
    return original instanceof Uint8Array ? Buffer.from(original).toString("base64") : value;
  });
}

/** The same members, by name. Not copied where they are in that order. Visits each value once: values are nested as deeply as a caller likes. */
function inOrder(members: Item): Item {
  const names = Object.keys(members);
  let isOrdered = true;
  const values = names.map((name, at) => {
    const value = members[name] as AttributeValue;
    const ordered = orderedValue(value);
    if (ordered !== value || (at > 0 && (names[at - 1] as string) > name)) isOrdered = false;
    return ordered;
  });
  if (isOrdered) return members;
  const ordered = emptyItem();
  const places = names
    .map((_name, at) => at)
    .toSorted((a, b) => ((names[a] as string) < (names[b] as string) ? -1 : 1));
  for (const at of places) ordered[names[at] as string] = values[at] as AttributeValue;
  return ordered;
}

function orderedValue(value: AttributeValue): AttributeValue {
  if (value.M !== undefined) {
    const M = inOrder(value.M);
    return M === value.M ? value : { M };
  }
  if (value.L !== undefined) {
    const L = value.L.map(orderedValue);
    return L.every((member, at) => member === value.L?.[at]) ? value : { L };
  }
  return value;
}

// Each write asks the next two of its item. Loops over the members cost a third of what it costs to look for each type of value, or to list the members first.

/** Whether the attributes are in their order and none holds bytes. */
function isPlain(members: Item): boolean {
  let last = "";
  for (const name in members) {
    if (name < last || !isPlainValue(members[name] as AttributeValue)) return false;
    last = name;
  }
  return true;
}

function isPlainValue(value: AttributeValue): boolean {
  for (const type in value) {
    if (type === "B" || type === "BS") return false;
    if (type === "M" && !isPlain(value.M ?? {})) return false;
    if (type === "L" && value.L?.every(isPlainValue) === false) return false;
  }
  return true;
}

/** Whether a set is somewhere in the item: the members of a set have no order. */
export function hasSets(item: Item): boolean {
  for (const name in item) if (holdsSet(item[name] as AttributeValue)) return true;
  return false;
}

function holdsSet(value: AttributeValue): boolean {
  for (const type in value) {
    if (type === "SS" || type === "NS" || type === "BS") return true;
    if (type === "L" && value.L?.some(holdsSet) === true) return true;
    if (type === "M" && hasSets(value.M ?? {})) return true;
  }
  return false;
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
