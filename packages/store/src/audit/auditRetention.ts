import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { Database } from "../postgres/database.ts";
import { AUDIT_PARTITION_LOCK, dayOfPartition } from "./auditPartitions.ts";

export interface AuditRetentionDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For how many whole days (UTC) events are kept. */
  readonly days: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Drops days of the audit trail that are past the retention period, hourly. */
export class AuditRetention implements AsyncDisposable {
  readonly #deps: AuditRetentionDeps;
  readonly #loop: BackgroundLoop;

  constructor(deps: AuditRetentionDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("audit retention", HOUR_MS, () => this.collect(), deps);
  }

  /** Runs one collection. */
  async collect(): Promise<void> {
    const { database, clock, days } = this.#deps;
    const firstKept = new Date(clock.now() - days * DAY_MS).toISOString().slice(0, 10);
    const partitions = await database.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'audit_events'::regclass ORDER BY c.relname`,
    );
    for (const { name } of partitions) if (dayOfPartition(name) < firstKept) await this.#drop(name);
  }

  async #drop(partition: string): Promise<void> {
    const { database, logger } = this.#deps;
    await database.transaction(async (tx) => {
      // A long read of the trail delays only this collection. Without the time limit, the waiting DROP would also block the calls that are being
      // recorded.
      await tx.query("SET LOCAL lock_timeout = '2s'");
      await tx.query("SELECT pg_advisory_xact_lock($1)", [AUDIT_PARTITION_LOCK]);
      await tx.query(`DROP TABLE IF EXISTS ${partition}`);
    });
    logger.info({ partition }, "dropped a day of the audit trail past its retention");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
