import type { Database } from "../postgres/database.ts";
import { AUDIT_PARTITION_LOCK, partitionOf } from "./auditPartitions.ts";
import type { AuditEvent } from "./auditEvent.ts";

/** Selects events. An event must match every member that is set. */
export interface AuditFilter {
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
  readonly userName?: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  /** An ARN, or the name at an ARN's end. */
  readonly resource?: string | undefined;
  readonly eventId?: string | undefined;
  readonly isReadOnly?: boolean | undefined;
}

export interface AuditQuery extends AuditFilter {
  /** Start of the period, in milliseconds since the epoch, inclusive. */
  readonly from?: number | undefined;
  /** End of the period, inclusive. */
  readonly to?: number | undefined;
  /** Only events that come after this one in the listing. */
  readonly after?: AuditPosition | undefined;
  readonly limit: number;
}

/** A position in a listing, which has the latest events first. */
export type AuditPosition = readonly [time: number, eventId: string, accountId: string];

export interface AuditPage {
  readonly events: readonly AuditEvent[];
  /** The position of the next page; absent on the last page. A page may have fewer events than requested, or none, and still not be the last. */
  readonly next?: AuditPosition;
}

/** What a position in the news looks like. */
export const AUDIT_NEWS_POSITION = "\\d{1,19}(\\.[0-9a-f-]{36}\\.\\d{12})?";

/** Events committed since a position. */
export interface AuditNews {
  readonly events: readonly AuditEvent[];
  /** Opaque: the position to continue from. */
  readonly position: string;
}

const DAY_MS = 86_400_000;
/** The most rows one query reads, so that a filter without matches does not read a whole trail at once. */
const SCANNED_ROWS = 20_000;
const NEWS_ROWS = 1_000;
const NEWS_TIMEOUT_MS = 5_000;

