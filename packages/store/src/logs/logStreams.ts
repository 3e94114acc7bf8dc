import type { LogStreamName } from "@hearth/model";
import type { Database } from "../postgres/database.ts";

export interface LogStreamRecord {
  readonly id: bigint;
  readonly logStreamName: string;
  readonly creationTime: number;
  /** Absent while the stream has no events. */
  readonly firstEventTimestamp?: number;
  readonly lastEventTimestamp?: number;
  readonly lastIngestionTime?: number;
}

/** The group and stream that chunks belong to. */
export interface LogStreamIds {
  readonly groupId: bigint;
  readonly streamId: bigint;
}

export interface LogStreamQuery {
  readonly prefix?: string | undefined;
  readonly orderBy: "LogStreamName" | "LastEventTime";
  readonly descending: boolean;
  /** Position of the last stream of the previous page. */
  readonly after?: LogStreamPosition | undefined;
  readonly limit: number;
}

export interface LogStreamPosition {
  readonly logStreamName: string;
  readonly lastEventTimestamp: number;
}

interface Row {
  readonly id: bigint;
  readonly logStreamName: string;
  readonly creationTime: bigint;
  readonly firstEventTimestamp: bigint | null;
  readonly lastEventTimestamp: bigint | null;
  readonly lastIngestionTime: bigint | null;
}

const COLUMNS = `id, "logStreamName", "creationTime", "firstEventTimestamp", "lastEventTimestamp", "lastIngestionTime"`;

/** Log streams. */
export class LogStreamStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with false when the stream already exists. */
  async create(groupId: bigint, logStreamName: string, creationTime: number): Promise<boolean> {
    const rows = await this.#database.query(
      `INSERT INTO log_streams (group_id, "logStreamName", "creationTime") VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1`,
      [groupId, logStreamName, creationTime],
    );
    return rows.length > 0;
  }

  /** The ids of `streams`, in the same order; creates missing groups and streams. */
  async ensure(streams: readonly LogStreamName[], now: number): Promise<readonly LogStreamIds[]> {
    const wanted = [
      streams.map(({ accountId }) => accountId),
      streams.map(({ region }) => region),
      streams.map(({ logGroupName }) => logGroupName),
      streams.map(({ logStreamName }) => logStreamName),
    ];
    const from =
      "unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS w (account_id, region, group_name, stream_name, position)";
    return await this.#database.transaction(async (tx) => {
      await tx.prepared(
        `INSERT INTO log_groups (account_id, region, "logGroupName", "creationTime", "logGroupClass", tags)
         SELECT DISTINCT account_id, region, group_name, $5::bigint, 'STANDARD', '{}'::jsonb FROM ${from}
          WHERE stream_name IS NOT NULL ORDER BY account_id, region, group_name ON CONFLICT DO NOTHING`,
        [...wanted, now],
      );
      await tx.prepared(
        `INSERT INTO log_streams (group_id, "logStreamName", "creationTime")
         SELECT g.id, w.stream_name, $5::bigint FROM ${from}
           JOIN log_groups g ON g.account_id = w.account_id AND g.region = w.region AND g."logGroupName" = w.group_name
          ORDER BY g.id, w.stream_name ON CONFLICT DO NOTHING`,
        [...wanted, now],
      );
      return await tx.prepared<LogStreamIds>(
        `SELECT g.id AS "groupId", s.id AS "streamId" FROM ${from}
           JOIN log_groups g ON g.account_id = w.account_id AND g.region = w.region AND g."logGroupName" = w.group_name
           JOIN log_streams s ON s.group_id = g.id AND s."logStreamName" = w.stream_name
          ORDER BY w.position`,
        wanted,
      );
    });
  }

  async find(groupId: bigint, logStreamName: string): Promise<LogStreamRecord | undefined> {
    const rows = await this.#database.prepared<Row>(
      `SELECT ${COLUMNS} FROM log_streams WHERE group_id = $1 AND "logStreamName" = $2`,
      [groupId, logStreamName],
    );
    return rows[0] && toRecord(rows[0]);
  }

  /** Ids of the streams with these names, or of all streams whose name starts with `prefix`. */
  async idsOf(
    groupId: bigint,
    { names, prefix }: { readonly names?: readonly string[] | undefined; readonly prefix?: string | undefined },
  ): Promise<readonly bigint[]> {
    const rows = await this.#database.query<Pick<Row, "id">>(
      `SELECT id FROM log_streams
        WHERE group_id = $1 AND ($2::text[] IS NULL OR "logStreamName" = ANY($2)) AND starts_with("logStreamName", $3)`,
      [groupId, names, prefix ?? ""],
    );
    return rows.map(({ id }) => id);
  }

  async names(ids: readonly bigint[]): Promise<ReadonlyMap<bigint, string>> {
    const rows = await this.#database.query<Pick<Row, "id" | "logStreamName">>(
      `SELECT id, "logStreamName" FROM log_streams WHERE id = ANY($1::bigint[])`,
      [ids],
    );
    return new Map(rows.map(({ id, logStreamName }) => [id, logStreamName]));
  }

  async list(groupId: bigint, query: LogStreamQuery): Promise<readonly LogStreamRecord[]> {
    const compare = query.descending ? "<" : ">";
    const order = query.descending ? "DESC" : "ASC";
    const { beyond, sorted } =
      query.orderBy === "LastEventTime"
        ? {
            beyond: `(coalesce("lastEventTimestamp", 0), "logStreamName") ${compare} ($3::bigint, $4::text)`,
            sorted: `coalesce("lastEventTimestamp", 0) ${order}, "logStreamName" ${order}`,
          }
        : { beyond: `"logStreamName" ${compare} $4::text`, sorted: `"logStreamName" ${order}` };
    const rows = await this.#database.query<Row>(
      `SELECT ${COLUMNS} FROM log_streams
        WHERE group_id = $1 AND starts_with("logStreamName", $2) AND ($3::bigint IS NULL OR ${beyond})
        ORDER BY ${sorted} LIMIT $5`,
      [groupId, query.prefix ?? "", query.after?.lastEventTimestamp, query.after?.logStreamName, query.limit],
    );
    return rows.map(toRecord);
  }

  /** Deletes the stream with its events. Resolves with false when the stream does not exist. */
  async delete(groupId: bigint, logStreamName: string): Promise<boolean> {
    const rows = await this.#database.query(
      `DELETE FROM log_streams WHERE group_id = $1 AND "logStreamName" = $2 RETURNING 1`,
      [groupId, logStreamName],
    );
    return rows.length > 0;
  }
}

function toRecord(row: Row): LogStreamRecord {
  return {
    id: row.id,
    logStreamName: row.logStreamName,
    creationTime: Number(row.creationTime),
    ...(row.firstEventTimestamp === null ? {} : { firstEventTimestamp: Number(row.firstEventTimestamp) }),
    ...(row.lastEventTimestamp === null ? {} : { lastEventTimestamp: Number(row.lastEventTimestamp) }),
    ...(row.lastIngestionTime === null ? {} : { lastIngestionTime: Number(row.lastIngestionTime) }),
  };
}
