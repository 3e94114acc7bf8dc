import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { Database } from "../postgres/database.ts";
import {
  isMetricPartitionOver,
  METRIC_PARTITION_LOCK,
  METRIC_RESOLUTIONS,
  type MetricResolution,
} from "./metricResolutions.ts";

export interface MetricRetentionDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

const HOUR_MS = 3_600_000;
const SERIES_KEPT_S = 455 * 86_400;

/** Drops points of metrics that are past the time for which AWS keeps them, series without any, and old history of alarms, hourly. */
export class MetricRetention implements AsyncDisposable {
  readonly #deps: MetricRetentionDeps;
  readonly #loop: BackgroundLoop;

  constructor(deps: MetricRetentionDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("metric retention", HOUR_MS, () => this.collect(), deps);
  }

  /** Runs one collection. */
  async collect(): Promise<void> {
    const { database, clock } = this.#deps;
    const now = Math.floor(clock.now() / 1000);
    for (const resolution of METRIC_RESOLUTIONS) await this.#dropOf(resolution, now);
    await database.query("DELETE FROM cloudwatch_series WHERE last_at < $1", [now - SERIES_KEPT_S]);
    await database.query("DELETE FROM cloudwatch_alarm_history WHERE at < now() - interval '30 days'");
    await database.query("DELETE FROM cloudwatch_writes WHERE written_at < now() - interval '1 day'");
  }

  async #dropOf(resolution: MetricResolution, now: number): Promise<void> {
    const { database, logger } = this.#deps;
    const partitions = await database.query<{ name: string }>(
      "SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::regclass",
      [resolution.table],
    );
    for (const { name } of partitions) {
      if (!isMetricPartitionOver(resolution, name, now)) continue;
      await database.transaction(async (tx) => {
        await tx.query("SET LOCAL lock_timeout = '2s'");
        await tx.query("SELECT pg_advisory_xact_lock($1)", [METRIC_PARTITION_LOCK]);
        await tx.query(`DROP TABLE IF EXISTS ${name}`);
      });
      logger.info({ partition: name }, "dropped points of metrics that are not kept any longer");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
