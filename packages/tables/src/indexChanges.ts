import type { DynamoIndexEntry, DynamoKey, IndexUsage, NewDynamoIndexEntry } from "@hearth/store";
import { emptyItem, type Item } from "./attributeValue.ts";
import { itemBytes } from "./itemSize.ts";
import { indexKey } from "./keys.ts";
import { encodeItem } from "./storedItem.ts";
import { type IndexDefinition, keyNames, type KeySchema, type TableDefinition } from "./table.ts";

export interface IndexChanges {
  readonly removed: readonly DynamoIndexEntry[];
  readonly added: readonly NewDynamoIndexEntry[];
  /** By how much the entries of each index grow, by its id; less than nothing when they shrink. */
  readonly usage: Readonly<Record<string, IndexUsage>>;
}

/** What a change of an item changes in the table's indexes. `isForced`: entries of indexes that are being filled are written also where they are as before. */
export function indexChanges(
  { indexes, key }: TableDefinition,
  before: Item | undefined,
  after: Item | undefined,
  isForced: boolean,
): IndexChanges {
  const removed: DynamoIndexEntry[] = [];
  const added: NewDynamoIndexEntry[] = [];
  const usage: Record<string, IndexUsage> = {};
  for (const index of indexes) {
    // Where entries are written by force, there may have been none.
    const isFilled = isForced && index.status === "CREATING";
    const oldKey = before && indexKey(index.key, before);
    const newKey = after && indexKey(index.key, after);
    const stays = oldKey && newKey && sameKey(oldKey, newKey);
    if (oldKey && !stays) removed.push({ indexId: index.id, key: oldKey });
    const old = oldKey && !isFilled ? projectedItem(index, key, before as Item) : undefined;
    const projected = newKey && projectedItem(index, key, after);
    if (!old && !projected) continue;
    const bytes = projected ? itemBytes(projected) : 0;
    usage[index.id] = {
      items: (projected ? 1 : 0) - (old ? 1 : 0),
      bytes: bytes - (old ? itemBytes(old) : 0),
    };
    if (!newKey || !projected) continue;
    const item = encodeItem(projected);
    if (stays && old && encodeItem(old) === item) continue;
    added.push({ indexId: index.id, key: newKey, item, bytes });
  }
  return { removed, added, usage };
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
