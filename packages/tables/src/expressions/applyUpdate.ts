import { ValidationException } from "@hearth/model";
import { type AttributeValue, copyOf, type Item, typeOf } from "../attributeValue.ts";
import { addDecimals, decimalText, negated, parseDecimal } from "../decimal.ts";
import { MAX_ITEM_BYTES } from "../itemSize.ts";
import type { Path, SetValue, Update } from "./ast.ts";
import { valueAt } from "./evaluate.ts";

/** The item after an update. All values are computed from the item as it was. Throws AWS's error when a part of the update does not suit the item. */
export function applyUpdate(before: Item, update: Update): Record<string, AttributeValue> {
  const after = copyOf(before);
  const room: Room = { members: MAX_MEMBERS };
  const sets = update.set.map(({ path, value }) => ({ path, value: setValue(before, value, room) }));
  const removals = [...update.remove];
  for (const { path, value } of update.add) sets.push({ path, value: added(valueAt(before, path), value) });
  for (const { path, value } of update.delete) {
    const present = valueAt(before, path);
    if (!present) continue;
    const left = without(present, value);
    if (left) sets.push({ path, value: left });
    else removals.push(path);
  }
  for (const { path, value } of sets) put(after, path, value);
  // From the end of lists, so that removing one does not move another.
  for (const path of removals.toSorted(byIndexDescending)) remove(after, path);
  return after;
}

/** How many members the lists may have that an update makes. */
interface Room {
  members: number;
}

/** A member takes a byte at least. The lists of an update that fits are within one item; some may be made on the way to another. */
const MAX_MEMBERS = 2 * MAX_ITEM_BYTES;

function setValue(item: Item, value: SetValue, room: Room): AttributeValue {
  switch (value.kind) {
    case "value":
      return value.value;
    case "path": {
      const found = valueAt(item, value.path);
      if (!found)
        throw new ValidationException("The provided expression refers to an attribute that does not exist in the item");
      return found;
    }
    case "ifNotExists":
      return valueAt(item, value.path) ?? setValue(item, value.otherwise, room);
    case "listAppend": {
      const [left, right] = [setValue(item, value.left, room), setValue(item, value.right, room)];
      if (!left.L || !right.L) throw wrongOperand();
      // Checked on the way: nested calls could make lists of any length before the item is measured.
      room.members -= left.L.length + right.L.length;
      if (room.members < 0) throw tooLarge();
      return { L: [...left.L, ...right.L] };
    }
    case "plus":
    case "minus":
      return sum(setValue(item, value.left, room), setValue(item, value.right, room), value.kind === "minus");
    case "size":
      throw wrongOperand(); // the parser refuses it
  }
}

function sum(left: AttributeValue, right: AttributeValue, isDifference: boolean): AttributeValue {
  if (left.N === undefined || right.N === undefined) throw wrongOperand();
  const second = parseDecimal(right.N);
  return { N: decimalText(addDecimals(parseDecimal(left.N), isDifference ? negated(second) : second)) };
}

function added(present: AttributeValue | undefined, value: AttributeValue): AttributeValue {
  if (!present) return value;
  if (value.N !== undefined) return sum(present, value, false);
  if (value.SS && present.SS) return { SS: [...new Set([...present.SS, ...value.SS])] };
  if (value.NS && present.NS) return { NS: [...new Set([...present.NS, ...value.NS])] };
  if (value.BS && present.BS) {
    const kept = new Set(present.BS.map(base64));
    return { BS: [...present.BS, ...value.BS.filter((bytes) => !kept.has(base64(bytes)))] };
  }
  throw wrongOperand();
}

/** The set without the members of another; `undefined` when it is empty then. */
function without(present: AttributeValue, value: AttributeValue): AttributeValue | undefined {
  if (typeOf(present) !== typeOf(value)) throw wrongOperand();
  const { SS, NS, BS } = present;
  // Sets, as both may have a hundred thousand members.
  const gone = new Set(value.SS ?? value.NS ?? value.BS?.map(base64));
  if (SS) {
    const left = SS.filter((text) => !gone.has(text));
    return left.length > 0 ? { SS: left } : undefined;
  }
  if (NS) {
    const left = NS.filter((text) => !gone.has(text));
    return left.length > 0 ? { NS: left } : undefined;
  }
  const left = (BS ?? []).filter((bytes) => !gone.has(base64(bytes)));
  return left.length > 0 ? { BS: left } : undefined;
}

/** Writes a value, copying what contains it. */
function put(item: Record<string, AttributeValue>, [name, ...rest]: Path, value: AttributeValue): void {
  item[name] = rest.length === 0 ? value : placed(Object.hasOwn(item, name) ? item[name] : undefined, rest, value);
}

function placed(
  container: AttributeValue | undefined,
  [part, ...rest]: readonly (string | number)[],
  value: AttributeValue,
): AttributeValue {
  if (part === undefined) return value;
  if (typeof part === "number") {
    if (!container?.L) throw wrongPath();
    const list = [...container.L];
    const at = Math.min(part, list.length);
    if (rest.length > 0 && at === list.length) throw wrongPath();
    list[at] = placed(list[at], rest, value);
    return { L: list };
  }
  if (!container?.M) throw wrongPath();
  const map = copyOf(container.M);
  map[part] = placed(Object.hasOwn(map, part) ? map[part] : undefined, rest, value);
  return { M: map };
}

function remove(item: Record<string, AttributeValue>, [name, ...rest]: Path): void {
  if (rest.length === 0) delete item[name];
  else if (item[name]) item[name] = removed(item[name], rest);
  else throw wrongPath();
}

function removed(container: AttributeValue, [part, ...rest]: readonly (string | number)[]): AttributeValue {
  if (typeof part === "number") {
    if (!container.L) throw wrongPath();
    const list = [...container.L];
    const inner = list[part];
    if (!inner) {
      if (rest.length > 0) throw wrongPath();
      return container;
    }
    if (rest.length === 0) list.splice(part, 1);
    else list[part] = removed(inner, rest);
    return { L: list };
  }
  if (!container.M || part === undefined) throw wrongPath();
  const map = copyOf(container.M);
  const inner = map[part];
  if (rest.length === 0) delete map[part];
  else if (inner) map[part] = removed(inner, rest);
  else throw wrongPath();
  return { M: map };
}

function byIndexDescending(a: Path, b: Path): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [x, y] = [a[at], b[at]];
    if (typeof x === "number" && typeof y === "number" && x !== y) return y - x;
    if (x !== y) return 0;
  }
  return 0;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function tooLarge(): ValidationException {
  return new ValidationException("Item size to update has exceeded the maximum allowed size");
}

function wrongOperand(): ValidationException {
  return new ValidationException("An operand in the update expression has an incorrect data type");
}

function wrongPath(): ValidationException {
  return new ValidationException("The document path provided in the update expression is invalid for update");
}
