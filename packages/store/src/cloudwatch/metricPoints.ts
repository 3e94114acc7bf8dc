import { type Buckets, type BucketsText, sumBuckets } from "@hearth/kit";
import { METRIC_UNITS, type MetricUnit } from "@hearth/model";
import type { Database, Transaction } from "../postgres/database.ts";
import { merged, type MetricPoint, type MetricSummary } from "./metricPoint.ts";
import {
  METRIC_PARTITION_LOCK,
  METRIC_RESOLUTIONS,
  metricPartitionOf,
  type MetricResolution,
} from "./metricResolutions.ts";
import type { MetricSeriesStore } from "./metricSeries.ts";

/** Which points of a series are read, all times in seconds since the epoch. */
export interface MetricPointsQuery {
  readonly seriesId: string;
  /** Periods begin here, and end before `until`. */
  readonly from: number;
  readonly until: number;
  readonly period: number;
  readonly unit?: MetricUnit | undefined;
  /** Percentiles are wanted. */
  readonly withBuckets?: boolean;
  /** Points of different units are kept apart. */
  readonly byUnit?: boolean;
  readonly now: number;
  readonly limit: number;
}

/** The values of one period. */
export interface MetricPeriod extends Omit<MetricSummary, "buckets"> {
  readonly buckets: Buckets | BucketsText | undefined;
  /** The beginning of the period, in seconds since the epoch. */
  readonly at: number;
  readonly unit: MetricUnit;
}

interface Row {
  readonly series: string;
  readonly at: number;
  readonly unit: number;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly buckets: Buckets | null;
}

export interface MetricWriteOptions {
  /** A write with an id that was written before does nothing. */
  readonly id?: string;
}

/** The tables of points. Each write adds to every resolution, so that all of them are always complete. */
export class MetricPointStore {
  readonly #database: Database;
  readonly #series: Pick<MetricSeriesStore, "ensure">;
  readonly #partitions = new Set<string>();

  constructor(database: Database, series: Pick<MetricSeriesStore, "ensure">) {
    this.#database = database;
    this.#series = series;
  }

  /** Adds values, all or none. Values older than what is kept are left out. Rejects with TooManyMetricSeries. */
  async add(points: readonly MetricPoint[], { id }: MetricWriteOptions = {}): Promise<void> {
    if (points.length === 0) return;
    const write = await this.prepare(points);
    await this.#database.transaction(async (tx) => {
      if (id !== undefined) {
        const rows = await tx.query(
          "INSERT INTO cloudwatch_writes (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING 1",
          [id],
        );
        if (rows.length === 0) return;
      }
      await write(tx);
    });
  }

  /** Makes what the points need, and resolves with the function that adds them in a transaction. */
  async prepare(points: readonly MetricPoint[]): Promise<(tx: Transaction) => Promise<void>> {
    const ids = await this.#series.ensure(points);
    const writes: (readonly [string, readonly Row[]])[] = [];
    for (const resolution of METRIC_RESOLUTIONS) {
      const rows = rowsOf(points, ids, resolution);
      if (rows.length === 0) continue;
      for (const row of rows) await this.#ensurePartition(resolution, row.at);
      writes.push([resolution.table, rows]);
    }
    return async (tx) => {
      for (const [table, rows] of writes) await insert(tx, table, rows);
    };
  }

  /**
   * Resolves with the function that replaces, in a transaction, what a minute holds of these series, and makes the coarser points anew of finer ones. All
   * points are of the same minute. Values of other units stay.
   */
  async prepareReplacement(points: readonly MetricPoint[]): Promise<(tx: Transaction) => Promise<void>> {
    const ids = await this.#series.ensure(points);
    const resolutions = METRIC_RESOLUTIONS.filter(({ seconds }) => seconds >= 60);
    const [minutes, ...coarser] = resolutions as [MetricResolution, ...MetricResolution[]];
    const rows = rowsOf(points, ids, minutes);
    const at = rows[0]?.at ?? 0;
    for (const resolution of resolutions) await this.#ensurePartition(resolution, at);
    return async (tx) => {
      await insert(tx, minutes.table, rows, REPLACE);
      let from = minutes;
      for (const to of coarser) {
        await tx.query(
          `INSERT INTO ${to.table} AS t (series_id, at, unit, count, sum, min, max, histogram)
           SELECT series_id, $2::bigint, unit, sum(count), sum(sum), min(min), max(max), ${BUCKETS} FROM ${from.table}
            WHERE series_id = ANY ($1) AND at >= $2 AND at < $2 + ${to.seconds} GROUP BY 1, 3 ORDER BY 1, 3
           ON CONFLICT (series_id, at, unit) DO UPDATE SET ${REPLACE}`,
          [ids, at - (at % to.seconds)],
        );
        from = to;
      }
    };
  }

  /** The series' values by period, the oldest first. Periods without values are left out. */
  async read(query: MetricPointsQuery): Promise<readonly MetricPeriod[]> {
    if (query.withBuckets) return await this.#readWithBuckets(query);
    const { seriesId, from, until, period, unit, byUnit = false, now, limit } = query;
    const { table, keepSeconds } = resolutionFor(from, period);
    const rows = await this.#database.query<Omit<Row, "series" | "buckets">>(
      `SELECT ($2 + (at - $2) / $4 * $4)::float8 AS at, ${byUnit ? "unit" : "min(unit)"} AS unit, sum(count) AS count, sum(sum) AS sum, min(min) AS min, max(max) AS max
         FROM ${table} WHERE series_id = $1 AND at >= $2 AND at >= $5 AND at < $3 AND ($6::smallint IS NULL OR unit = $6)
        GROUP BY 1${byUnit ? ", unit" : ""} ORDER BY 1 LIMIT $7`,
      [seriesId, from, until, period, now - keepSeconds, unit === undefined ? null : METRIC_UNITS.indexOf(unit), limit],
    );
    return rows.map((row) => ({ ...row, unit: METRIC_UNITS[row.unit] ?? "None", buckets: undefined }));
  }

  /** Adds the points of each period up here: for histograms that takes a fraction of the time that it takes in SQL. */
  async #readWithBuckets(query: MetricPointsQuery): Promise<readonly MetricPeriod[]> {
    const { seriesId, from, until, period, unit, byUnit = false, now, limit } = query;
    const { table, keepSeconds } = resolutionFor(from, period);
    const rows = await this.#database.query<StoredRow>(
      `SELECT at::float8 AS at, unit, count, sum, min, max, histogram::text AS buckets
         FROM ${table} WHERE series_id = $1 AND at >= $2 AND at >= $4 AND at < $3 AND ($5::smallint IS NULL OR unit = $5) ORDER BY at, unit`,
      [seriesId, from, until, now - keepSeconds, unit === undefined ? null : METRIC_UNITS.indexOf(unit)],
    );
    const periodOf = ({ at }: { readonly at: number }): number => from + Math.floor((at - from) / period) * period;
    const groups = Map.groupBy(rows, (row) => (byUnit ? `${periodOf(row)} ${row.unit}` : periodOf(row)));
    return [...groups.values()].slice(0, limit).map((points) => {
      const [first] = points as [StoredRow];
      const histograms = points.flatMap(({ buckets }) => buckets ?? []);
      return {
        at: periodOf(first),
        unit: METRIC_UNITS[first.unit] ?? "None",
        count: points.reduce((sum, { count }) => sum + count, 0),
        sum: points.reduce((sum, one) => sum + one.sum, 0),
        min: points.reduce((least, { min }) => Math.min(least, min), Infinity),
        max: points.reduce((most, { max }) => Math.max(most, max), -Infinity),
        buckets: histograms.length === points.length ? together(histograms) : undefined,
      };
    });
  }

  async #ensurePartition(resolution: MetricResolution, at: number): Promise<void> {
    const { name, from, until } = metricPartitionOf(resolution, at);
    if (this.#partitions.has(name)) return;
    await this.#database.transaction(async (tx) => {
      await tx.query("SELECT pg_advisory_xact_lock($1)", [METRIC_PARTITION_LOCK]);
      await tx.query(
        `CREATE TABLE IF NOT EXISTS ${name} PARTITION OF ${resolution.table} FOR VALUES FROM (${from}) TO (${until})`,
      );
    });
    this.#partitions.add(name);
  }
}

