import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompress } from "node:zlib";
import type { AccountRegion, LogEvent } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import { LogReader } from "./logReader.ts";
import type { LogStreamIds } from "./logStreams.ts";

/** "logs" in ASCII: the advisory lock held while partitions are created or dropped. */
export const LOG_PARTITION_LOCK = 0x6c6f6773n;

/** The channel that hears of chunks whose groups have filters. */
export const LOG_FILTER_CHANNEL = "hearth_log_filters";

export interface LogChunk extends LogStreamIds {
  /** At least one event; all events within one day. */
  readonly events: readonly LogEvent[];
  /** The functions that ran before the events were written, as in trace headers. */
  readonly lineage?: string | undefined;
}

/** A stored chunk, with its events in the order in which they were written. */
export interface StoredLogChunk extends LogChunk {
  readonly seq: bigint;
  readonly firstTimestamp: number;
  readonly lastTimestamp: number;
  readonly ingestionTime: number;
}

/** A chunk as it is stored. */
export interface RawLogChunk {
  readonly seq: bigint;
  readonly logStreamName: string;
  readonly ingestionTime: number;
  readonly data: Uint8Array;
}

export interface ChunkQuery {
  readonly groupId: bigint;
  /** Absent: all streams of the group. */
  readonly streamIds?: readonly bigint[] | undefined;
  /** Chunks with events at or after this time (milliseconds, inclusive). */
  readonly from: number;
  /** Chunks with events until this time (inclusive). */
  readonly to: number;
}

/** Chunks of one group for a query over logs. */
export interface StoredPagesQuery extends AccountRegion, Omit<ChunkQuery, "streamIds"> {}

