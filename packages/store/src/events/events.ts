import { type Logger, silentLogger } from "@hearth/kit";
import type { FunctionKey } from "../functions/functionRows.ts";
import { CONFIRMED_NOW } from "../clock/confirmedNow.ts";
import { Batcher } from "../postgres/batcher.ts";
import type { Database } from "../postgres/database.ts";
import { isUnwritableData } from "../postgres/databaseErrors.ts";
import type { Queryable, Transaction } from "../postgres/queryable.ts";
import { countPayloads } from "./eventPayloads.ts";
import { ADDED, COUNT_ADDED, insertEvents, type NewEvent } from "./insertEvents.ts";
import { columnsOf, type FinishCondition, type Settlement, withoutTexts } from "./settlement.ts";

/** How many events of one function may be claimed at a time. */
export interface ClaimShares {
  /** The limit for functions that are not in `of`. */
  readonly most: number;
  readonly of: readonly (FunctionKey & { readonly most: number })[];
}

/** An event that this process may run until its lease ends. */
export interface ClaimedEvent extends NewEvent {
  /** How long ago it was accepted, by the confirmed time of the database. */
  readonly ageMs: number;
  /** The number of this run, from 1. It is also the fence: a later claim has a higher number. */
  readonly run: number;
  readonly functionErrors: number;
  readonly systemRetries: number;
  readonly hops: number;
  /** The error of the last run. */
  readonly lastError?: string;
  /** The HTTP status of the last run: 200 when the function ran and failed. */
  readonly lastStatus?: number;
}

/** An event as an operator sees it. */
export interface EventView {
  readonly id: string;
  readonly region: string;
  readonly FunctionName: string;
  readonly Qualifier: string | null;
  readonly state: "waiting" | "running" | "succeeded" | "failed";
  readonly condition: FinishCondition | null;
  readonly acceptedAt: Date;
  readonly dueAt: Date;
  readonly finishedAt: Date | null;
  readonly runs: number;
  readonly functionErrors: number;
  readonly executedVersion: string | null;
  readonly lastError: string | null;
  /** Size of the payload at acceptance. */
  readonly payloadBytes: number;
  /** False when the payload has been dropped because of its size or age. */
  readonly payloadKept: boolean;
}

export interface EventDepth {
  readonly unfinished: number;
  /** Age of the oldest unfinished event in milliseconds, 0 when there is none. */
  readonly oldestAgeMs: number;
}

const BATCH = { items: 500, weight: 8 * 1024 * 1024, weigh: (event: NewEvent) => event.payload.byteLength };
/** Of each event, the latest ones. */
const KEPT_ATTEMPTS = 20;
/** Settlements with further statements that share a transaction. */
const ALONGSIDE_BATCH = 25;
const MAX_PAYLOAD_BYTES = 2_147_483_647;
const VIEW_COLUMNS = `id, region, "FunctionName", "Qualifier", state, condition, accepted_at AS "acceptedAt", due_at AS "dueAt", finished_at AS "finishedAt",
  runs, function_errors AS "functionErrors", executed_version AS "executedVersion", last_error AS "lastError", coalesce(payload_bytes, octet_length(payload)) AS "payloadBytes",
  payload_bytes IS NULL AS "payloadKept"`;

const CLAIMED = `state = 'running', lease_owner = $1, due_at = now() + $4 * interval '1 ms', runs = runs + 1`;
const CLAIMED_COLUMNS = `id, account_id, region, "FunctionName", "Qualifier", payload, trace_id, runs, function_errors, system_retries, hops, last_error, last_status,
  (extract(epoch FROM ${CONFIRMED_NOW} - accepted_at) * 1000)::float8 AS age_ms`;

interface ClaimedRow {
  readonly id: string;
  readonly account_id: string;
  readonly region: string;
  readonly FunctionName: string;
  readonly Qualifier: string | null;
  readonly payload: Buffer;
  readonly trace_id: string | null;
  readonly age_ms: number;
  readonly runs: number;
  readonly function_errors: number;
  readonly system_retries: number;
  readonly hops: number;
  readonly last_error: string | null;
  readonly last_status: number | null;
}

/** Statements that are committed together with the settlement, and only if it is. It may be called again when the transaction is repeated. */
export type Alongside = (tx: Transaction) => Promise<void>;

