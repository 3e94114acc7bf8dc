import type { Connection } from "./queryable.ts";

/** What an operator wants to know about the database. */
export interface DatabaseFacts {
  /** Of PostgreSQL, such as `18.4`. */
  readonly version: string;
  readonly sizeBytes: number;
  /** Names of the programs that are connected, such as `hearth all 0.1.0/0120`. */
  readonly applications: readonly string[];
  readonly accounts: number;
  readonly functions: number;
}

export async function databaseFacts(database: Connection): Promise<DatabaseFacts> {
  const [row] = await database.query<DatabaseFacts>(
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS version, pg_database_size(current_database())::float8 AS "sizeBytes",
            ARRAY(SELECT DISTINCT application_name FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name <> '' ORDER BY 1) AS applications,
            (SELECT count(*) FROM accounts)::float8 AS accounts, (SELECT count(*) FROM functions)::float8 AS functions`,
  );
  if (!row) throw new Error("PostgreSQL answered without a row");
  return row;
}
