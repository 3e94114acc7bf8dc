import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Queryable } from "../postgres/queryable.ts";

export interface EventBusKey extends AccountRegion {
  readonly bus: string;
}

/** What the owner sets of a bus. */
export interface EventBusSettings {
  readonly Description?: string | undefined;
  readonly KmsKeyIdentifier?: string | undefined;
  readonly DeadLetterConfig?: { readonly Arn?: string | undefined } | undefined;
  readonly LogConfig?: { readonly IncludeDetail?: string | undefined; readonly Level?: string | undefined } | undefined;
}

export interface EventBusPolicy {
  readonly Version?: string;
  readonly Statement: readonly { readonly Sid?: string }[];
}

export type EventTags = Readonly<Record<string, string>>;

export interface EventBusRecord extends EventBusKey {
  readonly settings: EventBusSettings;
  readonly policy: EventBusPolicy | null;
  readonly tags: EventTags;
  /** Seconds since the epoch. */
  readonly CreationTime: number;
  readonly LastModifiedTime: number;
}

export interface EventList {
  readonly prefix?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

const COLUMNS = `account_id AS "accountId", region, "Name" AS bus, settings, policy, tags,
  extract(epoch FROM created_at)::float8 AS "CreationTime", extract(epoch FROM modified_at)::float8 AS "LastModifiedTime"`;
const OF_KEY = `account_id = $1 AND region = $2 AND "Name" = $3`;

const keyOf = ({ accountId, region, bus }: EventBusKey): readonly string[] => [accountId, region, bus];

/** The table of event buses. */
export class EventBusStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with `undefined` when a bus of that name exists. */
  async create(key: EventBusKey, settings: EventBusSettings, tags: EventTags): Promise<EventBusRecord | undefined> {
    const [created] = await this.#database.query<EventBusRecord>(
      `INSERT INTO event_buses (account_id, region, "Name", settings, tags) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [...keyOf(key), JSON.stringify(settings), JSON.stringify(tags)],
    );
    return created;
  }

  async count({ accountId, region }: AccountRegion): Promise<number> {
    const [row] = await this.#database.query<{ count: number }>(
      "SELECT count(*)::integer AS count FROM event_buses WHERE account_id = $1 AND region = $2",
      [accountId, region],
    );
    return row?.count ?? 0;
  }

  async find(key: EventBusKey, queryable: Queryable = this.#database): Promise<EventBusRecord | undefined> {
    const [found] = await queryable.prepared<EventBusRecord>(
      `SELECT ${COLUMNS} FROM event_buses WHERE ${OF_KEY}`,
      keyOf(key),
    );
    return found;
  }

  async list({ accountId, region }: AccountRegion, query: EventList): Promise<readonly EventBusRecord[]> {
    const { prefix = "", after = "", limit } = query;
    return await this.#database.query<EventBusRecord>(
      `SELECT ${COLUMNS} FROM event_buses
        WHERE account_id = $1 AND region = $2 AND starts_with("Name", $3) AND "Name" COLLATE "C" > $4 ORDER BY "Name" COLLATE "C" LIMIT $5`,
      [accountId, region, prefix, after, limit],
    );
  }

  /** Changes what `change` returns, which gets the present bus. Resolves with `undefined` when there is no such bus. */
  async change(
    key: EventBusKey,
    change: (bus: EventBusRecord) => Partial<Pick<EventBusRecord, "settings" | "policy" | "tags">>,
  ): Promise<EventBusRecord | undefined> {
    return await this.#database.transaction(async (tx) => {
      const [bus] = await tx.query<EventBusRecord>(
        `SELECT ${COLUMNS} FROM event_buses WHERE ${OF_KEY} FOR UPDATE`,
        keyOf(key),
      );
      if (!bus) return undefined;
      const { settings, policy, tags } = { ...bus, ...change(bus) };
      const [changed] = await tx.query<EventBusRecord>(
        `UPDATE event_buses SET settings = $4, policy = $5, tags = $6, modified_at = now() WHERE ${OF_KEY} RETURNING ${COLUMNS}`,
        [...keyOf(key), JSON.stringify(settings), policy && JSON.stringify(policy), JSON.stringify(tags)],
      );
      return changed;
    });
  }

  /** Deletes the bus with its rules. */
  async delete(key: EventBusKey): Promise<void> {
    await this.#database.query(`DELETE FROM event_buses WHERE ${OF_KEY}`, keyOf(key));
  }
}
