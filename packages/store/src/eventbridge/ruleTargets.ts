import type { Database } from "../postgres/database.ts";
import type { EventBusKey, EventList } from "./eventBuses.ts";
import type { EventRuleKey, EventRuleRecord } from "./eventRules.ts";

/** A target of a rule, as PutTargets got it. */
export interface RuleTarget {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn?: string;
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: {
    readonly InputPathsMap?: Readonly<Record<string, string>>;
    readonly InputTemplate: string;
  };
  readonly KinesisParameters?: { readonly PartitionKeyPath: string };
  readonly SqsParameters?: { readonly MessageGroupId?: string };
  readonly HttpParameters?: {
    readonly PathParameterValues?: readonly string[];
    readonly HeaderParameters?: Readonly<Record<string, string>>;
    readonly QueryStringParameters?: Readonly<Record<string, string>>;
  };
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly RetryPolicy?: { readonly MaximumRetryAttempts?: number; readonly MaximumEventAgeInSeconds?: number };
}

/** A rule with all of its targets. */
export interface RuleWithTargets extends Pick<EventRuleRecord, "rule" | "settings" | "createdAt"> {
  readonly targets: readonly RuleTarget[];
}

const OF_BUS = "account_id = $1 AND region = $2 AND bus = $3";
const OF_RULE = `${OF_BUS} AND rule = $4`;

const keyOf = ({ accountId, region, bus, rule }: EventRuleKey): readonly string[] => [accountId, region, bus, rule];

/** The table of rules' targets. */
export class RuleTargetStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Adds targets, or replaces those with the same ids. Resolves with `no rule`, or with `too many` when the rule would have more than `limit` targets;
   * nothing is written then.
   */
  async put(
    key: EventRuleKey,
    targets: readonly RuleTarget[],
    limit: number,
  ): Promise<"no rule" | "too many" | undefined> {
    return await this.#database.transaction(async (tx) => {
      const rules = await tx.query(
        `SELECT FROM event_rules WHERE account_id = $1 AND region = $2 AND bus = $3 AND "Name" = $4 FOR UPDATE`,
        keyOf(key),
      );
      if (rules.length === 0) return "no rule";
      const present = await tx.query<{ Id: string }>(
        `SELECT "Id" FROM event_rule_targets WHERE ${OF_RULE}`,
        keyOf(key),
      );
      if (new Set([...present, ...targets].map(({ Id }) => Id)).size > limit) return "too many";
      for (const target of targets) {
        await tx.query(
          `INSERT INTO event_rule_targets (account_id, region, bus, rule, "Id", "Arn", target) VALUES ($1, $2, $3, $4, $5, $6, $7)
           ON CONFLICT (account_id, region, bus, rule, "Id") DO UPDATE SET "Arn" = excluded."Arn", target = excluded.target`,
          [...keyOf(key), target.Id, target.Arn, JSON.stringify(target)],
        );
      }
      return undefined;
    });
  }

  /** Resolves with the ids that were there. */
  async remove(key: EventRuleKey, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.#database.query<{ Id: string }>(
      `DELETE FROM event_rule_targets WHERE ${OF_RULE} AND "Id" = ANY ($5::text[]) RETURNING "Id"`,
      [...keyOf(key), ids],
    );
    return new Set(rows.map(({ Id }) => Id));
  }

  async list(key: EventRuleKey, { after = "", limit }: Omit<EventList, "prefix">): Promise<readonly RuleTarget[]> {
    const rows = await this.#database.query<{ target: RuleTarget }>(
      `SELECT target FROM event_rule_targets WHERE ${OF_RULE} AND "Id" COLLATE "C" > $5 ORDER BY "Id" COLLATE "C" LIMIT $6`,
      [...keyOf(key), after, limit],
    );
    return rows.map(({ target }) => target);
  }

  async ruleNamesOf(
    { accountId, region, bus }: EventBusKey,
    Arn: string,
    { after = "", limit }: Omit<EventList, "prefix">,
  ): Promise<readonly string[]> {
    const rows = await this.#database.query<{ rule: string }>(
      `SELECT DISTINCT rule COLLATE "C" AS rule FROM event_rule_targets WHERE ${OF_BUS} AND "Arn" = $4 AND rule COLLATE "C" > $5 ORDER BY 1 LIMIT $6`,
      [accountId, region, bus, Arn, after, limit],
    );
    return rows.map(({ rule }) => rule);
  }

  /** The rules of a bus that are enabled and have targets, in the order of their names. */
  async enabledRules({ accountId, region, bus }: EventBusKey): Promise<readonly RuleWithTargets[]> {
    return await this.#database.prepared<RuleWithTargets>(
      `SELECT r."Name" AS rule, r.settings, (extract(epoch FROM r.created_at) * 1000)::float8 AS "createdAt", t.targets
         FROM event_rules r JOIN (SELECT rule, json_agg(target ORDER BY "Id" COLLATE "C") AS targets FROM event_rule_targets WHERE ${OF_BUS} GROUP BY rule) t
           ON t.rule = r."Name"
        WHERE r.account_id = $1 AND r.region = $2 AND r.bus = $3 AND r.settings ->> 'State' <> 'DISABLED' ORDER BY r."Name" COLLATE "C"`,
      [accountId, region, bus],
    );
  }

  /** One rule with its targets, whatever its state. */
  async withTargets(key: EventRuleKey): Promise<RuleWithTargets | undefined> {
    const [found] = await this.#database.query<RuleWithTargets>(
      `SELECT "Name" AS rule, settings, (extract(epoch FROM created_at) * 1000)::float8 AS "createdAt", coalesce((SELECT json_agg(target ORDER BY "Id" COLLATE "C") FROM event_rule_targets WHERE ${OF_RULE}), '[]') AS targets
         FROM event_rules WHERE ${OF_BUS} AND "Name" = $4`,
      keyOf(key),
    );
    return found;
  }
}
