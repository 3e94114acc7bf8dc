import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { Database } from "../postgres/database.ts";
import { KINESIS_PARTITION_LOCK } from "./kinesisChunks.ts";
import { NOW_SEQ } from "./kinesisStreams.ts";

export interface KinesisRetentionDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

const EVERY_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CHUNK_ROWS = 2_000;
const PARTITION = /^kinesis_chunks_(\d{4})_(\d{2})_(\d{2})$/;

/**
 * Deletes records past the retention of their stream and those of deleted streams, and closed shards whose records have all expired. A day that no stream
 * keeps is dropped as a whole. Several processes may run this.
 */
export class KinesisRetention implements AsyncDisposable {
  readonly #deps: KinesisRetentionDeps;
  readonly #loop: BackgroundLoop;

  constructor(deps: KinesisRetentionDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("Kinesis retention", EVERY_MS, () => this.collect(), deps);
  }

  /** Runs one collection. */
  async collect(): Promise<void> {
    const { database } = this.#deps;
    await this.#dropDays();
    // One time for all statements: a day is forgotten only after all of its records were deleted.
    const [row] = await database.query<{ now: bigint }>(`SELECT ${NOW_SEQ} AS now`);
    const now = [row?.now];
    for (;;) {
      const deleted = await database.query(
        `DELETE FROM kinesis_chunks WHERE (stream_id, shard_no, last_seq) IN (
           SELECT c.stream_id, c.shard_no, c.last_seq FROM (SELECT DISTINCT stream_id, shard_no, day FROM kinesis_days) AS k
             LEFT JOIN kinesis_streams s ON s.id = k.stream_id
             JOIN kinesis_chunks c ON ${isChunkOf("k")}
            WHERE (s.id IS NULL OR c.last_seq < ${cutoff("s")})
            LIMIT ${CHUNK_ROWS}) RETURNING stream_id::text AS "streamId"`,
        now,
      );
      if (deleted.length < CHUNK_ROWS) break;
    }
    await database.query(
      `DELETE FROM kinesis_stored k USING (SELECT k2.stream_id, k2.shard_no, k2.day FROM kinesis_stored k2 LEFT JOIN kinesis_streams s ON s.id = k2.stream_id
          WHERE (s.id IS NULL AND NOT EXISTS (SELECT FROM kinesis_chunks c WHERE ${isChunkOf("k2")})) OR (((k2.day + 1) * ${DAY_MS}::bigint) << 20) <= ${cutoff("s")}) AS old
        WHERE k.stream_id = old.stream_id AND k.shard_no = old.shard_no AND k.day = old.day`,
      now,
    );
    await database.query(
      `UPDATE kinesis_shards h SET last_day_bytes = 0 FROM kinesis_streams s
        WHERE s.id = h.stream_id AND h.last_day_bytes > 0 AND ((((h.last_seq >> 20) / ${DAY_MS} + 1) * ${DAY_MS}) << 20) <= ${cutoff("s")}`,
      now,
    );
    await database.query(
      `DELETE FROM kinesis_shards h USING kinesis_streams s
        WHERE s.id = h.stream_id AND h.closed_at < now() - s.retention_hours * interval '1 hour' AND h.last_seq < ${cutoff("s")}`,
      now,
    );
  }

  async #dropDays(): Promise<void> {
    const { database, clock, logger } = this.#deps;
    const [row] = await database.query<{ hours: number }>(
      "SELECT coalesce(max(retention_hours), 24) AS hours FROM kinesis_streams",
    );
    const cutoffMs = clock.now() - (row?.hours ?? 24) * HOUR_MS - DAY_MS; // one more day, for a clock that differs
    const partitions = await database.query<{ name: string }>(
      "SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'kinesis_chunks'::regclass ORDER BY c.relname",
    );
    for (const { name } of partitions) {
      const [, year, month, day] = PARTITION.exec(name) ?? [];
      if (year === undefined || Date.UTC(Number(year), Number(month) - 1, Number(day) + 1) > cutoffMs) continue;
      await database.transaction(async (tx) => {
        await tx.query("SET LOCAL lock_timeout = '2s'");
        await tx.query("SELECT pg_advisory_xact_lock($1)", [KINESIS_PARTITION_LOCK]);
        await tx.query(`DROP TABLE IF EXISTS ${name}`);
      });
      logger.info({ partition: name }, "dropped a day of stream records past their retention");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}

/** Whether the chunk `c` belongs to the shard and the day of this alias. */
function isChunkOf(alias: string): string {
  const startOf = (day: string): string => `((${day} * ${DAY_MS}::bigint) << 20)`;
  return `c.stream_id = ${alias}.stream_id AND c.shard_no = ${alias}.shard_no AND c.last_seq >= ${startOf(`${alias}.day`)} AND c.last_seq < ${startOf(`(${alias}.day + 1)`)}`;
}

/** The first place that the stream of this alias keeps; $1 is the place of the present time. */
function cutoff(alias: string): string {
  return `($1::bigint - ((${alias}.retention_hours * ${HOUR_MS}::bigint) << 20))`;
}
