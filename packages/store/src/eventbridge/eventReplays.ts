import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";
import type { EventList } from "./eventBuses.ts";

export interface EventReplayKey extends AccountRegion {
  readonly replay: string;
}

export type EventReplayState = "STARTING" | "RUNNING" | "CANCELLING" | "COMPLETED" | "CANCELLED" | "FAILED";

export interface EventReplayRecord extends EventReplayKey {
  readonly archive: string;
  readonly archiveId: string;
  readonly bus: string;
  readonly Description: string | null;
  /** ARNs of the rules that get the events; `null`: all of the bus. */
  readonly filterArns: readonly string[] | null;
  readonly state: EventReplayState;
  readonly stateReason: string | null;
  /** Seconds since the epoch. */
  readonly EventStartTime: number;
  readonly EventEndTime: number;
  readonly EventLastReplayedTime: number | null;
  readonly ReplayStartTime: number;
  readonly ReplayEndTime: number | null;
}

export type NewEventReplay = Pick<EventReplayRecord, "archive" | "archiveId" | "bus" | "filterArns"> & {
  readonly Description?: string | undefined;
  readonly from: Date;
  readonly to: Date;
};

const seconds = (column: string, name: string): string => `extract(epoch FROM ${column})::float8 AS "${name}"`;
const COLUMNS = `account_id AS "accountId", region, "Name" AS replay, archive, archive_id::text AS "archiveId", bus, "Description", filter_arns AS "filterArns",
  state, state_reason AS "stateReason", ${seconds("from_at", "EventStartTime")}, ${seconds("to_at", "EventEndTime")},
  ${seconds("last_stored_at", "EventLastReplayedTime")}, ${seconds("started_at", "ReplayStartTime")}, ${seconds("ended_at", "ReplayEndTime")}`;
const OF_KEY = `account_id = $1 AND region = $2 AND "Name" = $3`;
const ACTIVE = "state IN ('STARTING', 'RUNNING', 'CANCELLING')";
const LEASE = "now() + interval '15 seconds'";

const keyOf = ({ accountId, region, replay }: EventReplayKey): readonly string[] => [accountId, region, replay];

/** The table of replays, and the events that they send. */
export class EventReplayStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with `undefined` when a replay of that name exists. */
  async start(key: EventReplayKey, replay: NewEventReplay): Promise<EventReplayRecord | undefined> {
    const { archive, archiveId, bus, filterArns, Description, from, to } = replay;
    const [started] = await this.#database.query<EventReplayRecord>(
      `INSERT INTO event_replays (account_id, region, "Name", archive, archive_id, bus, "Description", filter_arns, from_at, to_at, state)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'STARTING') ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [...keyOf(key), archive, archiveId, bus, Description ?? null, filterArns && JSON.stringify(filterArns), from, to],
    );
    return started;
  }

  async find(key: EventReplayKey): Promise<EventReplayRecord | undefined> {
    const [found] = await this.#database.query<EventReplayRecord>(
      `SELECT ${COLUMNS} FROM event_replays WHERE ${OF_KEY}`,
      keyOf(key),
    );
    return found;
  }

  async countActive({ accountId, region }: AccountRegion): Promise<number> {
    const [row] = await this.#database.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM event_replays WHERE account_id = $1 AND region = $2 AND ${ACTIVE}`,
      [accountId, region],
    );
    return row?.count ?? 0;
  }

  async list(
    { accountId, region }: AccountRegion,
    query: EventList & { readonly state?: string | undefined; readonly archive?: string | undefined },
  ): Promise<readonly EventReplayRecord[]> {
    const { prefix = "", after = "", limit, state, archive } = query;
    return await this.#database.query<EventReplayRecord>(
      `SELECT ${COLUMNS} FROM event_replays
        WHERE account_id = $1 AND region = $2 AND starts_with("Name", $3) AND "Name" COLLATE "C" > $4 AND ($6::text IS NULL OR state = $6)
          AND ($7::text IS NULL OR archive = $7) ORDER BY "Name" COLLATE "C" LIMIT $5`,
      [accountId, region, prefix, after, limit, state ?? null, archive ?? null],
    );
  }

  /** Asks an active replay to stop. Resolves with false when it is not active. */
  async cancel(key: EventReplayKey): Promise<boolean> {
    const rows = await this.#database.query(
      `UPDATE event_replays SET state = 'CANCELLING' WHERE ${OF_KEY} AND state IN ('STARTING', 'RUNNING') RETURNING 1`,
      keyOf(key),
    );
    return rows.length > 0;
  }

  /** Takes a lease on a replay that no process works on: the one that has waited longest for its next step. */
  async claim(): Promise<EventReplayRecord | undefined> {
    const [claimed] = await this.#database.query<EventReplayRecord>(
      `UPDATE event_replays SET lease_until = ${LEASE}, state = CASE state WHEN 'STARTING' THEN 'RUNNING' ELSE state END
        WHERE (account_id, region, "Name") = (
          SELECT account_id, region, "Name" FROM event_replays WHERE ${ACTIVE} AND (lease_until IS NULL OR lease_until <= now())
           ORDER BY coalesce(lease_until, started_at) LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING ${COLUMNS}`,
    );
    return claimed;
  }

  /** The events that come next. */
  async next(
    key: EventReplayKey,
    limit: number,
  ): Promise<readonly { readonly storedAt: string; readonly id: string; readonly event: string }[]> {
    return await this.#database.query(
      `SELECT e.stored_at::text AS "storedAt", e.id::text, e.event FROM event_replays r JOIN archived_events e ON e.archive_id = r.archive_id
        WHERE r.account_id = $1 AND r.region = $2 AND r."Name" = $3 AND e.stored_at >= r.from_at AND e.stored_at <= r.to_at
          AND (r.last_stored_at IS NULL OR (e.stored_at, e.id) > (r.last_stored_at, r.last_id)) ORDER BY e.stored_at, e.id LIMIT $4`,
      [...keyOf(key), limit],
    );
  }

  /** Notes, in the transaction that sends it, that the event was the last one, and keeps the lease. Resolves with false when the replay is to stop. */
  async advance(
    tx: Transaction,
    key: EventReplayKey,
    last: { readonly storedAt: string; readonly id: string },
    from: number | null,
  ): Promise<boolean> {
    const rows = await tx.query(
      `UPDATE event_replays SET last_stored_at = $4::timestamptz, last_id = $5, lease_until = ${LEASE}
        WHERE ${OF_KEY} AND state = 'RUNNING' AND extract(epoch FROM last_stored_at)::float8 IS NOT DISTINCT FROM $6::float8 RETURNING 1`,
      [...keyOf(key), last.storedAt, last.id, from],
    );
    return rows.length > 0;
  }

  /** Gives up the lease: any process may take the next step after `pauseMs`. */
  async release(key: EventReplayKey, pauseMs: number): Promise<void> {
    await this.#database.query(
      `UPDATE event_replays SET lease_until = now() + $4 * interval '1 ms' WHERE ${OF_KEY} AND ${ACTIVE}`,
      [...keyOf(key), pauseMs],
    );
  }

  async end(key: EventReplayKey, state: EventReplayState, reason?: string): Promise<void> {
    await this.#database.query(
      `UPDATE event_replays SET state = $4, state_reason = $5, ended_at = now(), lease_until = NULL WHERE ${OF_KEY}`,
      [...keyOf(key), state, reason ?? null],
    );
  }

  /** As on AWS, replays that have ended are kept for 90 days. */
  async forgetOld(): Promise<void> {
    await this.#database.query("DELETE FROM event_replays WHERE ended_at < now() - interval '90 days'");
  }
}