/** The table of audit events. Rows are never changed; retention drops whole days. */
export class AuditEventStore {
  readonly #database: Database;
  readonly #partitions = new Set<string>();

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Inserts the events that are not stored yet, all or none. Every event of the trail is inserted here exactly once: if events are later also sent
   * to the default event bus, this statement must write them to its outbox.
   */
  async insert(events: readonly AuditEvent[]): Promise<void> {
    for (const day of new Set(events.map(({ time }) => dayOf(time)))) await this.#ensurePartition(day);
    await this.#database.prepared(
      `INSERT INTO audit_events
         (event_time, event_id, account_id, region, request_id, caller_kind, caller_account_id, caller_arn, caller_id, user_name, access_key_id,
          source_ip, user_agent, service, operation, is_read_only, is_data_event, resources, input, status, error_code, error_message)
       SELECT to_timestamp(e.time / 1000.0), e."eventId", e."accountId", e.region, e."requestId", e.caller->>'kind', e.caller->>'accountId', e.caller->>'arn',
              e.caller->>'id', e.caller->>'userName', e.caller->>'accessKeyId', e."sourceIp", e."userAgent", e.service, e.operation, e."isReadOnly",
              e."isDataEvent", ARRAY(SELECT json_array_elements_text(e.resources)), e.input::json, e.status, e."errorCode", e."errorMessage"
       FROM json_to_recordset($1) AS e (time double precision, "eventId" uuid, "accountId" text, region text, "requestId" text, caller json, "sourceIp" text,
              "userAgent" text, service text, operation text, "isReadOnly" boolean, "isDataEvent" boolean, resources json, input text, status integer,
              "errorCode" text, "errorMessage" text)
       ON CONFLICT DO NOTHING`,
      [JSON.stringify(events)],
    );
  }

  /** Latest first. */
  async find(query: AuditQuery): Promise<AuditPage> {
    const { from = 0, to = 253_402_300_799_999, after, limit } = query;
    const [time = to, eventId = LAST_UUID, account = LAST_ACCOUNT] = after ?? [];
    const range = [from, Math.min(time, to), time, eventId, account, query.accountId ?? null];
    const within = `event_time >= to_timestamp($1 / 1000.0) AND event_time <= to_timestamp($2 / 1000.0)
        AND (event_time, event_id, account_id) < (to_timestamp($3 / 1000.0), $4::uuid, $5::text)
        AND ($6::text IS NULL OR account_id = $6)
      ORDER BY event_time DESC, event_id DESC, account_id DESC`;
    const found = await this.#database.query<AuditRow>(
      `SELECT ${COLUMNS} FROM (SELECT * FROM audit_events WHERE ${within} LIMIT ${SCANNED_ROWS}) AS scanned
        WHERE ${matches(7)} ORDER BY event_time DESC, event_id DESC, account_id DESC LIMIT $15`,
      [...range, ...filterValues(query), limit + 1],
    );
    const events = found.slice(0, limit).map(toEvent);
    const last = events.at(-1);
    if (found.length > limit && last) return { events, next: positionOf(last) };
    const [end] = await this.#database.query<EndRow>(
      `SELECT event_time, event_id, account_id FROM audit_events WHERE ${within} LIMIT 1 OFFSET ${SCANNED_ROWS - 1}`,
      range,
    );
    return end ? { events, next: [end.event_time.getTime(), end.event_id, end.account_id] } : { events };
  }

  /**
   * The matching events that were committed after `position`, ordered by time. Without a position: no events, and the current end of the trail.
   */
  async newsSince(position: string | undefined, filter: AuditFilter): Promise<AuditNews> {
    return await this.#database.transaction(
      async (tx) => {
        // All transactions below xmin have ended, so no further rows of theirs can appear.
        const [now] = await tx.query<{ xmin: string }>("SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin");
        const end = now?.xmin ?? "0";
        if (position === undefined) return { events: [], position: end };
        await tx.query(`SET LOCAL statement_timeout = ${NEWS_TIMEOUT_MS}`);
        const [from = "0", eventId, accountId] = position.split(".");
        // A position beyond the end comes from the database that this one was restored from: begins again, rather than leave events out.
        const after = BigInt(from) > BigInt(end) ? ["0", null, null] : [from, eventId ?? null, accountId ?? null];
        const rows = await tx.query<AuditRow & { readonly written: string }>(
          `SELECT ${COLUMNS}, written::text AS written FROM audit_events
            WHERE written >= $1::text::xid8 AND written < $2::text::xid8 AND event_time > now() - interval '2 days'
              AND (written > $1::text::xid8 OR $13::text IS NULL OR (event_id, account_id) > ($13::text::uuid, $14::text))
              AND ${matches(3)} AND ($11::text IS NULL OR account_id = $11)
            ORDER BY written, event_id, account_id LIMIT $12`,
          [after[0], end, ...filterValues(filter), filter.accountId ?? null, NEWS_ROWS, after[1], after[2]],
        );
        const last = rows.length === NEWS_ROWS ? rows.at(-1) : undefined;
        const events = rows.map(toEvent).sort((a, b) => a.time - b.time);
        return { events, position: last ? `${last.written}.${last.event_id}.${last.account_id}` : end };
      },
      { isolation: "repeatable read", readOnly: true },
    );
  }

  /** Changes when `newsSince` may have more to show. */
  async newsMark(): Promise<string> {
    const [row] = await this.#database.prepared<{ mark: string }>(
      `SELECT coalesce(max(written), '0')::text AS mark FROM audit_events WHERE written < pg_snapshot_xmin(pg_current_snapshot())`,
    );
    return row?.mark ?? "0";
  }

  async #ensurePartition(day: string): Promise<void> {
    if (this.#partitions.has(day)) return;
    const next = dayOf(Date.parse(day) + DAY_MS);
    await this.#database.transaction(async (tx) => {
      await tx.query("SELECT pg_advisory_xact_lock($1)", [AUDIT_PARTITION_LOCK]);
      await tx.query(
        `CREATE TABLE IF NOT EXISTS ${partitionOf(day)} PARTITION OF audit_events
         FOR VALUES FROM ('${day} 00:00:00+00') TO ('${next} 00:00:00+00')`,
      );
    });
    this.#partitions.clear();
    this.#partitions.add(day);
  }
}

