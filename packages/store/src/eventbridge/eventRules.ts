import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";
import type { EventBusKey, EventList, EventTags } from "./eventBuses.ts";

export interface EventRuleKey extends EventBusKey {
  readonly rule: string;
}

export type EventRuleState = "ENABLED" | "DISABLED" | "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";

/** What callers set of a rule. */
export interface EventRuleSettings {
  readonly EventPattern?: string;
  readonly ScheduleExpression?: string;
  readonly State: EventRuleState;
  readonly Description?: string;
  readonly RoleArn?: string;
}

export interface EventRuleRecord extends EventRuleKey {
  readonly settings: EventRuleSettings;
  readonly tags: EventTags;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

const COLUMNS = `account_id AS "accountId", region, bus, "Name" AS rule, settings, tags, (extract(epoch FROM created_at) * 1000)::float8 AS "createdAt"`;
const OF_BUS = "account_id = $1 AND region = $2 AND bus = $3";
const OF_KEY = `${OF_BUS} AND "Name" = $4`;

const keyOf = ({ accountId, region, bus, rule }: EventRuleKey): readonly string[] => [accountId, region, bus, rule];

/** The table of rules. */
export class EventRuleStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Creates the rule, or replaces its settings; `tags` are for a new one. `within` runs in the same transaction. */
  async put(
    key: EventRuleKey,
    { settings, tags }: Pick<EventRuleRecord, "settings" | "tags">,
    within: (tx: Transaction, rule: EventRuleRecord) => Promise<void>,
  ): Promise<void> {
    await this.#database.transaction(async (tx) => {
      const [rule] = await tx.query<EventRuleRecord>(
        `INSERT INTO event_rules (account_id, region, bus, "Name", settings, tags) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (account_id, region, bus, "Name") DO UPDATE SET settings = excluded.settings RETURNING ${COLUMNS}`,
        [...keyOf(key), JSON.stringify(settings), JSON.stringify(tags)],
      );
      if (rule) await within(tx, rule);
    });
  }

  async find(key: EventRuleKey): Promise<EventRuleRecord | undefined> {
    const [found] = await this.#database.query<EventRuleRecord>(
      `SELECT ${COLUMNS} FROM event_rules WHERE ${OF_KEY}`,
      keyOf(key),
    );
    return found;
  }

  async count({ accountId, region, bus }: EventBusKey): Promise<number> {
    const [row] = await this.#database.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM event_rules WHERE ${OF_BUS}`,
      [accountId, region, bus],
    );
    return row?.count ?? 0;
  }

  async list({ accountId, region, bus }: EventBusKey, query: EventList): Promise<readonly EventRuleRecord[]> {
    const { prefix = "", after = "", limit } = query;
    return await this.#database.query<EventRuleRecord>(
      `SELECT ${COLUMNS} FROM event_rules
        WHERE ${OF_BUS} AND starts_with("Name", $4) AND "Name" COLLATE "C" > $5 ORDER BY "Name" COLLATE "C" LIMIT $6`,
      [accountId, region, bus, prefix, after, limit],
    );
  }

  /** Changes what `change` returns, which gets the present rule. Resolves with `undefined` when there is no such rule. */
  async change(
    key: EventRuleKey,
    change: (rule: EventRuleRecord) => Partial<Pick<EventRuleRecord, "settings" | "tags">>,
    within: (tx: Transaction, rule: EventRuleRecord) => Promise<void> = async () => undefined,
  ): Promise<EventRuleRecord | undefined> {
    return await this.#database.transaction(async (tx) => {
      const [rule] = await tx.query<EventRuleRecord>(
        `SELECT ${COLUMNS} FROM event_rules WHERE ${OF_KEY} FOR UPDATE`,
        keyOf(key),
      );
      if (!rule) return undefined;
      const { settings, tags } = { ...rule, ...change(rule) };
      const [changed] = await tx.query<EventRuleRecord>(
        `UPDATE event_rules SET settings = $5, tags = $6 WHERE ${OF_KEY} RETURNING ${COLUMNS}`,
        [...keyOf(key), JSON.stringify(settings), JSON.stringify(tags)],
      );
      if (changed) await within(tx, changed);
      return changed;
    });
  }

  /** Deletes the rule, unless it has targets: then it resolves with false. */
  async delete(key: EventRuleKey, within: (tx: Transaction) => Promise<void>): Promise<boolean> {
    return await this.#database.transaction(async (tx) => {
      await tx.query(`SELECT FROM event_rules WHERE ${OF_KEY} FOR UPDATE`, keyOf(key));
      const targets = await tx.query(
        `SELECT FROM event_rule_targets WHERE ${OF_BUS} AND rule = $4 LIMIT 1`,
        keyOf(key),
      );
      if (targets.length > 0) return false;
      await tx.query(`DELETE FROM event_rules WHERE ${OF_KEY}`, keyOf(key));
      await within(tx);
      return true;
    });
  }
}
