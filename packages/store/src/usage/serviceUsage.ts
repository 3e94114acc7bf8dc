import type { ServiceUsage } from "@hearth/model";
import type { Database } from "../postgres/database.ts";

/** The total that one writer has counted in one hour, from the beginning of the hour until now. */
export interface ServiceUsageTotal extends Omit<ServiceUsage, "at" | "resource"> {
  /** The beginning of the hour, in milliseconds since the epoch. */
  readonly hour: number;
  /** Empty when the usage is not counted per resource. */
  readonly resource: string;
}

export interface ServiceUsageQuery {
  /** Every account when absent. */
  readonly accountId?: string;
  /** Signing name; all services when absent. */
  readonly service?: string;
  /** First day (UTC), inclusive: `2026-11-01`. */
  readonly from: string;
  /** Last day, inclusive. */
  readonly to: string;
}

/** The usage of one service by one account on one day (UTC), by region, unit and resource. */
export interface ServiceUsageSum {
  readonly accountId: string;
  /** `2026-11-21`. */
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly unit: string;
  readonly resource: string;
  readonly quantity: number;
}

/** The table of hourly usage counted by hosted services. */
export class ServiceUsageStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Replaces the totals that `writer` stored earlier for the same hours: writing the same totals twice changes nothing. */
  async write(writer: string, totals: readonly ServiceUsageTotal[]): Promise<void> {
    if (totals.length === 0) return;
    await this.#database.prepared(
      `INSERT INTO service_usage (account_id, region, service, unit, resource, hour, writer, quantity)
       SELECT t."accountId", t.region, t.service, t.unit, t.resource, to_timestamp(t.hour / 1000.0), $2, t.quantity
       FROM json_to_recordset($1) AS t ("accountId" text, region text, service text, unit text, resource text, hour double precision,
              quantity double precision)
       ON CONFLICT (account_id, hour, region, service, unit, resource, writer) DO UPDATE SET quantity = excluded.quantity`,
      [JSON.stringify(totals), writer],
    );
  }

  /** Sums over all writers, latest day first. */
  async sums({ accountId, service, from, to }: ServiceUsageQuery): Promise<readonly ServiceUsageSum[]> {
    return await this.#database.query<ServiceUsageSum>(
      `SELECT to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, account_id AS "accountId", region, service, unit, resource, sum(quantity) AS quantity
       FROM service_usage
       WHERE ($1::text IS NULL OR account_id = $1) AND hour >= $2::date AT TIME ZONE 'UTC' AND hour < ($3::date + 1) AT TIME ZONE 'UTC'
         AND ($4::text IS NULL OR service = $4)
       GROUP BY 1, 2, 3, 4, 5, 6
       ORDER BY 1 DESC, 2, 3, 4, 5, 6`,
      [accountId ?? null, from, to, service ?? null],
    );
  }
}
