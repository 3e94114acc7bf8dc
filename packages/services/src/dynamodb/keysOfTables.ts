import type { PassedTables, Tables, TableServer } from "@hearth/tables";
import type { AskedKey } from "./itemKeys.ts";
import type { KeysOfTable } from "./resources.ts";

export function hostedKeys(tables: Pick<Tables, "find">): KeysOfTable {
  return async (key, index) => {
    const definition = (await tables.find(key))?.definition;
    const keyed = index === undefined ? definition : definition?.indexes.find(({ name }) => name === index);
    return keyed && { hash: keyed.key.hash.name, range: keyed.key.range?.name };
  };
}

interface Described {
  readonly IndexName?: string;
  readonly KeySchema?: readonly { readonly AttributeName: string; readonly KeyType: string }[];
  readonly GlobalSecondaryIndexes?: readonly Described[];
  readonly LocalSecondaryIndexes?: readonly Described[];
}

/** The keys of tables on the server that the settings name: it is asked each time, as its owner may replace a table there. */
export function passedKeys(
  tables: Pick<PassedTables, "find"> & { readonly server: Pick<TableServer, "call"> },
): KeysOfTable {
  return async (key, index) => {
    const record = await tables.find(key);
    if (!record) return undefined;
    const answer = await tables.server.call("DescribeTable", { TableName: record.serverName });
    const table = answer["Table"] as Described | undefined;
    const { GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] } = table ?? {};
    const keyed =
      index === undefined
        ? table
        : [...GlobalSecondaryIndexes, ...LocalSecondaryIndexes].find(({ IndexName }) => IndexName === index);
    return keyed && askedKey(keyed);
  };
}

function askedKey({ KeySchema = [] }: Described): AskedKey | undefined {
  const nameOf = (type: string): string | undefined => KeySchema.find(({ KeyType }) => KeyType === type)?.AttributeName;
  const hash = nameOf("HASH");
  return hash === undefined ? undefined : { hash, range: nameOf("RANGE") };
}
