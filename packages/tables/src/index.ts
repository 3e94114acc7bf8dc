export { type AttributeValue, copyOf, emptyItem, type Item } from "./attributeValue.ts";
export * from "./changeNames.ts";
export { shownRecord } from "./changeRecord.ts";
export { checkItem } from "./checkValue.ts";
export { canonicalNumber } from "./decimal.ts";
export { equalValues } from "./comparison.ts";
export * from "./errors.ts";
export { applyUpdate } from "./expressions/applyUpdate.ts";
export type { Condition, Path, Update } from "./expressions/ast.ts";
export { fulfils, valueAt } from "./expressions/evaluate.ts";
export { isInRange, type KeyCondition, toKeyCondition } from "./expressions/keyCondition.ts";
export {
  attributeUpdates,
  expectedCondition,
  filterCondition,
  type LegacyCondition,
  type LegacyExpected,
  type LegacyUpdate,
} from "./expressions/legacy.ts";
export { namesIn } from "./expressions/namesIn.ts";
export { Parser } from "./expressions/parser.ts";
export { Placeholders } from "./expressions/placeholders.ts";
export { project } from "./expressions/project.ts";
export { quickKeyCondition } from "./expressions/quickKeyCondition.ts";
export { indexWrites } from "./indexChanges.ts";
export { hasCollections } from "./itemCollections.ts";
export { checkTransactionBytes, itemBytes, MAX_ITEM_BYTES } from "./itemSize.ts";
export { attributesOf, checkKey, checkKeysOfItem, checkUpdatedKeys, storedKey, wrongKey } from "./keys.ts";
export { PassedTables, type PassedTablesDeps } from "./passedOn/passedTables.ts";
export { TableServerError } from "./passedOn/serverErrors.ts";
export { ServerNames } from "./passedOn/serverNames.ts";
export { parsedAnswer, TableServer, type TableServerSettings } from "./passedOn/tableServer.ts";
export { type Page, query, scan } from "./reading.ts";
export type { ReadItem } from "./readItem.ts";
export * from "./table.ts";
export { type Decide, Tables, type TablesDeps } from "./tables.ts";
export { TableWork } from "./tableWork.ts";
export { type TransactPart, transactWrite } from "./transactions.ts";
