import type { KeyRing } from "@hearth/kit";

/** What can run statements. `bigint` columns and `count(*)` arrive as bigint. */
export interface Connection {
  /** Runs one statement. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The same, planned once per connection: for statements of a fixed text that run often. */
  prepared<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** The database itself, or one transaction of it. */
export interface Queryable extends Connection {
  /** The master keys of this installation: secrets are stored sealed with them. */
  readonly keys: KeyRing;
}

export interface Transaction extends Queryable {
  readonly isTransaction: true;
}