const DAY_MS = 86_400_000;
const READ_AT_ONCE = 32;
/** PostgreSQL ends a statement that reads a page for a query after this time. */
const PAGE_TIMEOUT_MS = 15_000;
/** For log lines, the fastest level compresses as well as the default level, in half the time. */
const QUICKLY = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** The table of log events: one compressed row per stream and flush, partitioned by day of arrival. */
export class LogChunkStore {
  readonly #database: Database;
  readonly #reader = new LogReader();
  readonly #partitions = new Set<string>();

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Writes `chunks` in one statement, all or none. Rejects with a foreign key violation (`isForeignKeyViolation`) when a stream has been deleted in
   * the meantime.
   */
  async insert(chunks: readonly LogChunk[], now: number): Promise<void> {
    if (chunks.length === 0) return;
    const day = dayOf(now);
    await this.#ensurePartition(day);
    // One chunk at a time: JSON is built on the thread that serves all functions; compression runs on another thread.
    const data: Buffer[] = [];
    for (const { events } of chunks) data.push(await encodeEvents(events));
    const rows = await this.#database.prepared<{ to_filter: bigint }>(
      `WITH written AS (
         INSERT INTO log_chunks (day, group_id, stream_id, first_timestamp, last_timestamp, ingestion_time, bytes, data, lineage)
         SELECT $1::date, group_id, stream_id, first_timestamp, last_timestamp, $2::bigint, bytes, data, lineage
           FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bytea[], $9::text[])
                WITH ORDINALITY AS c (group_id, stream_id, first_timestamp, last_timestamp, bytes, data, lineage, position)
          ORDER BY position
         RETURNING seq, group_id, stream_id, first_timestamp, last_timestamp),
       to_filter AS (
         INSERT INTO log_chunks_to_filter (seq, day, group_id, account_id)
         SELECT w.seq, $1::date, w.group_id, g.account_id FROM written w JOIN log_groups g ON g.id = w.group_id WHERE g.has_filters
         RETURNING 1)
       UPDATE log_streams s
          SET "firstEventTimestamp" = least(s."firstEventTimestamp", w.first), "lastEventTimestamp" = greatest(s."lastEventTimestamp", w.last),
              "lastIngestionTime" = $2::bigint
         FROM (SELECT stream_id, min(first_timestamp) AS first, max(last_timestamp) AS last FROM written GROUP BY stream_id) w
        WHERE s.id = w.stream_id
       RETURNING (SELECT count(*) FROM to_filter) AS to_filter`,
      [
        day,
        now,
        chunks.map(({ groupId }) => groupId),
        chunks.map(({ streamId }) => streamId),
        chunks.map(({ events }) => events.reduce((least, { timestamp }) => Math.min(least, timestamp), Infinity)),
        chunks.map(({ events }) => events.reduce((most, { timestamp }) => Math.max(most, timestamp), -Infinity)),
        chunks.map(({ events }) => events.reduce((sum, { message }) => sum + Buffer.byteLength(message), 0)),
        data,
        chunks.map(({ lineage }) => lineage),
      ],
    );
    if ((rows[0]?.to_filter ?? 0n) > 0n) await this.#announce();
  }

  /** Wakes those who run the filters of log groups, in all processes. They also look from time to time, so that a lost wake-up loses nothing. */
  async #announce(): Promise<void> {
    await this.#database
      .query("SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, '')", [LOG_FILTER_CHANNEL])
      .catch(() => undefined);
  }

  /** Chunks that may contain events of the query, ordered by first timestamp. */
  async *forward({ groupId, streamIds, from, to }: ChunkQuery): AsyncGenerator<StoredLogChunk> {
    // A chunk spans at most a day, so a chunk that begins earlier than this has no event at or after `from`.
    let position: readonly [number, bigint] = [from - DAY_MS, 0n];
    for (;;) {
      const rows = await this.#read(
        `${where(streamIds)} AND last_timestamp >= $3 AND first_timestamp <= $4 AND (first_timestamp, seq) > ($5, $6)
         ORDER BY first_timestamp, seq`,
        [groupId, streamIds, from, to, ...position],
      );
      for (const row of rows) yield await toChunk(row);
      const last = rows.at(-1);
      if (rows.length < READ_AT_ONCE || !last) return;
      position = [Number(last.first_timestamp), last.seq];
    }
  }

  /** Chunks that may contain events of the query, ordered by last timestamp, latest first. */
  async *backward({ groupId, streamIds, from, to }: ChunkQuery): AsyncGenerator<StoredLogChunk> {
    let position: readonly [number, bigint] = [to + DAY_MS + 1, 0n];
    for (;;) {
      const rows = await this.#read(
        `${where(streamIds)} AND last_timestamp >= $3 AND first_timestamp <= $4 AND (last_timestamp, seq) < ($5, $6)
         ORDER BY last_timestamp DESC, seq DESC`,
        [groupId, streamIds, from, to, ...position],
      );
      for (const row of rows) yield await toChunk(row);
      const last = rows.at(-1);
      if (rows.length < READ_AT_ONCE || !last) return;
      position = [Number(last.last_timestamp), last.seq];
    }
  }

  /**
   * Pages of chunks that may contain events of the time, those that end latest first, as they are stored: for threads that decode them. Each page is read
   * in a read-only transaction with a time limit, as a role that sees nothing but chunks of the account and region.
   */
  async *storedPages({ groupId, from, to, ...whose }: StoredPagesQuery): AsyncGenerator<readonly RawLogChunk[]> {
    let position: readonly [number, bigint] = [to + DAY_MS + 1, 0n];
    for (;;) {
      const rows = await this.#database.transaction(
        async (tx) => {
          await this.#reader.become(tx, whose);
          return await tx.query<RawLogChunk & { readonly last: number }>(
            `SELECT seq, ingestion_time::float8 AS "ingestionTime", data, last_timestamp::float8 AS last, "logStreamName"
               FROM log_chunks_to_query
              WHERE group_id = $1 AND last_timestamp >= $2 AND first_timestamp <= $3 AND (last_timestamp, seq) < ($4, $5)
              ORDER BY last_timestamp DESC, seq DESC LIMIT ${READ_AT_ONCE}`,
            [groupId, from, to, ...position],
          );
        },
        { readOnly: true, statementTimeoutMs: PAGE_TIMEOUT_MS },
      );
      if (rows.length > 0) yield rows;
      const last = rows.at(-1);
      if (rows.length < READ_AT_ONCE || !last) return;
      position = [last.last, last.seq];
    }
  }

  /** One chunk of a group, by its number. */
  async find(groupId: bigint, seq: bigint): Promise<StoredLogChunk | undefined> {
    const [row] = await this.#database.query<ChunkRow>(
      `SELECT seq, group_id, stream_id, first_timestamp, last_timestamp, ingestion_time, data FROM log_chunks WHERE group_id = $1 AND seq = $2`,
      [groupId, seq],
    );
    return row && (await toChunk(row));
  }

  /**
   * Chunks that have arrived after `seq`, in the order of their numbers, except those in `known`. Numbers are taken before transactions commit: a reader
   * that follows begins some numbers earlier than the last one it has seen, and names those that it knows.
   */
  async arrived(
    groupId: bigint,
    seq: bigint,
    known: readonly bigint[],
    limit: number,
  ): Promise<readonly StoredLogChunk[]> {
    const rows = await this.#database.prepared<ChunkRow>(
      `SELECT seq, group_id, stream_id, first_timestamp, last_timestamp, ingestion_time, data FROM log_chunks
        WHERE group_id = $1 AND seq > $2 AND seq <> ALL ($3::bigint[]) ORDER BY seq LIMIT $4`,
      [groupId, seq, known, limit],
    );
    return await Promise.all(rows.map(toChunk));
  }

  /** The number that the last chunk of any group has got. */
  async lastSeq(): Promise<bigint> {
    const [row] = await this.#database.query<{ last: bigint }>("SELECT last_value AS last FROM log_chunk_seq");
    return row?.last ?? 0n;
  }

  async #read(condition: string, values: readonly unknown[]): Promise<ChunkRow[]> {
    return await this.#database.query<ChunkRow>(
      `SELECT seq, group_id, stream_id, first_timestamp, last_timestamp, ingestion_time, data FROM log_chunks
        WHERE ${condition} LIMIT ${READ_AT_ONCE}`,
      values,
    );
  }

  async #ensurePartition(day: string): Promise<void> {
    if (this.#partitions.has(day)) return;
    const next = dayOf(Date.parse(day) + DAY_MS);
    await this.#database.transaction(async (tx) => {
      await tx.query("SELECT pg_advisory_xact_lock($1)", [LOG_PARTITION_LOCK]);
      await tx.query(
        `CREATE TABLE IF NOT EXISTS ${partitionOf(day)} PARTITION OF log_chunks FOR VALUES FROM ('${day}') TO ('${next}')`,
      );
    });
    this.#partitions.clear();
    this.#partitions.add(day);
  }
}

