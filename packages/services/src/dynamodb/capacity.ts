import { indexWrites, itemBytes, type Item, type Table } from "@hearth/tables";

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
const READ_BYTES = 4_096;
const WRITE_BYTES = 1_024;

type Asked = "INDEXES" | "TOTAL" | "NONE" | undefined;

export function readUnits(bytes: number, isConsistent: boolean | undefined): number {
  return Math.max(1, Math.ceil(bytes / READ_BYTES)) * (isConsistent ? 1 : 0.5);
}

function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_BYTES));
}

/** Whether an answer leaves the capacity out. */
export function isSilent(asked: Asked): boolean {
  return asked === undefined || asked === "NONE";
}

/** The ConsumedCapacity of a read; nothing where it was not asked for. `index`: the one that was read. */
export function consumedByRead(
  asked: Asked,
  { TableName }: Pick<Table, "TableName">,
  units: number,
  index?: { readonly name: string; readonly isGlobal: boolean },
) {
  if (isSilent(asked)) return undefined;
  const total = { CapacityUnits: units };
  if (asked === "TOTAL") return { TableName, ...total };
  const ofIndex = index && {
    [index.isGlobal ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes"]: { [index.name]: total },
  };
  return { TableName, ...total, Table: index ? { CapacityUnits: 0 } : total, ...ofIndex };
}

interface UnitsOf {
  readonly CapacityUnits: number;
}

interface Consumed extends UnitsOf {
  readonly TableName: string;
  readonly Table?: UnitsOf;
  readonly LocalSecondaryIndexes?: Readonly<Record<string, UnitsOf>>;
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, UnitsOf>>;
}

/** An item before and after a write. */
export interface WrittenItem {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/**
 * The ConsumedCapacity of writes to one table and its indexes; nothing where it was not asked for. The table counts the larger of an item before and after. In a
 * transaction all is written twice.
 */
export function consumedByWrites(
  asked: Asked,
  { TableName, definition }: Table,
  written: readonly WrittenItem[],
  { isTransaction = false } = {},
): Consumed | undefined {
  if (isSilent(asked)) return undefined;
  const times = isTransaction ? 2 : 1;
  const ofTable = written.reduce((sum, item) => sum + times * writeUnits(largest(item)), 0);
  const indexes = definition.indexes.flatMap((index) => {
    const writes = written.flatMap(({ before, after }) => indexWrites(definition, index, before, after));
    return writes.length > 0
      ? [{ index, units: times * writes.reduce((sum, bytes) => sum + writeUnits(bytes), 0) }]
      : [];
  });
  const CapacityUnits = indexes.reduce((sum, { units }) => sum + units, ofTable);
  if (asked === "TOTAL") return { TableName, CapacityUnits };
  const shown = (isGlobal: boolean) => {
    const own = indexes.filter(({ index }) => index.isGlobal === isGlobal);
    return Object.fromEntries(own.map(({ index, units }) => [index.name, { CapacityUnits: units }]));
  };
  const [local, global] = [shown(false), shown(true)];
  return {
    TableName,
    CapacityUnits,
    Table: { CapacityUnits: ofTable },
    ...(Object.keys(local).length > 0 && { LocalSecondaryIndexes: local }),
    ...(Object.keys(global).length > 0 && { GlobalSecondaryIndexes: global }),
  };
}

function largest({ before, after }: WrittenItem): number {
  return Math.max(before ? itemBytes(before) : 0, after ? itemBytes(after) : 0);
}
