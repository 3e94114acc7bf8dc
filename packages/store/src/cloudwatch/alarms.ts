import type { AccountRegion } from "@hearth/model";
import type { Database, Transaction } from "../postgres/database.ts";
import { addAlarmHistory } from "./alarmHistory.ts";
import type { AlarmHistoryItem, AlarmKey, AlarmKind, AlarmRecord, AlarmSettings, AlarmState } from "./alarmRecord.ts";

export interface NewAlarm extends AlarmKey {
  readonly kind: AlarmKind;
  readonly settings: AlarmSettings;
  readonly children: readonly string[];
  readonly actionsEnabled: boolean;
  /** They count for an alarm that is new. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface AlarmQuery {
  readonly kinds: readonly AlarmKind[];
  readonly names?: readonly string[] | undefined;
  readonly prefix?: string | undefined;
  readonly state?: string | undefined;
  /** Only alarms that have an action that begins so. */
  readonly actionPrefix?: string | undefined;
  /** Only composite alarms whose rule names this alarm. */
  readonly parentsOf?: string | undefined;
  /** Only alarms of this one metric. */
  readonly metric?: { readonly Namespace: string; readonly MetricName: string } | undefined;
  readonly after: string;
  readonly limit: number;
}

/** A change of an alarm's state, and what is written with it. */
export interface AlarmChange {
  readonly state: AlarmState;
  readonly reason: string;
  readonly reasonData: string | undefined;
  readonly at: number;
  readonly history: readonly Pick<AlarmHistoryItem, "type" | "summary" | "data">[];
  /** Called in the transaction of the change. */
  readonly write: (tx: Transaction) => Promise<void>;
}

const ms = (column: string, name: string): string => `(extract(epoch FROM ${column}) * 1000)::float8 AS "${name}"`;

const COLUMNS = `id::text, account_id AS "accountId", region, "AlarmName", kind, settings, children, actions_enabled AS "actionsEnabled", tags,
  state_value AS state, state_reason AS "stateReason", state_reason_data AS "stateReasonData", ${ms("state_updated_at", "stateUpdatedAt")},
  ${ms("state_transitioned_at", "stateTransitionedAt")}, ${ms("configured_at", "configuredAt")}, revision::text`;
const OF_KEY = `account_id = $1 AND region = $2 AND "AlarmName" = $3`;
const LEASE = "now() + interval '60 seconds'";

