/** What can run statements: the database itself, or one transaction of it. `bigint` columns and `count(*)` arrive as bigint. */
export interface Queryable {
  /** Runs one statement. */
  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The same, planned once per connection: for statements of a fixed text that run often. */
  prepared<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Transaction extends Queryable {
  readonly isTransaction: true;
}
