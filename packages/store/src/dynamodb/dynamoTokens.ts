import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";

const MINUTES = 10;

/** Which transactions with a ClientRequestToken were carried out in the last 10 minutes. */
export class DynamoTokenStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Notes the token in the transaction that it belongs to. Resolves with the digest of the request that has used it already. */
  async take(
    tx: Transaction,
    { accountId, region }: AccountRegion,
    token: string,
    request: string,
  ): Promise<string | undefined> {
    const [row] = await tx.query<{ earlier: string | null }>(
      `INSERT INTO dynamodb_tokens AS t (account_id, region, token, request) VALUES ($1, $2, $3, $4)
       ON CONFLICT (account_id, region, token) DO UPDATE
         SET request = CASE WHEN t.created_at < now() - interval '${MINUTES} minutes' THEN excluded.request ELSE t.request END,
             created_at = CASE WHEN t.created_at < now() - interval '${MINUTES} minutes' THEN now() ELSE t.created_at END
       RETURNING CASE WHEN created_at < now() THEN request END AS earlier`,
      [accountId, region, token, request],
    );
    return row?.earlier ?? undefined;
  }

  async forgetOld(): Promise<void> {
    await this.#database.query(`DELETE FROM dynamodb_tokens WHERE created_at < now() - interval '${MINUTES} minutes'`);
  }
}
