import type { Queryable } from "../postgres/queryable.ts";

/** A table in a back-up. Its partitions are not listed as tables of their own. */
export interface TableShape {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** Tables that are not part of a back-up: records of the running processes, and the rows that `migrate` writes itself. */
const LEFT_OUT = [
  "clock_watch",
  "event_source_workers",
  "invokers",
  "iot_broker_messages",
  "migrations",
  "outbound_rates",
  "pool_leases",
  "tables_to_vacuum",
];

/** Every table whose rows are backed up, by name. */
export async function tableShapes(database: Queryable): Promise<readonly TableShape[]> {
  return await database.query<TableShape>(
    `SELECT c.relname AS name,
            (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
               FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns
       FROM pg_class c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ALL ($1)
      ORDER BY c.relname COLLATE "C"`,
    [LEFT_OUT],
  );
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
