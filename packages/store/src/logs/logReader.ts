import type { AccountRegion } from "@hearth/model";
import type { Transaction } from "../postgres/queryable.ts";

const ROLE = "hearth_log_reader";

/** The role of PostgreSQL that queries over logs run as. It sees `log_chunks_to_query`, of one account and region, and nothing else. */
export class LogReader {
  /** Whether PostgreSQL's user may become it; asked once. */
  #may: boolean | undefined;

  /** For the rest of the transaction. A user that may not become the role goes on as itself: the view shows it the same. */
  async become(tx: Transaction, { accountId, region }: AccountRegion): Promise<void> {
    this.#may ??= await mayBecome(tx);
    const role = this.#may ? `, set_config('role', '${ROLE}', true)` : "";
    await tx.query(`SELECT set_config('hearth.account_id', $1, true), set_config('hearth.region', $2, true)${role}`, [
      accountId,
      region,
    ]);
  }
}

async function mayBecome(tx: Transaction): Promise<boolean> {
  const rows = await tx.query(
    `SELECT FROM pg_roles WHERE rolname = '${ROLE}' AND pg_has_role(oid, 'MEMBER') AND has_table_privilege(oid, 'log_chunks_to_query', 'SELECT')`,
  );
  return rows.length > 0;
}
