import { ValidationException } from "@hearth/model";
import {
  type AttributeValue,
  checkItem,
  type Condition,
  equalValues,
  filterCondition,
  fulfils,
  type IndexDefinition,
  isInRange,
  type Item,
  type KeyCondition,
  keyNames,
  type LegacyCondition,
  type Page,
  Parser,
  type Path,
  type Placeholders,
  type Table,
  type Tables,
} from "@hearth/tables";
import { consumedByRead, readUnits } from "./capacity.ts";
import { invalid } from "./errors.ts";
import { projected, projectionOf } from "./projectionOf.ts";
import { storedAnswer } from "./storedAnswer.ts";

/** What Query and Scan have in common. */
export interface ReadInput {
  readonly IndexName?: string | undefined;
  readonly Select?: "ALL_ATTRIBUTES" | "ALL_PROJECTED_ATTRIBUTES" | "SPECIFIC_ATTRIBUTES" | "COUNT" | undefined;
  readonly AttributesToGet?: readonly string[] | undefined;
  readonly ProjectionExpression?: string | undefined;
  readonly FilterExpression?: string | undefined;
  readonly ConsistentRead?: boolean | undefined;
  readonly ExclusiveStartKey?: Item | undefined;
  readonly ReturnConsumedCapacity?: "INDEXES" | "TOTAL" | "NONE" | undefined;
}

export function indexOf({ definition }: Table, { IndexName, ConsistentRead }: ReadInput): IndexDefinition | undefined {
  if (IndexName === undefined) return undefined;
  const index = definition.indexes.find(({ name }) => name === IndexName);
  if (!index) throw new ValidationException(`The table does not have the specified index: ${IndexName}`);
  if (ConsistentRead && index.isGlobal) {
    throw new ValidationException("Consistent reads are not supported on global secondary indexes");
  }
  if (index.status === "CREATING") {
    throw new ValidationException(`Cannot read from backfilling global secondary index: ${IndexName}`);
  }
  return index;
}

/** Where a page begins. Throws AWS's error unless it is exactly the key of an item. */
export function startOf(
  { definition }: Table,
  index: IndexDefinition | undefined,
  key: Item | undefined,
): Item | undefined {
  if (!key) return undefined;
  const wanted = new Map(
    [definition.key, ...(index ? [index.key] : [])].flatMap(({ hash, range }) =>
      (range ? [hash, range] : [hash]).map(({ name, type }) => [name, type] as const),
    ),
  );
  const checked = checkItem(key);
  const fits = [...wanted].every(([name, type]) => checked[name]?.[type] !== undefined);
  if (!fits || Object.keys(checked).length !== wanted.size) {
    throw new ValidationException(
      "The provided starting key is invalid: The provided key element does not match the schema",
    );
  }
  return checked;
}

/** Where a page of a query begins. Throws AWS's error for the key of an item that the query does not find. */
export function startOfQuery(
  table: Table,
  index: IndexDefinition | undefined,
  given: Item | undefined,
  wanted: KeyCondition,
): Item | undefined {
  const start = startOf(table, index, given);
  const key = (index ?? table.definition).key;
  const hash = start?.[key.hash.name];
  if (hash && !equalValues(hash, checkItem({ hash: wanted.hash })["hash"] as AttributeValue)) {
    throw new ValidationException("The provided starting key is outside query boundaries based on provided conditions");
  }
  const range = key.range && start?.[key.range.name];
  if (range && wanted.range && !isInRange(range, wanted.range)) {
    throw new ValidationException("The provided starting key does not match the range key predicate");
  }
  return start;
}

/** The condition that items of a page must fulfil. */
export function filterOf(
  { FilterExpression }: ReadInput,
  legacy: Readonly<Record<string, LegacyCondition>> | undefined,
  joint: "AND" | "OR" | undefined,
  placeholders: Placeholders,
): Condition | undefined {
  if (FilterExpression !== undefined) return new Parser(FilterExpression, "FilterExpression", placeholders).condition();
  return legacy && Object.keys(legacy).length > 0 ? filterCondition(legacy, joint) : undefined;
}

/** Throws AWS's error for a filter on attributes of the key, which Query does not take. */
export function refuseKeysInFilter(condition: Condition | undefined, names: readonly string[]): void {
  if (!condition) return;
  const found = pathsOf(condition).find(([name, ...rest]) => rest.length === 0 && names.includes(name));
  if (found) {
    throw new ValidationException(
      `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${found[0]}`,
    );
  }
}

