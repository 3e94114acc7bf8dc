import { hash } from "node:crypto";
import { ValidationException } from "@hearth/model";
import type { DynamoKey } from "@hearth/store";
import { type AttributeValue, emptyItem, type Item, typeOf } from "./attributeValue.ts";
import { checkValue } from "./checkValue.ts";
import { equalValues } from "./comparison.ts";
import { decimalKey, parseDecimal } from "./decimal.ts";
import type { KeyAttribute, KeySchema, TableDefinition } from "./table.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys */
const MAX_HASH_BYTES = 2_048;
const MAX_RANGE_BYTES = 1_024;
const EMPTY = Buffer.alloc(0);

/** Bytes whose order is that of the values of a type. */
export function keyBytes(value: AttributeValue): Buffer {
  if (value.S !== undefined) return Buffer.from(value.S);
  if (value.B !== undefined) return Buffer.from(value.B);
  return decimalKey(parseDecimal(value.N ?? ""));
}

/** The length of `keyBytes`, as far as a key can be too long: a number never is. */
function keyLength(value: AttributeValue | undefined): number {
  return value?.S === undefined ? (value?.B?.byteLength ?? 0) : Buffer.byteLength(value.S);
}

/** Where the items of a partition key lie, of all places from -2^31 to 2^31-1. */
export function placeOf(hashKey: Buffer): number {
  // Text costs a third of what a buffer of its own would.
  return Number.parseInt(hash("md5", hashKey, "hex").slice(0, 8), 16) | 0;
}

/** The key in the form that is stored. The values were checked. */
export function storedKey(schema: KeySchema, item: Item): DynamoKey {
  const hash = keyBytes(item[schema.hash.name] as AttributeValue);
  return {
    place: placeOf(hash),
    hash,
    range: schema.range ? keyBytes(item[schema.range.name] as AttributeValue) : EMPTY,
  };
}

/** The same text for the same item of all tables. Keys of the same bytes may have their border at another place. */
export function itemName(tableId: string, { hash, range }: Pick<DynamoKey, "hash" | "range">): string {
  return `${tableId} ${hash.length} ${hash.toString("latin1")}${range.toString("latin1")}`;
}

/** The key of an item of an index; `undefined` for an item that the index does not have. */
export function indexKey(schema: KeySchema, item: Item): DynamoKey | undefined {
  for (const { name, type } of [schema.hash, ...(schema.range ? [schema.range] : [])]) {
    if (item[name]?.[type] === undefined) return undefined;
  }
  // An item that was there before its index may have any value; one that is too large for a key is not in the index.
  const key = storedKey(schema, item);
  return key.hash.length <= MAX_HASH_BYTES && key.range.length <= MAX_RANGE_BYTES ? key : undefined;
}

/** The key that a request gives, checked. Throws AWS's error unless it is exactly the table's key. */
export function checkKey(schema: KeySchema, key: Item): Item {
  const attributes = attributesOf(schema);
  if (Object.keys(key).length !== attributes.length) throw wrongKey();
  for (const { name } of attributes) if (!Object.hasOwn(key, name)) throw wrongKey();
  const checked = emptyItem();
  for (const { name } of attributes) checked[name] = checkValue(key[name] as AttributeValue);
  for (const { name, type } of attributes) if (checked[name]?.[type] === undefined) throw wrongKey();
  checkKeyValues(schema, checked);
  return checked;
}

/** Throws AWS's error unless a whole item has the table's key, and no value of another type where an index has its key. */
export function checkKeysOfItem({ key: schema, indexes }: Pick<TableDefinition, "key" | "indexes">, item: Item): void {
  for (const { name, type } of attributesOf(schema)) {
    const value = item[name];
    if (!value)
      throw new ValidationException(`One or more parameter values were invalid: Missing the key ${name} in the item`);
    if (value[type] === undefined) {
      throw new ValidationException(
        `One or more parameter values were invalid: Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`,
      );
    }
  }
  checkKeyValues(schema, item);
  for (const { key: schemaOfIndex } of indexes) {
    if (attributesOf(schemaOfIndex).every(({ name, type: wanted }) => item[name]?.[wanted] !== undefined)) {
      checkKeySizes(schemaOfIndex, item);
    }
  }
  const parts = indexes.flatMap(({ name: index, key }) =>
    attributesOf(key).map((attribute) => ({ index, ...attribute })),
  );
  for (const { index, name, type } of parts) {
    const value = item[name];
    if (value && value[type] === undefined) {
      throw new ValidationException(
        `One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: ${type} Actual: ${typeOf(value)} IndexName: ${index}`,
      );
    }
    if (value?.S === "" || value?.B?.byteLength === 0) {
      throw new ValidationException(
        `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${value.S === "" ? "string" : "binary"} value. IndexName: ${index}, IndexKey: ${name}`,
      );
    }
  }
}

/** Throws AWS's error when an update gives an attribute that is part of an index's key a value that no key can have. */
export function checkUpdatedKeys(indexes: readonly KeySchema[], before: Item, after: Item): void {
  for (const schema of indexes) {
    const attributes = attributesOf(schema);
    const changed = attributes.filter(({ name }) => {
      const [old, value] = [before[name], after[name]];
      // Left as it is, it may be a value from before there was the index, which then does not have the item.
      return value !== undefined && !(old && equalValues(old, value));
    });
    for (const { name, type } of changed) {
      const value = after[name];
      if (value?.[type] === undefined) {
        throw new ValidationException(
          "One or more parameter values were invalid: The update expression attempted to update the secondary index key to unsupported type",
        );
      }
      if (value.S === "" || value.B?.byteLength === 0) {
        throw new ValidationException(
          `One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty ${value.S === "" ? "string" : "binary"} value.`,
        );
      }
    }
    const isWhole = attributes.every(({ name, type }) => after[name]?.[type] !== undefined);
    if (changed.length > 0 && isWhole && !indexKey(schema, after)) {
      throw new ValidationException(
        "One or more parameter values were invalid: The update expression attempted to update the secondary index key beyond allowed size limits",
      );
    }
  }
}

function checkKeyValues(schema: KeySchema, item: Item): void {
  for (const { name } of attributesOf(schema)) {
    const value = item[name];
    if (value?.S === "" || value?.B?.byteLength === 0) {
      throw new ValidationException(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${value.S === "" ? "string" : "binary"} value. Key: ${name}`,
      );
    }
  }
  checkKeySizes(schema, item);
}

function checkKeySizes({ hash, range }: KeySchema, item: Item): void {
  if (keyLength(item[hash.name]) > MAX_HASH_BYTES) {
    throw new ValidationException(
      "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes",
    );
  }
  if (range && keyLength(item[range.name]) > MAX_RANGE_BYTES) {
    throw new ValidationException(
      "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
    );
  }
}

export function attributesOf({ hash, range }: KeySchema): readonly KeyAttribute[] {
  return range ? [hash, range] : [hash];
}

export function wrongKey(): ValidationException {
  return new ValidationException("The provided key element does not match the schema");
}
