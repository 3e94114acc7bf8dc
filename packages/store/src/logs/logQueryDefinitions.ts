import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";

/** A saved query. */
export interface LogQueryDefinition {
  readonly queryDefinitionId: string;
  readonly name: string;
  readonly queryString: string;
  readonly logGroupNames: readonly string[];
  /** Milliseconds since the epoch. */
  readonly lastModified: number;
}

/** Saved queries. */
export class LogQueryDefinitionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Creates a definition. False when the account has `limit` of them. */
  async create({ accountId, region }: AccountRegion, definition: LogQueryDefinition, limit: number): Promise<boolean> {
    const { queryDefinitionId, name, queryString, logGroupNames, lastModified } = definition;
    const rows = await this.#database.query(
      `INSERT INTO log_query_definitions (account_id, region, id, name, "queryString", "logGroupNames", "lastModified")
       SELECT $1, $2, $3, $4, $5, $6, $7
        WHERE (SELECT count(*) FROM log_query_definitions WHERE account_id = $1 AND region = $2) < $8 RETURNING 1`,
      [accountId, region, queryDefinitionId, name, queryString, JSON.stringify(logGroupNames), lastModified, limit],
    );
    return rows.length > 0;
  }

  /** Resolves with false when there is no such definition. */
  async update({ accountId, region }: AccountRegion, definition: LogQueryDefinition): Promise<boolean> {
    const { queryDefinitionId, name, queryString, logGroupNames, lastModified } = definition;
    const rows = await this.#database.query(
      `UPDATE log_query_definitions SET name = $4, "queryString" = $5, "logGroupNames" = $6, "lastModified" = $7
        WHERE account_id = $1 AND region = $2 AND id = $3 RETURNING 1`,
      [accountId, region, queryDefinitionId, name, queryString, JSON.stringify(logGroupNames), lastModified],
    );
    return rows.length > 0;
  }

  async delete({ accountId, region }: AccountRegion, id: string): Promise<boolean> {
    const rows = await this.#database.query(
      "DELETE FROM log_query_definitions WHERE account_id = $1 AND region = $2 AND id = $3 RETURNING 1",
      [accountId, region, id],
    );
    return rows.length > 0;
  }

  /** Ordered by name. */
  async list(
    { accountId, region }: AccountRegion,
    query: { readonly prefix: string; readonly after: readonly [name: string, id: string]; readonly limit: number },
  ): Promise<readonly LogQueryDefinition[]> {
    return await this.#database.query<LogQueryDefinition>(
      `SELECT id::text AS "queryDefinitionId", name, "queryString", "logGroupNames", "lastModified"::float8 AS "lastModified"
         FROM log_query_definitions
        WHERE account_id = $1 AND region = $2 AND starts_with(name, $3) AND (name, id::text) > ($4, $5)
        ORDER BY name, id::text LIMIT $6`,
      [accountId, region, query.prefix, ...query.after, query.limit],
    );
  }
}
