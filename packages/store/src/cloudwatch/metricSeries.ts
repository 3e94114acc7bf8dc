import { createHash } from "node:crypto";
import type { AccountRegion, Dimensions, MetricKey } from "@hearth/model";
import type { Database } from "../postgres/database.ts";

export interface MetricSeries {
  readonly id: string;
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: Dimensions;
}

export interface MetricSeriesQuery {
  readonly Namespace?: string | undefined;
  readonly MetricName?: string | undefined;
  /** Names that series must have, with a value or with any. */
  readonly dimensions: readonly { readonly Name: string; readonly Value?: string | undefined }[];
  /** Only series with values since then, in seconds since the epoch. */
  readonly since: number;
  /** The id of the last series of the page before. */
  readonly after: number;
  readonly limit: number;
}

interface Known {
  readonly id: string;
  lastAt: number;
}

/** An account would have more series than it may. */
export class TooManyMetricSeries extends Error {
  override readonly name = "TooManyMetricSeries";
  readonly limit: number;
  constructor(limit: number) {
    super(`an account may have ${limit} metric series in a region`);
    this.limit = limit;
  }
}

const MAX_KNOWN = 50_000;
/** How late `last_at` may be: each change of it is a write. */
const LATE_S = 600;
/** A series without values for that long does not count towards the limit. */
const ACTIVE_S = 15 * 86_400;

const COLUMNS = `id::text, namespace AS "Namespace", metric_name AS "MetricName", dimensions AS "Dimensions"`;

/** The table of series. Ids are remembered in memory. */
export class MetricSeriesStore {
  readonly #database: Database;
  readonly #limit: number;
  readonly #known = new Map<string, Known>();

  /** `limit`: series that an account may have in a region. */
  constructor(database: Database, limit = Number.POSITIVE_INFINITY) {
    this.#database = database;
    this.#limit = limit;
  }

  /** The ids of series that get values of the given times; makes those that are new. Rejects with TooManyMetricSeries, without making one. */
  async ensure(values: readonly { readonly key: MetricKey; readonly at: number }[]): Promise<readonly string[]> {
    const hashes = values.map(({ key }) => fullHashOf(key));
    // Read first: a write may clear the memory.
    const known = hashes.map((hash) => this.#known.get(hash));
    const fresh = new Map<string, { readonly key: MetricKey; at: number }>();
    for (const [index, { key, at }] of values.entries()) {
      const hash = hashes[index] as string;
      const { lastAt = Number.NEGATIVE_INFINITY } = known[index] ?? {};
      if (at < lastAt + LATE_S) continue;
      const other = fresh.get(hash);
      if (other) other.at = Math.max(other.at, at);
      else fresh.set(hash, { key, at });
    }
    const ids = fresh.size > 0 ? await this.#write(fresh) : undefined;
    return hashes.map((hash, index) => ids?.get(hash) ?? (known[index] as Known).id);
  }

  async #write(
    fresh: ReadonlyMap<string, { readonly key: MetricKey; readonly at: number }>,
  ): Promise<ReadonlyMap<string, string>> {
    const rows = [...fresh.values()].map(({ key, at }) => ({ ...key, hash: hashOf(key), at }));
    await this.#checkLimit(rows.filter((row) => !this.#known.has(fullHashOf(row))));
    const written = await this.#database.query<AccountRegion & { id: string; hash: string; lastAt: number }>(
      `INSERT INTO cloudwatch_series AS s (account_id, region, namespace, metric_name, dimensions, hash, last_at)
       SELECT g."accountId", g.region, g."Namespace", g."MetricName", g."Dimensions", g.hash, g.at
         FROM json_to_recordset($1) AS g ("accountId" text, region text, "Namespace" text, "MetricName" text, "Dimensions" jsonb, hash text, at bigint)
        ORDER BY 1, 2, 6
       ON CONFLICT (account_id, region, hash) DO UPDATE SET last_at = greatest(s.last_at, excluded.last_at)
       RETURNING id::text, account_id AS "accountId", region, hash, last_at::float8 AS "lastAt"`,
      [JSON.stringify(rows)],
    );
    if (this.#known.size + written.length > MAX_KNOWN) this.#known.clear();
    const ids = new Map<string, string>();
    for (const { id, accountId, region, hash, lastAt } of written) {
      const full = `${accountId} ${region} ${hash}`;
      ids.set(full, id);
      this.#known.set(full, { id, lastAt });
    }
    return ids;
  }

  async #checkLimit(rows: readonly MetricKey[]): Promise<void> {
    if (rows.length === 0 || this.#limit === Number.POSITIVE_INFINITY) return;
    const by = Map.groupBy(rows, ({ accountId, region }) => `${accountId} ${region}`);
    for (const added of by.values()) {
      const { accountId, region } = added[0] as MetricKey;
      const [row] = await this.#database.query<{ others: number }>(
        `SELECT count(*)::float8 AS others FROM cloudwatch_series
          WHERE account_id = $1 AND region = $2 AND last_at > extract(epoch FROM now()) - ${ACTIVE_S} AND hash <> ALL ($3)`,
        [accountId, region, added.map(hashOf)],
      );
      if ((row?.others ?? 0) + added.length > this.#limit) throw new TooManyMetricSeries(this.#limit);
    }
  }

  async find(key: MetricKey): Promise<string | undefined> {
    const known = this.#known.get(fullHashOf(key));
    if (known) return known.id;
    const [row] = await this.#database.prepared<{ id: string }>(
      "SELECT id::text FROM cloudwatch_series WHERE account_id = $1 AND region = $2 AND hash = $3",
      [key.accountId, key.region, hashOf(key)],
    );
    return row?.id;
  }

  async list({ accountId, region }: AccountRegion, query: MetricSeriesQuery): Promise<readonly MetricSeries[]> {
    const { Namespace, MetricName, dimensions, since, after, limit } = query;
    const withValue = dimensions.filter(({ Value }) => Value !== undefined);
    return await this.#database.query<MetricSeries>(
      `SELECT ${COLUMNS} FROM cloudwatch_series
        WHERE account_id = $1 AND region = $2 AND ($3::text IS NULL OR namespace = $3) AND ($4::text IS NULL OR metric_name = $4)
          AND dimensions @> $5 AND dimensions ?& $6 AND last_at >= $7 AND id > $8
        ORDER BY cloudwatch_series.id LIMIT $9`,
      [
        ...[accountId, region, Namespace, MetricName],
        JSON.stringify(Object.fromEntries(withValue.map(({ Name, Value }) => [Name, Value]))),
        dimensions.map(({ Name }) => Name),
        ...[since, after, limit],
      ],
    );
  }
}

function hashOf({ Namespace, MetricName, Dimensions }: MetricKey): string {
  const sorted = Object.entries(Dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([Namespace, MetricName, sorted]))
    .digest("base64url");
}

function fullHashOf(key: MetricKey): string {
  return `${key.accountId} ${key.region} ${hashOf(key)}`;
}
