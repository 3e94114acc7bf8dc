import type { Database } from "../postgres/database.ts";
import { LONG_STATEMENT_TIMEOUT_MS } from "../postgres/statementDeadline.ts";
import type { Transaction } from "../postgres/queryable.ts";
import type { DatabaseOutline, Rows } from "./dumpDatabase.ts";
import { quoted, type TableShape, tableShapes } from "./tableShapes.ts";

const PARTITION_NAME = /^[a-z_]+_(\d{4}_\d{2}(_\d{2})?|\d|default)$/;
const PARTITION_BOUND = /^(DEFAULT|FOR VALUES (FROM \('[0-9 :+.-]+'\) TO \('[0-9 :+.-]+'\)|IN \('\d'\)))$/;

/** True when the database has no table yet. */
export async function isEmptyDatabase(database: Database): Promise<boolean> {
  const [row] = await database.query<{ empty: boolean }>(
    "SELECT NOT EXISTS (SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')) AS empty",
  );
  return row?.empty ?? false;
}

/**
 * Fills a database that has just been migrated to the outline's schema, all or nothing. Replaces the rows that migrations wrote. Loads each piece
 * of `rows` as it arrives.
 */
export async function loadDatabase(
  database: Database,
  outline: DatabaseOutline,
  rows: AsyncIterable<Rows>,
): Promise<void> {
  await database.transaction(
    async (tx) => {
      const tables = await tableShapes(tx);
      if (JSON.stringify(tables) !== JSON.stringify(outline.tables)) {
        throw new Error("the back-up's tables are not those that its migrations make");
      }
      const byName = new Map(tables.map((table) => [table.name, table]));
      await tx.query(`TRUNCATE ${tables.map(({ name }) => quoted(name)).join(", ")}`);
      // Triggers notify running processes of changes, and repeat checks that these rows passed when they were first written.
      for (const { name } of tables) await tx.query(`ALTER TABLE ${quoted(name)} DISABLE TRIGGER USER`);
      for (const partition of outline.partitions) await makePartition(tx, partition, byName);
      // Tables may refer to each other in cycles, so foreign keys are checked after all rows are loaded.
      const references = await tx.query<{ table: string; name: string; definition: string }>(
        `SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
        WHERE contype = 'f' AND conparentid = 0 AND connamespace = 'public'::regnamespace`,
      );
      for (const { table, name } of references) await tx.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
      for await (const { table, json } of rows) {
        const shape = byName.get(table);
        if (!shape) throw new Error(`the back-up has rows of ${table}, which is no table`);
        await insert(tx, shape, json);
      }
      for (const { table, name, definition } of references) {
        await tx.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
      }
      for (const { name } of tables) await tx.query(`ALTER TABLE ${quoted(name)} ENABLE TRIGGER USER`);
      for (const { name, value, called } of outline.sequences) {
        await tx.query("SELECT setval(quote_ident($1)::regclass, $2::bigint, $3)", [name, value, called]);
      }
    },
    { statementTimeoutMs: LONG_STATEMENT_TIMEOUT_MS },
  );
  await database.patiently(LONG_STATEMENT_TIMEOUT_MS, "ANALYZE");
}

async function insert(tx: Transaction, { name, columns }: TableShape, json: string): Promise<void> {
  // The transactions of the old database mean nothing here: these rows were written by this one.
  const kept = columns.map((column, at) => ({ ...column, at })).filter(({ type }) => type !== "xid8");
  const names = kept.map((column) => quoted(column.name)).join(", ");
  const values = kept.map(({ type, at }) => `(r.row ->> ${at})::${type}`).join(", ");
  await tx.query(
    `INSERT INTO ${quoted(name)} (${names}) OVERRIDING SYSTEM VALUE SELECT ${values} FROM json_array_elements($1::json) AS r(row)`,
    [json],
  );
}

async function makePartition(
  tx: Transaction,
  { name, parent, bound }: DatabaseOutline["partitions"][number],
  tables: ReadonlyMap<string, TableShape>,
): Promise<void> {
  if (!PARTITION_NAME.test(name) || !PARTITION_BOUND.test(bound) || !tables.has(parent)) {
    throw new Error(`the back-up has a partition that Hearth does not make: ${name}`);
  }
  await tx.query(`CREATE TABLE IF NOT EXISTS ${quoted(name)} PARTITION OF ${quoted(parent)} ${bound}`);
}
