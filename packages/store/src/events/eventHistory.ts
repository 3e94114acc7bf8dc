import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import { COUNT_ADDED } from "./insertEvents.ts";
import type { EventAnswer, FinishCondition } from "./settlement.ts";

export type EventState = "waiting" | "running" | "succeeded" | "failed";

/** An event in a listing. */
export interface ListedEvent {
  readonly id: string;
  readonly FunctionName: string;
  readonly Qualifier: string | null;
  readonly state: EventState;
  readonly condition: FinishCondition | null;
  readonly acceptedAt: Date;
  /** When it is to run next; for an event that runs, when its lease ends. */
  readonly dueAt: Date;
  readonly finishedAt: Date | null;
  readonly runs: number;
  readonly lastError: string | null;
  readonly payloadBytes: number;
  /** False when the payload has been dropped: such an event cannot be replayed. */
  readonly payloadKept: boolean;
  readonly replayOf: string | null;
}

/** How one run ended. */
export interface EventAttempt {
  readonly run: number;
  /** RFC 3339. */
  readonly endedAt: string;
  readonly durationMs: number;
  readonly outcome: string;
  readonly status?: number;
  readonly error?: string;
  /** Of a run that has succeeded. */
  readonly answer?: EventAnswer;
}

/** How an event and its replay ended. */
export interface ComparedEvent {
  readonly id: string;
  readonly replayOf: string;
  readonly before: EndedRun;
  /** Absent while the replay is not finished. */
  readonly after?: EndedRun;
}

export interface EndedRun {
  readonly condition: FinishCondition;
  /** Absent when the event ended without a run. */
  readonly lastAttempt: EventAttempt | null;
}

/** A message about an event that waits to be sent again or was given up. */
export interface UndeliveredMessage {
  readonly purpose: string;
  readonly target: string;
  readonly state: "waiting" | "dead";
  readonly attempts: number;
  readonly lastError: string;
}

export interface ShownEvent extends ListedEvent {
  /** The last runs, oldest first. */
  readonly attempts: readonly EventAttempt[];
  readonly undelivered: readonly UndeliveredMessage[];
  readonly replays: readonly string[];
}

export interface EventListing extends AccountRegion {
  /** All functions of the account when absent. */
  readonly FunctionName?: string | undefined;
  readonly state?: EventState | undefined;
  /** Of their acceptance. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly limit: number;
}

/** Which finished events are accepted again: those of `ids`, or the failed ones of a function that were not replayed yet. */
export interface Replay extends AccountRegion {
  readonly ids?: readonly string[] | undefined;
  readonly FunctionName?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** Version or alias to send them to; their own by default. */
  readonly Qualifier?: string | undefined;
  /** Time between one and the next. */
  readonly everyMs: number;
  readonly limit: number;
  /** What the payloads of all the account's events may take afterwards; no limit when absent. */
  readonly maxPayloadBytes?: number | undefined;
}

export interface Replayed {
  readonly id: string;
  readonly replayOf: string;
}

const COLUMNS = `id, "FunctionName", "Qualifier", state, condition, accepted_at AS "acceptedAt", due_at AS "dueAt", finished_at AS "finishedAt", runs,
  last_error AS "lastError", coalesce(payload_bytes, octet_length(payload)) AS "payloadBytes", payload_bytes IS NULL AS "payloadKept", replay_of AS "replayOf"`;

/** What an operator does with asynchronous invocations: look, replay, cancel. */
export class EventHistory {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The latest events of a function or of all, latest first. */
  async list({
    accountId,
    region,
    FunctionName,
    state,
    from,
    to,
    limit,
  }: EventListing): Promise<readonly ListedEvent[]> {
    return await this.#database.query<ListedEvent>(
      `WITH RECURSIVE functions AS (
         (SELECT "FunctionName" AS name FROM events WHERE account_id = $1 AND $3::text IS NULL ORDER BY "FunctionName" LIMIT 1) UNION ALL
         SELECT following.name FROM functions CROSS JOIN LATERAL (
           SELECT "FunctionName" AS name FROM events WHERE account_id = $1 AND "FunctionName" > functions.name ORDER BY "FunctionName" LIMIT 1) AS following)
       SELECT latest.* FROM (SELECT name FROM functions UNION ALL SELECT $3 WHERE $3 IS NOT NULL) AS wanted CROSS JOIN LATERAL (
         SELECT ${COLUMNS} FROM events
          WHERE account_id = $1 AND region = $2 AND "FunctionName" = wanted.name AND ($4::text IS NULL OR state = $4)
            AND accepted_at >= coalesce($5::timestamptz, '-infinity') AND accepted_at <= coalesce($6::timestamptz, 'infinity')
          ORDER BY accepted_at DESC, id LIMIT $7) AS latest
        ORDER BY "acceptedAt" DESC, id LIMIT $7`,
      [accountId, region, FunctionName ?? null, state ?? null, from ?? null, to ?? null, limit],
    );
  }

