import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import type { Transaction } from "../postgres/queryable.ts";

export interface LogSubscriptionFilter {
  readonly filterName: string;
  readonly filterPattern: string;
  readonly destinationArn: string;
  readonly roleArn: string | null;
  readonly distribution: "Random" | "ByLogStream";
  /** Milliseconds since the epoch. */
  readonly creationTime: number;
}

/** AWS's shape, as it was put. */
export interface LogMetricTransformation {
  readonly metricName: string;
  readonly metricNamespace: string;
  readonly metricValue: string;
  readonly defaultValue?: number | undefined;
  readonly dimensions?: Readonly<Record<string, string>> | undefined;
  readonly unit?: string | undefined;
}

export interface LogMetricFilter {
  readonly filterName: string;
  readonly filterPattern: string;
  readonly metricTransformations: readonly LogMetricTransformation[];
  readonly creationTime: number;
}

/** A metric filter with the group that it belongs to. */
export interface ListedMetricFilter extends LogMetricFilter {
  readonly logGroupName: string;
}

export interface MetricFilterQuery {
  readonly logGroupName?: string | undefined;
  readonly prefix?: string | undefined;
  readonly metricName?: string | undefined;
  readonly metricNamespace?: string | undefined;
  readonly after: readonly [logGroupName: string, filterName: string];
  readonly limit: number;
}

/** What a group's filters need to know of it. */
export interface FilteredGroup extends AccountRegion {
  readonly groupId: bigint;
  readonly logGroupName: string;
  readonly subscriptions: readonly LogSubscriptionFilter[];
  readonly metrics: readonly LogMetricFilter[];
}

const SUBSCRIPTION = `"filterName", "filterPattern", "destinationArn", "roleArn", distribution, "creationTime"::float8 AS "creationTime"`;
const METRIC = `f."filterName", f."filterPattern", f."metricTransformations", f."creationTime"::float8 AS "creationTime"`;

