import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { IotRuleKey, IotRuleRecord, IotRuleSettings } from "./iotRule.ts";

export interface IotRuleList {
  readonly ruleDisabled?: boolean | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

const COLUMNS = `account_id AS "accountId", region, rule_name AS "ruleName", settings, tags, (extract(epoch FROM created_at) * 1000)::float8 AS "createdMs"`;
const OF_KEY = "account_id = $1 AND region = $2 AND rule_name = $3";

/** The topic rules of AWS IoT. A trigger announces each change on the channel `hearth_iot`. */
export class IotRuleStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with `taken` when there is such a rule, and with `tooMany` when the account has `quota` rules. */
  async create(
    key: IotRuleKey,
    settings: IotRuleSettings,
    tags: IotRuleRecord["tags"],
    quota: number,
  ): Promise<"created" | "taken" | "tooMany"> {
    const { accountId, region, ruleName } = key;
    const rows = await this.#database.query(
      `INSERT INTO iot_topic_rules (account_id, region, rule_name, settings, tags)
       SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM iot_topic_rules WHERE account_id = $1 AND region = $2) < $6
       ON CONFLICT DO NOTHING RETURNING 1`,
      [accountId, region, ruleName, JSON.stringify(settings), JSON.stringify(tags), quota],
    );
    if (rows.length > 0) return "created";
    return (await this.find(key)) ? "taken" : "tooMany";
  }

  async find({ accountId, region, ruleName }: IotRuleKey): Promise<IotRuleRecord | undefined> {
    const [row] = await this.#database.query<IotRuleRecord>(`SELECT ${COLUMNS} FROM iot_topic_rules WHERE ${OF_KEY}`, [
      accountId,
      region,
      ruleName,
    ]);
    return row;
  }

  /** By name, with a limit of rules. */
  async list(
    { accountId, region }: AccountRegion,
    { ruleDisabled, after = "", limit }: IotRuleList,
  ): Promise<readonly IotRuleRecord[]> {
    return await this.#database.query<IotRuleRecord>(
      `SELECT ${COLUMNS} FROM iot_topic_rules
        WHERE account_id = $1 AND region = $2 AND rule_name COLLATE "C" > $3
          AND ($4::boolean IS NULL OR (settings ->> 'ruleDisabled')::boolean = $4)
        ORDER BY rule_name COLLATE "C" LIMIT $5`,
      [accountId, region, after, ruleDisabled ?? null, limit],
    );
  }

  /** Those that are not disabled. */
  async enabled({ accountId, region }: AccountRegion): Promise<readonly IotRuleRecord[]> {
    return await this.#database.query<IotRuleRecord>(
      `SELECT ${COLUMNS} FROM iot_topic_rules
        WHERE account_id = $1 AND region = $2 AND NOT (settings ->> 'ruleDisabled')::boolean ORDER BY rule_name COLLATE "C"`,
      [accountId, region],
    );
  }

  /** Changes settings by `change`, which gets the present ones. False when there is no such rule. */
  async change(
    { accountId, region, ruleName }: IotRuleKey,
    change: (present: Pick<IotRuleRecord, "settings" | "tags">) => Partial<Pick<IotRuleRecord, "settings" | "tags">>,
  ): Promise<boolean> {
    return await this.#database.transaction(async (tx) => {
      const [row] = await tx.query<IotRuleRecord>(`SELECT ${COLUMNS} FROM iot_topic_rules WHERE ${OF_KEY} FOR UPDATE`, [
        accountId,
        region,
        ruleName,
      ]);
      if (!row) return false;
      const { settings, tags } = { ...row, ...change(row) };
      await tx.query(`UPDATE iot_topic_rules SET settings = $4, tags = $5 WHERE ${OF_KEY}`, [
        accountId,
        region,
        ruleName,
        JSON.stringify(settings),
        JSON.stringify(tags),
      ]);
      return true;
    });
  }

  /** False when there is no such rule. */
  async delete({ accountId, region, ruleName }: IotRuleKey): Promise<boolean> {
    const rows = await this.#database.query(`DELETE FROM iot_topic_rules WHERE ${OF_KEY} RETURNING 1`, [
      accountId,
      region,
      ruleName,
    ]);
    return rows.length > 0;
  }
}
