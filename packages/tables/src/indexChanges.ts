import type { DynamoIndexEntry, DynamoKey, NewDynamoIndexEntry } from "@hearth/store";
import { emptyItem, type Item } from "./attributeValue.ts";
import { itemBytes } from "./itemSize.ts";
import { indexKey } from "./keys.ts";
import { encodeItem } from "./storedItem.ts";
import { type IndexDefinition, keyNames, type KeySchema, type TableDefinition } from "./table.ts";

export interface IndexChanges {
  readonly removed: readonly DynamoIndexEntry[];
  readonly added: readonly NewDynamoIndexEntry[];
  /** By how much the entries grow; less than nothing when they shrink. */
  readonly bytes: number;
}

/** What a change of an item changes in the table's indexes. `isForced`: entries are written also where they are as before. */
export function indexChanges(
  { indexes, key }: TableDefinition,
  before: Item | undefined,
  after: Item | undefined,
  isForced: boolean,
): IndexChanges {
  const removed: DynamoIndexEntry[] = [];
  const added: NewDynamoIndexEntry[] = [];
  let bytes = 0;
  for (const index of indexes) {
    const oldKey = before && indexKey(index.key, before);
    const newKey = after && indexKey(index.key, after);
    const stays = oldKey && newKey && sameKey(oldKey, newKey);
    if (oldKey && !stays) removed.push({ indexId: index.id, key: oldKey });
    // Where entries are written by force, there may have been none.
    const old = oldKey && !isForced ? projectedItem(index, key, before as Item) : undefined;
    if (old) bytes -= itemBytes(old);
    if (!newKey) continue;
    const projected = projectedItem(index, key, after);
    const item = encodeItem(projected);
    const size = itemBytes(projected);
    bytes += size;
    if (stays && old && encodeItem(old) === item) continue;
    added.push({ indexId: index.id, key: newKey, item, bytes: size });
  }
  return { removed, added, bytes };
}

/** What a change of an item writes to an index, in bytes of each write; empty where the index stays as it is. */
export function indexWrites(
  { key }: TableDefinition,
  index: IndexDefinition,
  before: Item | undefined,
  after: Item | undefined,
): readonly number[] {
  const oldKey = before && indexKey(index.key, before);
  const newKey = after && indexKey(index.key, after);
  const old = oldKey && projectedItem(index, key, before as Item);
  const now = newKey && projectedItem(index, key, after as Item);
  const sizes = [old, now].flatMap((item) => (item ? [itemBytes(item)] : []));
  if (!old || !now || !oldKey || !newKey) return sizes;
  // An item whose key is another is deleted at one place and put at another.
  if (!sameKey(oldKey, newKey)) return sizes;
  return encodeItem(old) === encodeItem(now) ? [] : [Math.max(...sizes)];
}

/** The attributes that an index has of an item. */
function projectedItem({ key, projection }: IndexDefinition, tableKey: KeySchema, item: Item): Item {
  if (projection.ProjectionType === "ALL") return item;
  const found = emptyItem();
  for (const name of [...keyNames(tableKey), ...keyNames(key), ...(projection.NonKeyAttributes ?? [])]) {
    const value = item[name];
    if (value) found[name] = value;
  }
  return found;
}

function sameKey(a: DynamoKey, b: DynamoKey): boolean {
  return a.hash.equals(b.hash) && a.range.equals(b.range);
}
