import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Connection, Transaction } from "../postgres/queryable.ts";
import type { KinesisShard, KinesisStreamKey, KinesisStreamRecord, NewKinesisShard } from "./kinesisStream.ts";

export type KinesisStreamSettings = Pick<KinesisStreamRecord, "mode" | "maxRecordKib" | "tags">;

/** What the owner of a stream can change about it. */
export type KinesisStreamChange = Partial<
  Pick<KinesisStreamRecord, "mode" | "retentionHours" | "maxRecordKib" | "keyId" | "metrics" | "tags" | "policy">
>;

const COLUMNS = `s.id::text, s.account_id AS "accountId", s.region, s."StreamName", s.mode, s.retention_hours AS "retentionHours",
  s.max_record_kib AS "maxRecordKib", s.key_id AS "keyId", s.metrics, s.tags, s.policy, (extract(epoch FROM s.created_at) * 1000)::float8 AS "createdAt",
  s.of_table AS "ofTable", (extract(epoch FROM s.ended_at) * 1000)::float8 AS "endedAt", (SELECT count(*) FROM kinesis_consumers c WHERE c.stream_id = s.id)::float8 AS consumers`;
const OF_KEY = `s.account_id = $1 AND s.region = $2 AND s."StreamName" = $3`;
/** Whether the stream is the one that its table has. */
const IS_WRITTEN = `EXISTS (
            SELECT FROM dynamodb_tables t
             WHERE t.account_id = s.account_id AND t.region = s.region AND s."StreamName" = 'table/' || t."TableName" || '/stream/' || (t.definition -> 'stream' ->> 'label'))`;
/** The place of the present time. */
export const NOW_SEQ = "((extract(epoch FROM clock_timestamp()) * 1000)::bigint << 20)";

const DAY_MS = 86_400_000;

const CHANGES: Readonly<Record<keyof KinesisStreamChange, string>> = {
  mode: "mode",
  retentionHours: "retention_hours",
  maxRecordKib: "max_record_kib",
  keyId: "key_id",
  metrics: "metrics",
  tags: "tags",
  policy: "policy",
};

function keyOf({ accountId, region, StreamName }: KinesisStreamKey): [string, string, string] {
  return [accountId, region, StreamName];
}

interface ShardRow {
  readonly shard_no: number;
  readonly parents: number[];
  readonly from_hash: string;
  readonly to_hash: string;
  readonly first_seq: bigint;
  readonly last_seq: bigint;
  readonly closed_at: number | null;
}

