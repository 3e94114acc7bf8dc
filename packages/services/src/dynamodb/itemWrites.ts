import { ValidationException } from "@hearth/model";
import {
  applyUpdate,
  attributesOf,
  attributeUpdates,
  type AttributeValue,
  checkItem,
  checkKey,
  checkKeysOfItem,
  checkUpdatedKeys,
  type Decide,
  emptyItem,
  type Item,
  itemBytes,
  type LegacyUpdate,
  MAX_ITEM_BYTES,
  Parser,
  type Path,
  type Table,
  type Update,
} from "@hearth/tables";
import { type ConditionInput, conditionOf, placeholdersOf, require } from "./conditionOf.ts";
import { invalid } from "./errors.ts";

/** What is to become of one item, checked as far as it can be without the item. */
export interface ItemWrite {
  readonly key: Item;
  readonly decide: Decide;
  readonly hasCondition: boolean;
  /** What the write may add, entries of indexes included, as far as the request says. */
  readonly bytes: number;
  readonly update?: Update;
}

export function putOf(table: Table, input: ConditionInput & { readonly Item: Item }): ItemWrite {
  const item = checkItem(input.Item);
  checkKeysOfItem(table.definition, item);
  const placeholders = placeholdersOf(input);
  const condition = conditionOf(input, placeholders);
  placeholders.checkUsed(input.ConditionExpression !== undefined, "ConditionExpression");
  const size = itemBytes(item);
  if (size > MAX_ITEM_BYTES) throw new ValidationException("Item size has exceeded the maximum allowed size");
  const attributes = attributesOf(table.definition.key);
  return {
    key: Object.fromEntries(attributes.map(({ name }) => [name, item[name] as AttributeValue])),
    hasCondition: condition !== undefined,
    bytes: size * (1 + table.definition.indexes.length),
    decide(before) {
      require(condition, before, input);
      return item;
    },
  };
}

export function deleteOf(table: Table, input: ConditionInput & { readonly Key: Item }): ItemWrite {
  const key = checkKey(table.definition.key, input.Key);
  const placeholders = placeholdersOf(input);
  const condition = conditionOf(input, placeholders);
  placeholders.checkUsed(input.ConditionExpression !== undefined, "ConditionExpression");
  return {
    key,
    hasCondition: condition !== undefined,
    bytes: 0,
    decide(before) {
      require(condition, before, input);
      return undefined;
    },
  };
}

export function updateOf(
  table: Table,
  input: ConditionInput & {
    readonly Key: Item;
    readonly UpdateExpression?: string | undefined;
    readonly AttributeUpdates?: Readonly<Record<string, LegacyUpdate>> | undefined;
  },
): ItemWrite {
  const key = checkKey(table.definition.key, input.Key);
  const placeholders = placeholdersOf(input);
  const update =
    input.UpdateExpression === undefined
      ? attributeUpdates(input.AttributeUpdates ?? {})
      : new Parser(input.UpdateExpression, "UpdateExpression", placeholders).update();
  const condition = conditionOf(input, placeholders);
  placeholders.checkUsed(
    input.UpdateExpression !== undefined || input.ConditionExpression !== undefined,
    "UpdateExpression and ConditionExpression",
  );
  for (const [name] of updatedPaths(update)) {
    if (Object.hasOwn(key, name)) throw invalid(`Cannot update attribute ${name}. This attribute is part of the key`);
  }
  const indexKeys = table.definition.indexes.map((index) => index.key);
  return {
    key,
    update,
    hasCondition: true,
    bytes: input.ExpressionAttributeValues
      ? itemBytes(checkItem(input.ExpressionAttributeValues)) * (1 + table.definition.indexes.length)
      : 0,
    decide(before) {
      require(condition, before, input);
      // Checked: an update can put a value of the item into another, and so nest them without end.
      const after = checkItem(applyUpdate(before ?? { ...emptyItem(), ...key }, update));
      checkUpdatedKeys(indexKeys, before ?? emptyItem(), after);
      return after;
    },
  };
}

/** By how much a write makes the table larger, its indexes included: at most, where an index has only some attributes. */
export function storedGrowth({ definition }: Table, before: Item | undefined, after: Item | undefined): number {
  const grown = (after ? itemBytes(after) : 0) - (before ? itemBytes(before) : 0);
  return grown * (1 + definition.indexes.length);
}

/** A condition on an item that is not written. */
export function checkOf(table: Table, input: ConditionInput & { readonly Key: Item }): ItemWrite {
  const { key, decide } = deleteOf(table, input);
  return {
    key,
    hasCondition: true,
    bytes: 0,
    decide(before) {
      decide(before);
      return before;
    },
  };
}

export function updatedPaths({ set, remove, add, delete: removed }: Update): readonly Path[] {
  return [
    ...set.map(({ path }) => path),
    ...remove,
    ...add.map(({ path }) => path),
    ...removed.map(({ path }) => path),
  ];
}