interface Settling {
  readonly owner: string;
  readonly id: string;
  readonly run: number;
  readonly settlement: Settlement;
  readonly alongside?: Alongside | undefined;
}

export interface EventStoreOptions {
  /** Payloads larger than this are dropped when the event succeeds. Payloads of failed events are kept, so that they can be replayed. */
  readonly keptPayloadBytes?: number;
}

/** The table of asynchronous invocations. It is the authoritative record; a bus only sends wake-ups. */
export class EventStore {
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #adds: Batcher<NewEvent, undefined>;
  readonly #settlements: Batcher<Settling, boolean>;
  readonly #settlementsAlongside: Batcher<Settling & { readonly alongside: Alongside }, boolean>;
  readonly #keptPayloadBytes: number;

  constructor(
    database: Database,
    logger: Logger = silentLogger,
    { keptPayloadBytes = MAX_PAYLOAD_BYTES }: EventStoreOptions = {},
  ) {
    this.#keptPayloadBytes = keptPayloadBytes;
    this.#database = database;
    this.#logger = logger;
    this.#adds = new Batcher(BATCH, (events) => insertEvents(database, events));
    this.#settlements = new Batcher({ items: 500 }, (settlings) => this.#settle(database, settlings));
    this.#settlementsAlongside = new Batcher({ items: ALONGSIDE_BATCH }, (settlings) =>
      database.transaction(async (tx) => {
        const own = await this.#settle(tx, settlings);
        for (const [at, { alongside }] of settlings.entries()) if (own[at] === true) await alongside(tx);
        return own;
      }),
    );
  }

  /** Resolves when the event is committed. Events that arrive together share one statement. */
  add(event: NewEvent): Promise<undefined> {
    return this.#adds.add(event);
  }

  /** Claims, for `leaseMs`, at most `limit` of the events `ids` that are due, and at most the number in `shares` of each function. */
  async claim(
    owner: string,
    ids: readonly string[],
    limit: number,
    leaseMs: number,
    { most = limit, of = [] }: Partial<ClaimShares> = {},
  ): Promise<readonly ClaimedEvent[]> {
    const rows = await this.#database.prepared<ClaimedRow>(
      `WITH due AS MATERIALIZED (
         SELECT id, account_id, region, "FunctionName", due_at FROM events
          WHERE id = ANY($2::uuid[]) AND finished_at IS NULL AND due_at <= now() FOR UPDATE SKIP LOCKED),
       ranked AS (
         SELECT id, due_at, coalesce(s.most, $5) AS most,
                row_number() OVER (PARTITION BY due.account_id, due.region, due."FunctionName" ORDER BY due_at, id) AS place
           FROM due LEFT JOIN unnest($6::text[], $7::text[], $8::text[], $9::integer[]) AS s (account_id, region, "FunctionName", most)
             ON s.account_id = due.account_id AND s.region = due.region AND s."FunctionName" = due."FunctionName")
       UPDATE events SET ${CLAIMED} WHERE id = ANY(ARRAY(SELECT id FROM ranked WHERE place <= most ORDER BY due_at LIMIT $3)) RETURNING ${CLAIMED_COLUMNS}`,
      [
        owner,
        ids,
        limit,
        leaseMs,
        most,
        of.map((share) => share.accountId),
        of.map((share) => share.region),
        of.map((share) => share.FunctionName),
        of.map((share) => share.most),
      ],
    );
    return rows.map(claimedOf);
  }

  /** Claims the next due events of one function, at most `limit`. */
  async claimNext(
    owner: string,
    { accountId, region, FunctionName }: FunctionKey,
    limit: number,
    leaseMs: number,
  ): Promise<readonly ClaimedEvent[]> {
    const rows = await this.#database.prepared<ClaimedRow>(
      `UPDATE events SET ${CLAIMED}
        WHERE id = ANY(ARRAY(SELECT id FROM events WHERE account_id = $2 AND region = $5 AND "FunctionName" = $6 AND finished_at IS NULL AND due_at <= now()
                      ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED))
       RETURNING ${CLAIMED_COLUMNS}`,
      [owner, accountId, limit, leaseMs, region, FunctionName],
    );
    return rows.map(claimedOf);
  }

  /** The functions of the events in `ids` that are due and not claimed. */
  async functionsWaiting(ids: readonly string[]): Promise<readonly FunctionKey[]> {
    return await this.#database.prepared<FunctionKey>(
      `SELECT DISTINCT account_id AS "accountId", region, "FunctionName" FROM events
        WHERE id = ANY($1::uuid[]) AND finished_at IS NULL AND due_at <= now()`,
      [ids],
    );
  }

  /**
   * Extends the leases of the events that `owner` runs. Resolves with the ids that it still owns. Leaves out those that another statement has locked, such
   * as a settlement: two statements that wait for each other's rows would deadlock.
   */
  async renew(owner: string, ids: readonly string[], leaseMs: number): Promise<ReadonlySet<string>> {
    const rows = await this.#database.prepared<{ id: string }>(
      `UPDATE events SET due_at = now() + $3 * interval '1 ms'
        WHERE id = ANY(ARRAY(SELECT id FROM events WHERE id = ANY($2::uuid[]) AND lease_owner = $1 FOR UPDATE SKIP LOCKED)) RETURNING id`,
      [owner, ids, leaseMs],
    );
    return new Set(rows.map((row) => row.id));
  }

  /**
   * Writes how a run ended. Resolves with false, and writes nothing, when another worker has taken the lease. Removes and logs what PostgreSQL
   * cannot store of the settlement's texts, so that such a text does not make the event run again and again.
   */
  async settle(
    owner: string,
    { id, run }: Pick<ClaimedEvent, "id" | "run">,
    settlement: Settlement,
    alongside?: Alongside,
  ): Promise<boolean> {
    const write = (settling: Settling): Promise<boolean> =>
      alongside ? this.#settlementsAlongside.add({ ...settling, alongside }) : this.#settlements.add(settling);
    try {
      return await write({ owner, id, run, settlement });
    } catch (error) {
      if (!isUnwritableData(error)) throw error;
      this.#logger.error(
        { err: error, requestId: id },
        "how an event ended cannot be stored in full; its texts are left out",
      );
      return await write({ owner, id, run, settlement: withoutTexts(settlement) });
    }
  }

  /**
   * Marks as woken, and returns, at most `limit` due events that were never woken, or that were woken more than `patienceMs` ago and not claimed
   * since.
   */
  async sweep(limit: number, patienceMs: number): Promise<readonly string[]> {
    const rows = await this.#database.prepared<{ id: string }>(
      `UPDATE events SET woken_at = now()
        WHERE id = ANY(ARRAY(SELECT id FROM events WHERE finished_at IS NULL AND due_at <= now()
                        AND (woken_at IS NULL OR woken_at < now() - $2 * interval '1 ms')
                      ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED))
       RETURNING id`,
      [limit, patienceMs],
    );
    return rows.map((row) => row.id);
  }

  /** Makes the next sweep find these events, unless they are claimed by then, because their wake-up failed. */
  async unwake(ids: readonly string[]): Promise<void> {
    await this.#database.query("UPDATE events SET woken_at = NULL WHERE id = ANY($1::uuid[]) AND finished_at IS NULL", [
      ids,
    ]);
  }

  /** How many events are not finished, and how many of these were claimed by a worker. */
  async backlog(): Promise<{ readonly unfinished: number; readonly interrupted: number }> {
    const rows = await this.#database.query<{ unfinished: number; interrupted: number }>(
      `SELECT count(*)::float8 AS unfinished, (count(*) FILTER (WHERE lease_owner IS NOT NULL))::float8 AS interrupted FROM events WHERE finished_at IS NULL`,
    );
    return rows[0] ?? { unfinished: 0, interrupted: 0 };
  }

  async depth(): Promise<EventDepth> {
    const rows = await this.#database.prepared<{ unfinished: number; oldest: number | null }>(
      `SELECT count(*)::float8 AS unfinished, (extract(epoch FROM now() - min(accepted_at)) * 1000)::float8 AS oldest FROM events WHERE finished_at IS NULL`,
    );
    return { unfinished: rows[0]?.unfinished ?? 0, oldestAgeMs: Math.max(0, rows[0]?.oldest ?? 0) };
  }

  async find(accountId: string, id: string): Promise<EventView | undefined> {
    const rows = await this.#database.query<EventView>(
      `SELECT ${VIEW_COLUMNS} FROM events WHERE account_id = $1 AND id = $2`,
      [accountId, id],
    );
    return rows[0];
  }

  /** The latest events of one function, latest first. */
  async list({ accountId, region, FunctionName }: FunctionKey, limit: number): Promise<readonly EventView[]> {
    return await this.#database.query<EventView>(
      `SELECT ${VIEW_COLUMNS} FROM events WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 ORDER BY accepted_at DESC LIMIT $4`,
      [accountId, region, FunctionName, limit],
    );
  }

  /** Accepts a finished event again, as `newId`. Resolves with false when no such event still has its payload. */
  async replay(accountId: string, id: string, newId: string): Promise<boolean> {
    const rows = await this.#database.query(
      `WITH added AS (
         INSERT INTO events (id, account_id, region, "FunctionName", "Qualifier", payload, trace_id, replay_of)
         SELECT $3, account_id, region, "FunctionName", "Qualifier", payload, trace_id, id FROM events
          WHERE account_id = $1 AND id = $2 AND finished_at IS NOT NULL AND payload_bytes IS NULL RETURNING ${ADDED})
       ${COUNT_ADDED} RETURNING 1`,
      [accountId, id, newId],
    );
    return rows.length > 0;
  }

  async #settle(database: Queryable, settlings: readonly Settling[]): Promise<readonly boolean[]> {
    const rows = settlings.map(({ owner, id, run, settlement }) => ({ owner, id, run, ...columnsOf(settlement) }));
    const settled = await database.prepared<{ id: string }>(
      `WITH settled AS (
       UPDATE events e SET state = s.state, lease_owner = NULL, due_at = now() + s."delayMs" * interval '1 ms', woken_at = NULL,
              runs = e.runs - s."unrun", function_errors = e.function_errors + s."functionErrors", system_retries = CASE WHEN s."functionErrors" > 0 THEN 0 ELSE e.system_retries + s."systemRetries" END,
              finished_at = CASE WHEN s.condition IS NOT NULL THEN now() END, condition = s.condition,
              executed_version = coalesce(s."executedVersion", e.executed_version), last_error = coalesce(s.error, e.last_error),
              last_status = coalesce(s.status, e.last_status),
              attempts = CASE WHEN s.attempt IS NULL THEN e.attempts
                              ELSE CASE WHEN jsonb_array_length(e.attempts) >= ${KEPT_ATTEMPTS} THEN e.attempts - 0 ELSE e.attempts END
                                   || (jsonb_build_object('run', e.runs, 'endedAt', now()) || s.attempt) END,
              payload = CASE WHEN s.condition = 'Success' AND octet_length(e.payload) > $2 THEN '' ELSE e.payload END,
              payload_bytes = CASE WHEN s.condition = 'Success' AND octet_length(e.payload) > $2 THEN octet_length(e.payload) END
         FROM json_to_recordset($1) AS s (owner text, id uuid, run integer, state text, "delayMs" float8, unrun integer, "functionErrors" integer,
                                          "systemRetries" integer, condition text, "executedVersion" text, error text, status integer, attempt jsonb)
        WHERE e.id = s.id AND e.lease_owner = s.owner AND e.runs = s.run
       RETURNING e.id, e.account_id, e.payload_bytes),
       counted AS (${countPayloads("SELECT account_id, -payload_bytes AS bytes FROM settled WHERE payload_bytes IS NOT NULL")})
       SELECT id FROM settled`,
      [JSON.stringify(rows), this.#keptPayloadBytes],
    );
    const own = new Set(settled.map((row) => row.id));
    return settlings.map((settling) => own.has(settling.id));
  }
}

function claimedOf(row: ClaimedRow): ClaimedEvent {
  return {
    id: row.id,
    accountId: row.account_id,
    region: row.region,
    FunctionName: row.FunctionName,
    ...(row.Qualifier !== null && { Qualifier: row.Qualifier }),
    payload: row.payload,
    ...(row.trace_id !== null && { traceId: row.trace_id }),
    ageMs: Math.max(0, row.age_ms),
    run: row.runs,
    functionErrors: row.function_errors,
    systemRetries: row.system_retries,
    hops: row.hops,
    ...(row.last_error !== null && { lastError: row.last_error }),
    ...(row.last_status !== null && { lastStatus: row.last_status }),
  };
}