/** The tables of streams and their shards. Names are in byte order in listings. */
export class KinesisStreamStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** `ofTable`: for the stream of a table of DynamoDB. Resolves with `undefined` when the name is taken. */
  async create(
    key: KinesisStreamKey,
    settings: KinesisStreamSettings,
    shards: readonly NewKinesisShard[],
    ofTable?: object,
  ): Promise<KinesisStreamRecord | undefined> {
    return await this.#database.transaction(async (tx) => {
      const [created] = await tx.query<{ id: string }>(
        `INSERT INTO kinesis_streams (account_id, region, "StreamName", mode, max_record_kib, tags, next_shard, service, of_table) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)
         ON CONFLICT DO NOTHING RETURNING id::text`,
        [
          ...[...keyOf(key), settings.mode, settings.maxRecordKib, JSON.stringify(settings.tags)],
          ...(ofTable ? ["dynamodb", JSON.stringify(ofTable)] : ["kinesis", null]),
        ],
      );
      if (!created) return undefined;
      await addShards(tx, created.id, shards);
      return await this.#find(tx, key);
    });
  }

  async find(key: KinesisStreamKey): Promise<KinesisStreamRecord | undefined> {
    return await this.#find(this.#database, key);
  }

  async #find(connection: Connection, key: KinesisStreamKey): Promise<KinesisStreamRecord | undefined> {
    const rows = await connection.prepared<KinesisStreamRecord>(
      `SELECT ${COLUMNS} FROM kinesis_streams s WHERE ${OF_KEY}`,
      keyOf(key),
    );
    return rows[0];
  }

  async list(
    { accountId, region }: AccountRegion,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<readonly KinesisStreamRecord[]> {
    return await this.#database.query<KinesisStreamRecord>(
      `SELECT ${COLUMNS} FROM kinesis_streams s WHERE s.account_id = $1 AND s.region = $2 AND s."StreamName" > $3 AND s.service = 'kinesis' ORDER BY s."StreamName" LIMIT $4`,
      [accountId, region, after, limit],
    );
  }

  /** Streams of tables whose names begin with `prefix`: those that their tables write, and those that a table has ended. */
  async listOfTables(
    { accountId, region }: AccountRegion,
    { prefix, after, limit }: { readonly prefix: string; readonly after: string; readonly limit: number },
  ): Promise<readonly string[]> {
    const rows = await this.#database.query<{ StreamName: string }>(
      `SELECT s."StreamName" FROM kinesis_streams s
        WHERE s.account_id = $1 AND s.region = $2 AND s."StreamName" > $3 AND starts_with(s."StreamName", $4) AND s.service = 'dynamodb'
          AND (s.of_table IS NOT NULL AND s.ended_at IS NOT NULL OR ${IS_WRITTEN}) ORDER BY s."StreamName" LIMIT $5`,
      [accountId, region, after, prefix, limit],
    );
    return rows.map(({ StreamName }) => StreamName);
  }

  /** The table writes no more records into the stream. */
  async end(key: KinesisStreamKey, connection: Connection = this.#database): Promise<void> {
    await connection.query(
      `UPDATE kinesis_streams s SET ended_at = clock_timestamp() WHERE ${OF_KEY} AND s.ended_at IS NULL`,
      keyOf(key),
    );
  }

  /** Resolves with `undefined` when there is no such stream. */
  async change(
    key: KinesisStreamKey,
    change: (stream: KinesisStreamRecord) => KinesisStreamChange,
  ): Promise<KinesisStreamRecord | undefined> {
    return await this.#database.transaction(async (tx) => {
      const stream = await this.#lock(tx, key);
      if (!stream) return undefined;
      const entries = Object.entries(change(stream)) as [keyof KinesisStreamChange, unknown][];
      if (entries.length === 0) return stream;
      const sets = entries.map(([name], at) => `${CHANGES[name]} = $${at + 2}`).join(", ");
      const values = entries.map(([name, value]) =>
        name === "tags" || name === "metrics" ? JSON.stringify(value) : value,
      );
      await tx.query(`UPDATE kinesis_streams SET ${sets} WHERE id = $1`, [stream.id, ...values]);
      return await this.#find(tx, key);
    });
  }

  /**
   * Replaces open shards: `plan` says which are closed and which follow. No record arrives in a closed shard after this. Resolves with `undefined` when
   * there is no such stream.
   */
  async reshard(
    key: KinesisStreamKey,
    plan: (
      stream: KinesisStreamRecord,
      shards: readonly KinesisShard[],
    ) => { readonly closed: readonly number[]; readonly added: readonly NewKinesisShard[] },
  ): Promise<KinesisStreamRecord | undefined> {
    return await this.#database.transaction(async (tx) => {
      const stream = await this.#lock(tx, key);
      if (!stream) return undefined;
      const { closed, added } = plan(stream, await this.shards(stream.id, tx));
      await tx.query(
        `UPDATE kinesis_shards SET closed_at = clock_timestamp() WHERE stream_id = $1 AND shard_no = ANY($2::integer[])`,
        [stream.id, closed],
      );
      await addShards(tx, stream.id, added);
      return stream;
    });
  }

  async #lock(tx: Transaction, key: KinesisStreamKey): Promise<KinesisStreamRecord | undefined> {
    await tx.query(`SELECT 1 FROM kinesis_streams s WHERE ${OF_KEY} FOR UPDATE`, keyOf(key));
    return await this.#find(tx, key);
  }

  /** All shards of a stream that are open or may still hold records, by number. */
  async shards(streamId: string, connection: Connection = this.#database): Promise<readonly KinesisShard[]> {
    const rows = await connection.prepared<ShardRow>(
      `SELECT shard_no, parents, from_hash::text, to_hash::text, first_seq, last_seq, (extract(epoch FROM closed_at) * 1000)::float8 AS closed_at
         FROM kinesis_shards WHERE stream_id = $1 ORDER BY shard_no`,
      [streamId],
    );
    return rows.map((row) => ({
      shardNo: row.shard_no,
      parents: row.parents,
      fromHash: BigInt(row.from_hash),
      toHash: BigInt(row.to_hash),
      firstSeq: row.first_seq,
      lastSeq: row.last_seq,
      closedAt: row.closed_at,
    }));
  }

  /** Open shards of the account in the region, or of its streams of one mode. */
  async openShards({
    accountId,
    region,
  }: AccountRegion): Promise<{ readonly shards: number; readonly onDemand: number }> {
    const [row] = await this.#database.query<{ shards: number; onDemand: number }>(
      `SELECT count(*)::float8 AS shards,
              (SELECT count(*) FROM kinesis_streams WHERE account_id = $1 AND region = $2 AND mode = 'ON_DEMAND' AND service = 'kinesis')::float8 AS "onDemand"
         FROM kinesis_streams s JOIN kinesis_shards h ON h.stream_id = s.id AND h.closed_at IS NULL
        WHERE s.account_id = $1 AND s.region = $2 AND s.service = 'kinesis'`,
      [accountId, region],
    );
    return row ?? { shards: 0, onDemand: 0 };
  }

  /** False when there is no such stream. Its records are left to `KinesisRetention`. */
  async delete(key: KinesisStreamKey): Promise<boolean> {
    const rows = await this.#database.query(`DELETE FROM kinesis_streams s WHERE ${OF_KEY} RETURNING 1`, keyOf(key));
    return rows.length > 0;
  }

  /**
   * Deletes streams of tables that no table writes: those of deleted tables, and those that a table had before, a day after they ended and after their last
   * record.
   */
  async deleteUnwritten(): Promise<void> {
    await this.#database.query(
      `DELETE FROM kinesis_streams s
        WHERE s.service = 'dynamodb' AND s.created_at < now() - interval '1 hour'
          AND (s.ended_at IS NULL OR s.ended_at < now() - interval '1 day')
          AND (s.ended_at IS NOT NULL OR NOT ${IS_WRITTEN})
          AND NOT EXISTS (
            SELECT FROM kinesis_shards h WHERE h.stream_id = s.id AND h.last_seq > ${NOW_SEQ} - (${DAY_MS}::bigint << 20))`,
    );
  }

  /** Bytes of the records that the account stores, all its regions together. */
  async storedBytes(accountId: string): Promise<number> {
    // Not through `kinesis_days`, for which PostgreSQL would read the shards of all accounts.
    const [row] = await this.#database.query<{ bytes: number }>(
      `SELECT coalesce(sum(bytes), 0)::float8 AS bytes FROM (
         SELECT k.bytes FROM kinesis_streams s JOIN kinesis_stored k ON k.stream_id = s.id WHERE s.account_id = $1
         UNION ALL
         SELECT h.last_day_bytes FROM kinesis_streams s JOIN kinesis_shards h ON h.stream_id = s.id WHERE s.account_id = $1) AS stored`,
      [accountId],
    );
    return row?.bytes ?? 0;
  }
}

/** The new shards begin after every record of their stream. */
async function addShards(tx: Transaction, streamId: string, shards: readonly NewKinesisShard[]): Promise<void> {
  const given = shards.map(({ parents, fromHash, toHash }, at) => ({
    at,
    parents,
    fromHash: String(fromHash),
    toHash: String(toHash),
  }));
  await tx.query(
    `WITH stream AS (UPDATE kinesis_streams SET next_shard = next_shard + $3 WHERE id = $1 RETURNING next_shard - $3 AS first_no),
     place AS (SELECT greatest((SELECT max(last_seq) FROM kinesis_shards WHERE stream_id = $1), ${NOW_SEQ}) AS seq)
     INSERT INTO kinesis_shards (stream_id, shard_no, parents, from_hash, to_hash, first_seq, last_seq)
     SELECT $1, first_no + g.at, ARRAY(SELECT json_array_elements_text(g.parents)::integer), g."fromHash", g."toHash", place.seq + 1, place.seq
       FROM json_to_recordset($2) AS g (at integer, parents json, "fromHash" numeric, "toHash" numeric), stream, place`,
    [streamId, JSON.stringify(given), shards.length],
  );
}
