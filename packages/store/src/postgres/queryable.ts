import type { KeyRing } from "@hearth/kit";

/** An object that can run statements. `bigint` columns and `count(*)` are returned as bigint. */
export interface Connection {
  /** Runs one statement. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs one statement that is planned once per connection: for statements with a fixed text that run often. */
  prepared<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** The database itself, or one of its transactions. */
export interface Queryable extends Connection {
  /** The master keys of this installation, which seal stored secrets. */
  readonly keys: KeyRing;
}

export interface Transaction extends Queryable {
  readonly isTransaction: true;
}
