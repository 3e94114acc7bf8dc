import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { EventBusKey, EventList } from "./eventBuses.ts";

export interface EventArchiveKey extends AccountRegion {
  readonly archive: string;
}

export interface EventArchiveSettings {
  readonly Description?: string | undefined;
  readonly EventPattern?: string | undefined;
  /** 0: events are kept as long as the archive is. */
  readonly RetentionDays?: number | undefined;
  readonly KmsKeyIdentifier?: string | undefined;
}

export interface EventArchiveRecord extends EventArchiveKey {
  readonly id: string;
  readonly bus: string;
  readonly settings: EventArchiveSettings;
  readonly events: number;
  readonly bytes: number;
  /** Seconds since the epoch. */
  readonly CreationTime: number;
}

const SELECT = `SELECT a.id::text, account_id AS "accountId", region, "Name" AS archive, bus, settings, extract(epoch FROM created_at)::float8 AS "CreationTime",
    coalesce(size.events, 0)::float8 AS events, coalesce(size.bytes, 0)::float8 AS bytes
  FROM event_archives a LEFT JOIN LATERAL (SELECT sum(events) AS events, sum(bytes) AS bytes FROM event_archive_sizes WHERE archive_id = a.id) size ON true
 WHERE account_id = $1 AND region = $2`;

const keyOf = ({ accountId, region, archive }: EventArchiveKey): readonly string[] => [accountId, region, archive];

/** The table of archives. */
export class EventArchiveStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The bus exists. Resolves with `undefined` when an archive of that name exists. */
  async create(
    key: EventArchiveKey,
    { bus, settings }: Pick<EventArchiveRecord, "bus" | "settings">,
  ): Promise<EventArchiveRecord | undefined> {
    const created = await this.#database.query(
      `INSERT INTO event_archives (account_id, region, "Name", bus, settings) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 1`,
      [...keyOf(key), bus, JSON.stringify(settings)],
    );
    return created.length > 0 ? await this.find(key) : undefined;
  }

  async find(key: EventArchiveKey): Promise<EventArchiveRecord | undefined> {
    const [found] = await this.#database.query<EventArchiveRecord>(`${SELECT} AND "Name" = $3`, keyOf(key));
    return found;
  }

  async count({ accountId, region }: AccountRegion): Promise<number> {
    const [row] = await this.#database.query<{ count: number }>(
      "SELECT count(*)::integer AS count FROM event_archives WHERE account_id = $1 AND region = $2",
      [accountId, region],
    );
    return row?.count ?? 0;
  }

  async list(
    { accountId, region }: AccountRegion,
    { prefix = "", after = "", limit, bus }: EventList & { readonly bus?: string | undefined },
  ): Promise<readonly EventArchiveRecord[]> {
    return await this.#database.query<EventArchiveRecord>(
      `${SELECT} AND starts_with("Name", $3) AND "Name" COLLATE "C" > $4 AND ($6::text IS NULL OR bus = $6) ORDER BY "Name" COLLATE "C" LIMIT $5`,
      [accountId, region, prefix, after, limit, bus ?? null],
    );
  }

  /** The archives of a bus, with their patterns. */
  async ofBus({
    accountId,
    region,
    bus,
  }: EventBusKey): Promise<readonly { readonly id: string; readonly EventPattern?: string }[]> {
    const rows = await this.#database.prepared<{ id: string; EventPattern: string | null }>(
      `SELECT id::text, settings ->> 'EventPattern' AS "EventPattern" FROM event_archives WHERE account_id = $1 AND region = $2 AND bus = $3 ORDER BY id`,
      [accountId, region, bus],
    );
    return rows.map(({ id, EventPattern }) => ({ id, ...(EventPattern !== null && { EventPattern }) }));
  }

  /** Resolves with `undefined` when there is no such archive. */
  async change(key: EventArchiveKey, settings: Partial<EventArchiveSettings>): Promise<EventArchiveRecord | undefined> {
    await this.#database.query(
      `UPDATE event_archives SET settings = (settings::jsonb || $4::jsonb)::json WHERE account_id = $1 AND region = $2 AND "Name" = $3`,
      [...keyOf(key), JSON.stringify(settings)],
    );
    return await this.find(key);
  }

  /** Its events are left to `ArchivedEventStore.collect`. Resolves with false when there is no such archive. */
  async delete(key: EventArchiveKey): Promise<boolean> {
    const rows = await this.#database.query(
      `DELETE FROM event_archives WHERE account_id = $1 AND region = $2 AND "Name" = $3 RETURNING 1`,
      keyOf(key),
    );
    return rows.length > 0;
  }
}