type StoredRow = Omit<Row, "series" | "buckets"> & { readonly buckets: BucketsText | null };

function together(histograms: readonly BucketsText[]): Buckets | BucketsText | undefined {
  return histograms.length === 1 ? histograms[0] : sumBuckets(histograms.map((text) => JSON.parse(text) as Buckets));
}

/** The sum of histograms; NULL where one of them is unknown. */
const BUCKETS = "CASE WHEN count(*) = count(histogram) THEN cloudwatch_sum(histogram) END";

/** The coarsest table whose points lie within periods that begin at `from`. */
function resolutionFor(from: number, period: number): MetricResolution {
  const fits = METRIC_RESOLUTIONS.filter(({ seconds }) => period % seconds === 0 && from % seconds === 0);
  return fits.at(-1) as MetricResolution;
}

function rowsOf(points: readonly MetricPoint[], ids: readonly string[], { seconds }: MetricResolution): readonly Row[] {
  const rows = new Map<
    string,
    { readonly series: string; readonly at: number; readonly unit: number; summary: MetricSummary }
  >();
  for (const [index, point] of points.entries()) {
    if (seconds < point.resolution) continue;
    const series = ids[index] as string;
    const at = point.at - (point.at % seconds);
    const unit = METRIC_UNITS.indexOf(point.unit);
    const id = `${series} ${at} ${unit}`;
    const row = rows.get(id);
    if (row) row.summary = merged(row.summary, point);
    else rows.set(id, { series, at, unit, summary: point });
  }
  // In one order, so that transactions that write the same rows wait for each other instead of blocking each other.
  return [...rows.values()]
    .map(({ series, at, unit, summary: { count, sum, min, max, buckets = null } }) => ({
      ...{ series, at, unit, count, sum, min, max },
      buckets,
    }))
    .sort((a, b) => Number(a.series) - Number(b.series) || a.at - b.at || a.unit - b.unit);
}

const ADD = `count = t.count + excluded.count, sum = t.sum + excluded.sum, min = least(t.min, excluded.min), max = greatest(t.max, excluded.max),
  histogram = cloudwatch_merge(t.histogram, excluded.histogram)`;
const REPLACE =
  "count = excluded.count, sum = excluded.sum, min = excluded.min, max = excluded.max, histogram = excluded.histogram";

async function insert(tx: Transaction, table: string, rows: readonly Row[], change = ADD): Promise<void> {
  await tx.query(
    `INSERT INTO ${table} AS t (series_id, at, unit, count, sum, min, max, histogram)
     SELECT g.series, g.at, g.unit, g.count, g.sum, g.min, g.max, g.buckets
       FROM json_to_recordset($1) AS g (series bigint, at bigint, unit smallint, count float8, sum float8, min float8, max float8, buckets jsonb)
     ON CONFLICT (series_id, at, unit) DO UPDATE SET ${change}`,
    [JSON.stringify(rows)],
  );
}
