import type { DynamoIndexEntry, DynamoKey, NewDynamoIndexEntry } from "@hearth/store";
import { emptyItem, type Item } from "./attributeValue.ts";
import { itemBytes } from "./itemSize.ts";
import { indexKey } from "./keys.ts";
import { encodeItem } from "./storedItem.ts";
import { type IndexDefinition, keyNames, type KeySchema, type TableDefinition } from "./table.ts";

export interface IndexChanges {
  readonly removed: readonly DynamoIndexEntry[];
  readonly added: readonly NewDynamoIndexEntry[];
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
  for (const index of indexes) {
    const oldKey = before && indexKey(index.key, before);
    const newKey = after && indexKey(index.key, after);
    const stays = oldKey && newKey && sameKey(oldKey, newKey);
    if (oldKey && !stays) removed.push({ indexId: index.id, key: oldKey });
    if (!newKey) continue;
    const projected = projectedItem(index, key, after);
    const item = encodeItem(projected);
    if (stays && !isForced && encodeItem(projectedItem(index, key, before as Item)) === item) continue;
    added.push({ indexId: index.id, key: newKey, item, bytes: itemBytes(projected) });
  }
  return { removed, added };
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
