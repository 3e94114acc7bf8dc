import { registeredKeyIds } from "../postgres/masterKeys.ts";
import type { Transaction } from "../postgres/queryable.ts";
import { quoted, type TableShape, tableShapes } from "./tableShapes.ts";

/** The description of a database in a back-up, without the rows. */
export interface DatabaseOutline {
  /** Names of the migrations applied to the database. The number of the last one is the schema number. */
  readonly migrations: readonly string[];
  readonly tables: readonly TableShape[];
  readonly partitions: readonly Partition[];
  readonly sequences: readonly { readonly name: string; readonly value: string; readonly called: boolean }[];
  readonly masterKeyIds: readonly string[];
}

export interface Partition {
  readonly name: string;
  readonly parent: string;
  /** `FOR VALUES FROM (…) TO (…)` or `FOR VALUES IN (…)` */
  readonly bound: string;
}

/** Rows of one table: a JSON array of rows, each an array with the text of every column. */
export interface Rows {
  readonly table: string;
  readonly json: string;
}

const CHUNK_CHARACTERS = 4 * 1024 * 1024;
const MAX_FETCH = 5_000;

/** `tx` must be repeatable read, so that this and `dumpRows` read the same snapshot. */
export async function outlineOf(tx: Transaction): Promise<DatabaseOutline> {
  // A snapshot does not see the rows of a table that is truncated after it was taken. Waits for a rotation of SQS's bodies, and keeps the next one off.
  const [sqs] = await tx.query<{ exists: boolean }>("SELECT to_regclass('sqs_bodies') IS NOT NULL AS exists"); // not in older schemas
  if (sqs?.exists) await tx.query("LOCK TABLE sqs_bodies IN ACCESS SHARE MODE"); // their shared texts are truncated with them
  const migrations = await tx.query<{ name: string }>("SELECT name FROM migrations ORDER BY name");
  const partitions = await tx.query<Partition>(
    `SELECT c.relname AS name, i.inhparent::regclass::text AS parent, pg_get_expr(c.relpartbound, c.oid) AS bound
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relispartition AND c.relkind = 'r' ORDER BY c.relname`,
  );
  const names = await tx.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace ORDER BY relname",
  );
  const sequences = [];
  for (const { name } of names) {
    const [row] = await tx.query<{ value: string; called: boolean }>(
      `SELECT last_value::text AS value, is_called AS called FROM ${quoted(name)}`,
    );
    if (row) sequences.push({ name, ...row });
  }
  return {
    migrations: migrations.map(({ name }) => name),
    tables: await tableShapes(tx),
    partitions,
    sequences,
    masterKeyIds: await registeredKeyIds(tx),
  };
}

/** All rows, in pieces of some megabytes. */
export async function* dumpRows(tx: Transaction, tables: readonly TableShape[]): AsyncGenerator<Rows> {
  for (const { name, columns } of tables) {
    const texts = columns.map((column) => `${quoted(column.name)}::text`).join(", ");
    await tx.query(
      `DECLARE backup NO SCROLL CURSOR FOR SELECT json_build_array(${texts})::text AS row FROM ${quoted(name)}`,
    );
    for (let limit = 10; ;) {
      const rows = await tx.query<{ row: string }>(`FETCH ${limit} FROM backup`);
      if (rows.length === 0) break;
      const json = `[${rows.map(({ row }) => row).join(",\n")}]`;
      yield { table: name, json };
      limit = Math.max(1, Math.min(MAX_FETCH, Math.floor((limit * CHUNK_CHARACTERS) / json.length), limit * 10));
    }
    await tx.query("CLOSE backup");
  }
}