function pathsOf(condition: Condition): readonly Path[] {
  switch (condition.kind) {
    case "and":
    case "or":
      return [...pathsOf(condition.left), ...pathsOf(condition.right)];
    case "not":
      return pathsOf(condition.of);
    case "exists":
    case "type":
      return [condition.path];
    case "compare":
      return [condition.left, condition.right].flatMap((operand) => (operand.kind === "value" ? [] : [operand.path]));
    case "between":
      return [condition.of, condition.from, condition.to].flatMap((operand) =>
        operand.kind === "value" ? [] : [operand.path],
      );
    case "in":
      return [condition.of, ...condition.list].flatMap((operand) => (operand.kind === "value" ? [] : [operand.path]));
    case "beginsWith":
    case "contains":
      return [condition.of, condition.what].flatMap((operand) => (operand.kind === "value" ? [] : [operand.path]));
  }
}

export function testOf(condition: Condition | undefined): ((item: Item) => boolean) | undefined {
  return condition && ((item) => fulfils(item, condition));
}

/** How the items of a page are shown, decided before anything is read. Throws AWS's error. */
export function selectionOf(
  table: Table,
  input: ReadInput,
  index: IndexDefinition | undefined,
  placeholders: Placeholders,
): { readonly paths: readonly Path[] | undefined; readonly isCount: boolean; readonly wantsAll: boolean } {
  const paths = projectionOf(input, placeholders);
  const { Select } = input;
  if (paths && Select !== undefined && Select !== "SPECIFIC_ATTRIBUTES") {
    const given = input.ProjectionExpression === undefined ? "AttributesToGet" : "ProjectionExpression";
    throw new ValidationException(
      `Cannot specify the ${given} when choosing to get ${Select === "COUNT" ? "only the Count" : Select}`,
    );
  }
  if (Select === "SPECIFIC_ATTRIBUTES" && !paths) {
    throw invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES");
  }
  if (Select === "ALL_PROJECTED_ATTRIBUTES" && !index) {
    throw invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  }
  const isPartial = index !== undefined && index.projection.ProjectionType !== "ALL";
  if (paths && isPartial && index.isGlobal) refuseUnprojected(table, index, paths);
  if (Select === "ALL_ATTRIBUTES" && isPartial && index.isGlobal) {
    throw invalid(
      `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`,
    );
  }
  return {
    paths,
    isCount: Select === "COUNT",
    wantsAll: isPartial && !index.isGlobal && (Select === "ALL_ATTRIBUTES" || paths !== undefined),
  };
}

/** Throws AWS's error for attributes that a global index does not have. */
function refuseUnprojected({ definition }: Table, index: IndexDefinition, paths: readonly Path[]): void {
  const projected = new Set([
    ...keyNames(definition.key),
    ...keyNames(index.key),
    ...(index.projection.NonKeyAttributes ?? []),
  ]);
  const missing = [...new Set(paths.map(([name]) => name))].filter((name) => !projected.has(name));
  if (missing.length > 0)
    throw invalid(`Global secondary index ${index.name} does not project [${missing.join(", ")}]`);
}

/** The answer of Query and Scan. */
export function pageAnswer(
  tables: Tables,
  table: Table,
  page: Page,
  input: ReadInput,
  index: IndexDefinition | undefined,
  { paths, isCount, wantsAll }: ReturnType<typeof selectionOf>,
): object | Promise<object> {
  const capacity = consumedByRead(
    input.ReturnConsumedCapacity,
    table,
    readUnits(page.bytes, input.ConsistentRead),
    index,
  );
  if (!isCount && !wantsAll && !paths && !page.lastKey && !capacity) {
    const texts = page.items.map(({ text }) => text).join(",");
    return storedAnswer(`{"Items":[${texts}],"Count":${page.items.length},"ScannedCount":${page.scanned}}`);
  }
  const answer = (whole: readonly Item[]): object => ({
    ...(!isCount && { Items: whole.map((item) => projected(item, paths)) }),
    ...{ Count: page.items.length, ScannedCount: page.scanned },
    ...(page.lastKey && { LastEvaluatedKey: page.lastKey }),
    ...(capacity && { ConsumedCapacity: capacity }),
  });
  if (!wantsAll || isCount) return answer(page.items.map(({ item }) => item));
  const names = keyNames(table.definition.key);
  return Promise.all(page.items.map(({ item }) => fetched(tables, table, names, item))).then(answer);
}

/** The item of the table that an entry of a local index stands for. */
async function fetched(tables: Tables, table: Table, names: readonly string[], entry: Item): Promise<Item> {
  const key = Object.fromEntries(names.flatMap((name) => (entry[name] ? [[name, entry[name]]] : [])));
  return (await tables.get(table, key)) ?? entry;
}