/** The table of alarms. Names are in byte order in listings. */
export class AlarmStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Creates or changes an alarm, and notes it in its history. Resolves with `tooMany` when the account has `limit` alarms. */
  async put(
    alarm: NewAlarm,
    limit: number,
    historyOf: (before: AlarmRecord | undefined) => Pick<AlarmHistoryItem, "summary" | "data">,
  ) {
    const { accountId, region, AlarmName, kind, settings, children, actionsEnabled, tags } = alarm;
    return await this.#database.transaction(async (tx) => {
      const before = await findIn(tx, alarm, "FOR UPDATE");
      if (before && before.kind !== kind) return "otherKind";
      const [row] = await tx.query<{ configuredAt: number }>(
        `INSERT INTO cloudwatch_alarms AS a (account_id, region, "AlarmName", kind, settings, children, actions_enabled, tags, state_value, state_reason,
                                             state_updated_at, state_transitioned_at, configured_at, revision, due_at)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, 'INSUFFICIENT_DATA', 'Unchecked: Initial alarm creation', now(), now(), now(), 1, now()
          WHERE (SELECT count(*) FROM cloudwatch_alarms WHERE account_id = $1 AND region = $2 AND "AlarmName" <> $3) < $9
         ON CONFLICT (account_id, region, "AlarmName") DO UPDATE
            SET settings = excluded.settings, children = excluded.children, actions_enabled = excluded.actions_enabled, configured_at = now(),
                revision = a.revision + 1, due_at = now()
         RETURNING ${ms("configured_at", "configuredAt")}`,
        [
          accountId,
          region,
          AlarmName,
          kind,
          JSON.stringify(settings),
          children,
          actionsEnabled,
          JSON.stringify(tags),
          limit,
        ],
      );
      if (!row) return "tooMany";
      await addAlarmHistory(tx, alarm, [
        { ...historyOf(before), type: "ConfigurationUpdate", kind, at: row.configuredAt },
      ]);
      return "put";
    });
  }

  async find(key: AlarmKey): Promise<AlarmRecord | undefined> {
    return await findIn(this.#database, key);
  }

  async list({ accountId, region }: AccountRegion, query: AlarmQuery): Promise<readonly AlarmRecord[]> {
    const { kinds, names, prefix = "", state, actionPrefix, parentsOf, metric, after, limit } = query;
    return await this.#database.query<AlarmRecord>(
      `SELECT ${COLUMNS} FROM cloudwatch_alarms
        WHERE account_id = $1 AND region = $2 AND kind = ANY ($3) AND ($4::text[] IS NULL OR "AlarmName" = ANY ($4)) AND starts_with("AlarmName", $5)
          AND ($6::text IS NULL OR state_value = $6)
          AND ($7::text IS NULL OR EXISTS (
                SELECT FROM jsonb_array_elements_text(coalesce(settings -> 'OKActions', '[]') || coalesce(settings -> 'AlarmActions', '[]')
                                                      || coalesce(settings -> 'InsufficientDataActions', '[]')) action WHERE starts_with(action, $7)))
          AND ($8::text IS NULL OR children @> ARRAY[$8])
          AND ($9::text IS NULL OR (settings ->> 'Namespace' = $9 AND settings ->> 'MetricName' = $10))
          AND "AlarmName" > $11
        ORDER BY "AlarmName" LIMIT $12`,
      [
        ...[accountId, region, kinds, names ?? null, prefix, state ?? null, actionPrefix ?? null, parentsOf ?? null],
        ...[metric?.Namespace ?? null, metric?.MetricName ?? null, after, limit],
      ],
    );
  }

  /** Deletes all of them, or none and resolves with the names of those that do not exist. Composite alarms that name one are for the caller to refuse. */
  async delete(
    where: AccountRegion,
    names: readonly string[],
    historyOf: (alarm: AlarmRecord) => Pick<AlarmHistoryItem, "summary" | "data">,
    now: number,
  ): Promise<readonly string[]> {
    const { accountId, region } = where;
    return await this.#database.transaction(async (tx) => {
      const rows = await tx.query<AlarmRecord>(
        `SELECT ${COLUMNS} FROM cloudwatch_alarms WHERE account_id = $1 AND region = $2 AND "AlarmName" = ANY ($3) ORDER BY id FOR UPDATE`,
        [accountId, region, names],
      );
      const there = new Set(rows.map(({ AlarmName }) => AlarmName));
      const missing = names.filter((name) => !there.has(name));
      if (missing.length > 0) return missing;
      await tx.query("DELETE FROM cloudwatch_alarms WHERE id = ANY ($1)", [rows.map(({ id }) => id)]);
      for (const alarm of rows) {
        await addAlarmHistory(tx, alarm, [
          { ...historyOf(alarm), type: "ConfigurationUpdate", kind: alarm.kind, at: now },
        ]);
      }
      return [];
    });
  }

  /** Alarms that do not exist are left out. */
  async enableActions({ accountId, region }: AccountRegion, names: readonly string[], enabled: boolean): Promise<void> {
    await this.#database.query(
      `UPDATE cloudwatch_alarms SET actions_enabled = $4, configured_at = now(), revision = revision + 1
        WHERE account_id = $1 AND region = $2 AND "AlarmName" = ANY ($3) AND actions_enabled <> $4`,
      [accountId, region, names, enabled],
    );
  }

  /** Resolves with the tags after `change`; with `undefined` when there is no such alarm. */
  async changeTags(key: AlarmKey, change: (tags: AlarmRecord["tags"]) => AlarmRecord["tags"]) {
    return await this.#database.transaction(async (tx) => {
      const found = await findIn(tx, key, "FOR UPDATE");
      if (!found) return undefined;
      const tags = change(found.tags);
      await tx.query("UPDATE cloudwatch_alarms SET tags = $2 WHERE id = $1", [found.id, JSON.stringify(tags)]);
      return tags;
    });
  }

  /** Takes alarms that are due to be evaluated. Each is leased for a minute, so that no other process evaluates it meanwhile. */
  async claim(limit: number): Promise<readonly AlarmRecord[]> {
    return await this.#database.query<AlarmRecord>(
      `UPDATE cloudwatch_alarms SET due_at = ${LEASE}
        WHERE id = ANY(ARRAY(SELECT id FROM cloudwatch_alarms WHERE due_at <= now() ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED))
       RETURNING ${COLUMNS}`,
      [limit],
    );
  }

  /** In how many milliseconds the next alarm is due; `undefined` when there are no alarms. */
  async nextDueInMs(): Promise<number | undefined> {
    const [row] = await this.#database.query<{ ms: number | null }>(
      "SELECT (extract(epoch FROM min(due_at) - now()) * 1000)::float8 AS ms FROM cloudwatch_alarms",
    );
    return row?.ms ?? undefined;
  }

  /** An evaluation has changed nothing; the next is due at `dueAt`. */
  async postpone({ id, revision }: AlarmRecord, dueAt: number): Promise<void> {
    await this.#database.query(
      "UPDATE cloudwatch_alarms SET due_at = to_timestamp($3 / 1000.0) WHERE id = $1 AND revision = $2",
      [id, revision, dueAt],
    );
  }

  /**
   * Changes the state of an alarm as `alarm` shows it, writes its history, and makes composite alarms that name it due. False, and nothing is written, when
   * the alarm has changed meanwhile.
   */
  async changeState(alarm: AlarmRecord, change: AlarmChange, dueAt: number): Promise<boolean> {
    const { state, reason, reasonData, at, history, write } = change;
    return await this.#database.transaction(async (tx) => {
      const changed = await tx.query(
        `UPDATE cloudwatch_alarms
            SET state_value = $3, state_reason = $4, state_reason_data = $5, state_updated_at = to_timestamp($6 / 1000.0),
                state_transitioned_at = CASE WHEN state_value = $3 THEN state_transitioned_at ELSE to_timestamp($6 / 1000.0) END,
                revision = revision + 1, due_at = to_timestamp($7 / 1000.0)
          WHERE id = $1 AND revision = $2 RETURNING 1`,
        [alarm.id, alarm.revision, state, reason, reasonData ?? null, at, dueAt],
      );
      if (changed.length === 0) return false;
      await addAlarmHistory(
        tx,
        alarm,
        history.map((item) => ({ ...item, kind: alarm.kind, at })),
      );
      await write(tx);
      await tx.query(
        `UPDATE cloudwatch_alarms SET due_at = now()
          WHERE kind = 'CompositeAlarm' AND account_id = $1 AND region = $2 AND children @> ARRAY[$3] AND due_at > now()`,
        [alarm.accountId, alarm.region, alarm.AlarmName],
      );
      return true;
    });
  }
}

async function findIn(
  db: Pick<Transaction, "query">,
  { accountId, region, AlarmName }: AlarmKey,
  lock: "" | "FOR UPDATE" = "",
): Promise<AlarmRecord | undefined> {
  const [row] = await db.query<AlarmRecord>(`SELECT ${COLUMNS} FROM cloudwatch_alarms WHERE ${OF_KEY} ${lock}`, [
    accountId,
    region,
    AlarmName,
  ]);
  return row;
}