  async show({ accountId, region }: AccountRegion, id: string): Promise<ShownEvent | undefined> {
    const [row] = await this.#database.query<ShownEvent>(
      `SELECT ${COLUMNS}, attempts,
              (SELECT coalesce(json_agg(json_build_object('purpose', d.purpose, 'target', d.target, 'state', d.state, 'attempts', d.attempts,
                                                          'lastError', d.last_error) ORDER BY d.created_at, d.id), '[]')
                 FROM deliveries d WHERE d.event_id = events.id) AS undelivered,
              ARRAY(SELECT r.id FROM events r WHERE r.replay_of = events.id ORDER BY r.accepted_at) AS replays
         FROM events WHERE account_id = $1 AND region = $2 AND id = $3`,
      [accountId, region, id],
    );
    return row;
  }

  /** How the events `ids`, which are replays, ended, and the events that they replay. In the order of `ids`; others are left out. */
  async compare({ accountId, region }: AccountRegion, ids: readonly string[]): Promise<readonly ComparedEvent[]> {
    const ended = (event: string): string =>
      `CASE WHEN ${event}.finished_at IS NOT NULL THEN json_build_object('condition', ${event}.condition, 'lastAttempt', ${event}.attempts -> -1) END`;
    const rows = await this.#database.query<ComparedEvent & { readonly after: EndedRun | null }>(
      `SELECT replay.id, replay.replay_of AS "replayOf", ${ended("original")} AS before, ${ended("replay")} AS after
         FROM unnest($3::uuid[]) WITH ORDINALITY AS wanted (id, place)
         JOIN events replay ON replay.id = wanted.id JOIN events original ON original.id = replay.replay_of
        WHERE replay.account_id = $1 AND replay.region = $2 AND original.account_id = $1 ORDER BY place`,
      [accountId, region, ids],
    );
    return rows.map(({ after, ...row }) => ({ ...row, ...(after && { after }) }));
  }

  /** Accepts finished events again, oldest first. Those without their payload are left out, and those for whose payloads there is no room. */
  async replay(wanted: Replay): Promise<readonly Replayed[]> {
    const { accountId, region, ids, FunctionName, from, to, Qualifier, everyMs, limit, maxPayloadBytes } = wanted;
    return await this.#database.query<Replayed>(
      `WITH candidates AS (
         SELECT e.*, now() + (row_number() OVER (ORDER BY accepted_at, id) - 1) * $8::float8 * interval '1 ms' AS at FROM events e
          WHERE account_id = $1 AND region = $2 AND finished_at IS NOT NULL AND payload_bytes IS NULL
            AND accepted_at >= coalesce($5::timestamptz, '-infinity') AND accepted_at <= coalesce($6::timestamptz, 'infinity')
            AND CASE WHEN $3::uuid[] IS NOT NULL THEN id = ANY($3)
                     ELSE "FunctionName" = $4::text AND state = 'failed' AND NOT EXISTS (SELECT 1 FROM events r WHERE r.replay_of = e.id) END
          ORDER BY accepted_at, id LIMIT $9),
       chosen AS (
         SELECT * FROM (SELECT *, sum(octet_length(payload)) OVER (ORDER BY accepted_at, id) AS total FROM candidates) AS summed
          WHERE total <= $10::float8 - (SELECT coalesce(sum(bytes), 0) FROM event_payload_bytes WHERE account_id = $1)),
       added AS (
         INSERT INTO events (id, account_id, region, "FunctionName", "Qualifier", payload, trace_id, replay_of, accepted_at, due_at, woken_at)
         SELECT gen_random_uuid(), account_id, region, "FunctionName", coalesce($7::text, "Qualifier"), payload,
                -- Without the runs of its chain: a replay begins a new one.
                nullif(regexp_replace(trace_id, ';?\\s*Lineage=[^;]*', '', 'i'), ''), id, at, at, NULL FROM chosen
         RETURNING id, replay_of, account_id, octet_length(payload) AS bytes),
       counted AS (${COUNT_ADDED})
       SELECT id, replay_of AS "replayOf" FROM added`,
      [
        accountId,
        region,
        ids ?? null,
        FunctionName ?? null,
        from ?? null,
        to ?? null,
        Qualifier ?? null,
        everyMs,
        limit,
        maxPayloadBytes ?? Number.POSITIVE_INFINITY,
      ],
    );
  }

  /** Ends an event that waits. Resolves with false when there is none: it runs, is finished, or is unknown. */
  async cancel({ accountId, region }: AccountRegion, id: string): Promise<boolean> {
    const rows = await this.#database.query(
      `UPDATE events SET state = 'failed', condition = 'Cancelled', finished_at = now()
        WHERE account_id = $1 AND region = $2 AND id = $3 AND state = 'waiting' RETURNING 1`,
      [accountId, region, id],
    );
    return rows.length > 0;
  }
}
