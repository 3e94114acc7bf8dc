import { hasCollections, type Item, storedKey, type Table, type Tables } from "@hearth/tables";

type Asked = "SIZE" | "NONE" | undefined;

interface Metrics {
  readonly ItemCollectionKey: Item;
  readonly SizeEstimateRangeGB: readonly number[];
}

/** The ItemCollectionMetrics of the write of an item; nothing where they were not asked for, and of tables without local secondary indexes. */
export async function collectionMetrics(
  { collections }: Pick<Tables, "collections">,
  asked: Asked,
  table: Table,
  key: Item,
): Promise<{ readonly ItemCollectionMetrics?: Metrics }> {
  if (asked !== "SIZE" || !hasCollections(table)) return {};
  const { hash } = table.definition.key;
  const ItemCollectionKey = { [hash.name]: key[hash.name] } as Item;
  const SizeEstimateRangeGB = await collections.rangeGb(table, storedKey(table.definition.key, key));
  return { ItemCollectionMetrics: { ItemCollectionKey, SizeEstimateRangeGB } };
}

/** As `collectionMetrics`, of writes of several items: one for each collection, by the names of tables. */
export async function metricsOfCollections(
  tables: Pick<Tables, "collections">,
  asked: Asked,
  written: readonly { readonly table: Table; readonly key: Item }[],
): Promise<{ readonly ItemCollectionMetrics?: Readonly<Record<string, readonly Metrics[]>> }> {
  const collections = Map.groupBy(
    written.filter(({ table }) => asked === "SIZE" && hasCollections(table)),
    ({ table, key }) => `${table.id} ${storedKey(table.definition.key, key).hash.toString("latin1")}`,
  );
  const found = await Promise.all(
    [...collections.values()].map(async (own) => {
      const [{ table, key }] = own as [(typeof own)[number]];
      const { ItemCollectionMetrics } = await collectionMetrics(tables, asked, table, key);
      return { name: table.TableName, metrics: ItemCollectionMetrics as Metrics };
    }),
  );
  if (found.length === 0) return {};
  const byTable = Map.groupBy(found, ({ name }) => name);
  const shown = [...byTable].map(([name, own]) => [name, own.map(({ metrics }) => metrics)] as const);
  return { ItemCollectionMetrics: Object.fromEntries(shown) };
}
