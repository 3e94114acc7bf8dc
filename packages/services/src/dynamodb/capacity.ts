import { itemBytes, type Item, type Table } from "@hearth/tables";

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
const READ_BYTES = 4_096;
const WRITE_BYTES = 1_024;

type Asked = "INDEXES" | "TOTAL" | "NONE" | undefined;

export interface Units {
  readonly read?: number;
  readonly write?: number;
}

export function readUnits(bytes: number, isConsistent: boolean | undefined): number {
  return Math.max(1, Math.ceil(bytes / READ_BYTES)) * (isConsistent ? 1 : 0.5);
}

/** Of a write, by the larger of the item before and after. */
export function writeUnits(...items: readonly (Item | undefined)[]): number {
  const bytes = Math.max(...items.map((item) => (item ? itemBytes(item) : 0)));
  return Math.max(1, Math.ceil(bytes / WRITE_BYTES));
}

/** Whether an answer leaves the capacity out. */
export function isSilent(asked: Asked): boolean {
  return asked === undefined || asked === "NONE";
}

/** The member ConsumedCapacity of an answer; nothing where it was not asked for. `index`: the one that was read. */
export function consumed(
  asked: Asked,
  { TableName }: Pick<Table, "TableName">,
  { read = 0, write = 0 }: Units,
  index?: { readonly name: string; readonly isGlobal: boolean },
) {
  if (isSilent(asked)) return undefined;
  const total = { CapacityUnits: read + write };
  if (asked === "TOTAL") return { TableName, ...total };
  const ofIndex = index && {
    [index.isGlobal ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes"]: { [index.name]: total },
  };
  return { TableName, ...total, Table: index ? { CapacityUnits: 0 } : total, ...ofIndex };
}