export function partitionOf(day: string): string {
  return `log_chunks_${day.replaceAll("-", "_")}`;
}

/** `2026-11-21`, in UTC. */
export function dayOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}

interface ChunkRow {
  readonly seq: bigint;
  readonly group_id: bigint;
  readonly stream_id: bigint;
  readonly first_timestamp: bigint;
  readonly last_timestamp: bigint;
  readonly ingestion_time: bigint;
  readonly data: Buffer;
}

function where(streamIds: readonly bigint[] | undefined): string {
  return streamIds ? "group_id = $1 AND stream_id = ANY($2::bigint[])" : "group_id = $1 AND $2::bigint[] IS NULL";
}

async function toChunk(row: ChunkRow): Promise<StoredLogChunk> {
  return {
    seq: row.seq,
    groupId: row.group_id,
    streamId: row.stream_id,
    firstTimestamp: Number(row.first_timestamp),
    lastTimestamp: Number(row.last_timestamp),
    ingestionTime: Number(row.ingestion_time),
    events: await decodeEvents(row.data),
  };
}

/** A JSON list of [time, message] pairs, compressed with zstd. */
async function encodeEvents(events: readonly LogEvent[]): Promise<Buffer> {
  return await compress(JSON.stringify(events.map(({ timestamp, message }) => [timestamp, message])), QUICKLY);
}

async function decodeEvents(data: Buffer): Promise<LogEvent[]> {
  const pairs = JSON.parse((await decompress(data)).toString()) as [number, string][];
  return pairs.map(([timestamp, message]) => ({ timestamp, message }));
}