const LAST_UUID = "ffffffff-ffff-ffff-ffff-ffffffffffff";
/** Sorts after every account id. */
const LAST_ACCOUNT = "~";

const COLUMNS = `event_time, event_id, account_id, region, request_id, caller_kind, caller_account_id, caller_arn, caller_id, user_name, access_key_id,
  source_ip, user_agent, service, operation, is_read_only, is_data_event, resources, input::text AS input, status, error_code, error_message`;

/** The SQL condition of a filter; its values are the parameters from `first` on. */
function matches(first: number): string {
  const [region, userName, accessKeyId, service, operation, eventId, isReadOnly, resource] = Array.from(
    { length: 8 },
    (_, index) => `$${first + index}`,
  );
  return `(${region}::text IS NULL OR region = ${region}) AND (${userName}::text IS NULL OR user_name = ${userName})
    AND (${accessKeyId}::text IS NULL OR access_key_id = ${accessKeyId}) AND (${service}::text IS NULL OR service = ${service})
    AND (${operation}::text IS NULL OR operation = ${operation}) AND (${eventId}::text IS NULL OR event_id::text = ${eventId})
    AND (${isReadOnly}::boolean IS NULL OR is_read_only = ${isReadOnly})
    AND (${resource}::text IS NULL OR EXISTS (SELECT FROM unnest(resources) AS arn
          WHERE arn = ${resource} OR right(arn, length(${resource}) + 1) IN (':' || ${resource}, '/' || ${resource})
             OR strpos(arn, ':' || ${resource} || ':') > 0))`;
}

function filterValues(filter: AuditFilter): unknown[] {
  const { region, userName, accessKeyId, service, operation, eventId, isReadOnly, resource } = filter;
  return [region, userName, accessKeyId, service, operation, eventId, isReadOnly, resource].map((it) => it ?? null);
}

interface EndRow {
  readonly event_time: Date;
  readonly event_id: string;
  readonly account_id: string;
}

interface AuditRow extends EndRow {
  readonly region: string;
  readonly request_id: string;
  readonly caller_kind: AuditEvent["caller"]["kind"];
  readonly caller_account_id: string;
  readonly caller_arn: string;
  readonly caller_id: string;
  readonly user_name: string;
  readonly access_key_id: string | null;
  readonly source_ip: string | null;
  readonly user_agent: string | null;
  readonly service: string;
  readonly operation: string;
  readonly is_read_only: boolean;
  readonly is_data_event: boolean;
  readonly resources: readonly string[];
  readonly input: string;
  readonly status: number;
  readonly error_code: string | null;
  readonly error_message: string | null;
}

function toEvent(row: AuditRow): AuditEvent {
  return {
    eventId: row.event_id,
    time: row.event_time.getTime(),
    accountId: row.account_id,
    region: row.region,
    requestId: row.request_id,
    caller: {
      kind: row.caller_kind,
      accountId: row.caller_account_id,
      arn: row.caller_arn,
      id: row.caller_id,
      userName: row.user_name,
      accessKeyId: row.access_key_id,
    },
    sourceIp: row.source_ip,
    userAgent: row.user_agent,
    service: row.service,
    operation: row.operation,
    isReadOnly: row.is_read_only,
    isDataEvent: row.is_data_event,
    resources: row.resources,
    input: row.input,
    status: row.status,
    errorCode: row.error_code,
    errorMessage: row.error_message,
  };
}

function positionOf({ time, eventId, accountId }: AuditEvent): AuditPosition {
  return [time, eventId, accountId];
}

function dayOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}