/** Subscription filters and metric filters of log groups. */
export class LogFilterStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Creates or replaces a filter; one that is replaced keeps its time of creation. `full`: the group has `limit` others. */
  async putSubscription(
    groupId: bigint,
    filter: LogSubscriptionFilter,
    limit: number,
  ): Promise<"put" | "full" | "missing"> {
    return await this.#put(groupId, "log_subscription_filters", filter.filterName, limit, async (tx) => {
      await tx.query(
        `INSERT INTO log_subscription_filters (group_id, "filterName", "filterPattern", "destinationArn", "roleArn", distribution, "creationTime")
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (group_id, "filterName") DO UPDATE SET "filterPattern" = excluded."filterPattern",
           "destinationArn" = excluded."destinationArn", "roleArn" = excluded."roleArn", distribution = excluded.distribution`,
        [
          groupId,
          filter.filterName,
          filter.filterPattern,
          filter.destinationArn,
          filter.roleArn,
          filter.distribution,
          filter.creationTime,
        ],
      );
    });
  }

  async putMetric(groupId: bigint, filter: LogMetricFilter, limit: number): Promise<"put" | "full" | "missing"> {
    return await this.#put(groupId, "log_metric_filters", filter.filterName, limit, async (tx) => {
      await tx.query(
        `INSERT INTO log_metric_filters (group_id, "filterName", "filterPattern", "metricTransformations", "creationTime")
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (group_id, "filterName") DO UPDATE SET "filterPattern" = excluded."filterPattern",
           "metricTransformations" = excluded."metricTransformations"`,
        [
          groupId,
          filter.filterName,
          filter.filterPattern,
          JSON.stringify(filter.metricTransformations),
          filter.creationTime,
        ],
      );
    });
  }

  async #put(
    groupId: bigint,
    table: "log_subscription_filters" | "log_metric_filters",
    filterName: string,
    limit: number,
    write: (tx: Transaction) => Promise<void>,
  ): Promise<"put" | "full" | "missing"> {
    return await this.#database.transaction(async (tx) => {
      const groups = await tx.query("UPDATE log_groups SET has_filters = true WHERE id = $1 RETURNING 1", [groupId]);
      if (groups.length === 0) return "missing";
      const [row] = await tx.query<{ count: number }>(
        `SELECT count(*)::integer AS count FROM ${table} WHERE group_id = $1 AND "filterName" <> $2`,
        [groupId, filterName],
      );
      if (row && row.count >= limit) return "full";
      await write(tx);
      return "put";
    });
  }

  /** Resolves with false when there is no such filter. */
  async delete(groupId: bigint, kind: "subscription" | "metric", filterName: string): Promise<boolean> {
    return await this.#database.transaction(async (tx) => {
      await tx.query("SELECT FROM log_groups WHERE id = $1 FOR UPDATE", [groupId]);
      const rows = await tx.query(
        `DELETE FROM log_${kind}_filters WHERE group_id = $1 AND "filterName" = $2 RETURNING 1`,
        [groupId, filterName],
      );
      await tx.query(
        `UPDATE log_groups g SET has_filters = false WHERE id = $1
            AND NOT EXISTS (SELECT FROM log_subscription_filters WHERE group_id = $1)
            AND NOT EXISTS (SELECT FROM log_metric_filters WHERE group_id = $1)`,
        [groupId],
      );
      return rows.length > 0;
    });
  }

  /** Ordered by name. */
  async subscriptions(
    groupId: bigint,
    {
      prefix = "",
      after,
      limit,
    }: { readonly prefix?: string | undefined; readonly after: string; readonly limit: number },
  ): Promise<readonly LogSubscriptionFilter[]> {
    return await this.#database.query<LogSubscriptionFilter>(
      `SELECT ${SUBSCRIPTION} FROM log_subscription_filters
        WHERE group_id = $1 AND starts_with("filterName", $2) AND "filterName" > $3 ORDER BY "filterName" LIMIT $4`,
      [groupId, prefix, after, limit],
    );
  }

  /** Ordered by group and name. */
  async metricFilters(where: AccountRegion, query: MetricFilterQuery): Promise<readonly ListedMetricFilter[]> {
    return await this.#database.query<ListedMetricFilter>(
      `SELECT g."logGroupName", ${METRIC} FROM log_metric_filters f JOIN log_groups g ON g.id = f.group_id
        WHERE g.account_id = $1 AND g.region = $2 AND ($3::text IS NULL OR g."logGroupName" = $3) AND starts_with("filterName", $4)
          AND ($5::text IS NULL OR "metricTransformations"->0->>'metricName' = $5)
          AND ($6::text IS NULL OR "metricTransformations"->0->>'metricNamespace' = $6)
          AND (g."logGroupName", "filterName") > ($7, $8)
        ORDER BY g."logGroupName", "filterName" LIMIT $9`,
      [
        where.accountId,
        where.region,
        query.logGroupName,
        query.prefix ?? "",
        query.metricName,
        query.metricNamespace,
        ...query.after,
        query.limit,
      ],
    );
  }

  /** The number of metric filters per group; groups without any are absent. */
  async metricFilterCounts(groupIds: readonly bigint[]): Promise<ReadonlyMap<bigint, number>> {
    const rows = await this.#database.query<{ id: bigint; count: number }>(
      "SELECT group_id AS id, count(*)::integer AS count FROM log_metric_filters WHERE group_id = ANY($1::bigint[]) GROUP BY group_id",
      [groupIds],
    );
    return new Map(rows.map(({ id, count }) => [id, count]));
  }

  /** The patterns of all filters of the group but one. */
  async patterns(groupId: bigint, except: string): Promise<readonly string[]> {
    const rows = await this.#database.query<{ pattern: string }>(
      `SELECT "filterPattern" AS pattern FROM log_subscription_filters WHERE group_id = $1 AND "filterName" <> $2
       UNION ALL SELECT "filterPattern" FROM log_metric_filters WHERE group_id = $1 AND "filterName" <> $2`,
      [groupId, except],
    );
    return rows.map(({ pattern }) => pattern);
  }

  /** Groups with all of their filters. */
  async ofGroups(groupIds: readonly bigint[]): Promise<ReadonlyMap<bigint, FilteredGroup>> {
    const groups = await this.#database.prepared<Omit<FilteredGroup, "subscriptions" | "metrics">>(
      `SELECT id AS "groupId", account_id AS "accountId", region, "logGroupName" FROM log_groups WHERE id = ANY($1::bigint[])`,
      [groupIds],
    );
    const subscriptions = await this.#database.prepared<LogSubscriptionFilter & { group_id: bigint }>(
      `SELECT group_id, ${SUBSCRIPTION} FROM log_subscription_filters WHERE group_id = ANY($1::bigint[]) ORDER BY "filterName"`,
      [groupIds],
    );
    const metrics = await this.#database.prepared<LogMetricFilter & { group_id: bigint }>(
      `SELECT group_id, ${METRIC} FROM log_metric_filters f WHERE group_id = ANY($1::bigint[]) ORDER BY "filterName"`,
      [groupIds],
    );
    return new Map(
      groups.map((group) => [
        group.groupId,
        {
          ...group,
          subscriptions: subscriptions.filter(({ group_id }) => group_id === group.groupId),
          metrics: metrics.filter(({ group_id }) => group_id === group.groupId),
        },
      ]),
    );
  }
}
