import { BackgroundLoop, type Clock, Counter, type Logger, Mutex, type Random, type Registry } from "@hearth/kit";
import type { MetricSample, MetricSink } from "@hearth/model";
import { merged, type MetricPoint, type MetricPointStore, pointOf, TooManyMetricSeries } from "@hearth/store";

export interface MetricBufferDeps {
  readonly points: Pick<MetricPointStore, "add">;
  readonly disk: { readonly isShort: boolean };
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
}

const FLUSH_EVERY_MS = 60_000;
/** How long values wait after the first of them came. */
const FLUSH_AFTER_MS = 5_000;
const MAX_POINTS = 20_000;
/** Of one account, in all its regions: its functions can log as many metrics as they like, and must leave room for those of others. */
const MAX_POINTS_OF_ACCOUNT = 4_000;

/** Points of one account and region on their way to the database. A write that is repeated has the same id, and counts once. */
interface Batch {
  readonly id: string;
  readonly points: readonly MetricPoint[];
}

/**
 * Adds up values in memory, and stores them every five seconds while there are any. A crash loses what came since the last flush; while PostgreSQL cannot be
 * reached values wait, and what does not fit, in all or of one account, is dropped and counted. Disposal stores the rest.
 */
export class MetricBuffer implements MetricSink, AsyncDisposable {
  readonly #deps: MetricBufferDeps;
  readonly #loop: BackgroundLoop;
  readonly #oneFlush = new Mutex();
  readonly #dropped: Counter;
  #points = new Map<string, MetricPoint>();
  #batches: Batch[] = [];
  #waiting = 0;
  /** Points in memory, of those that wait too. */
  readonly #ofAccounts = new Map<string, number>();
  #timer: Disposable | undefined;

  constructor(deps: MetricBufferDeps) {
    this.#deps = deps;
    this.#dropped = new Counter({
      name: "hearth_metric_values_dropped_total",
      help: "Values of CloudWatch metrics, of Hearth's own and of logs, that were not stored: too many waited, in all or of the account, the account had too many metrics, or the disk was almost full.",
      registers: [deps.registry],
    });
    this.#loop = new BackgroundLoop("metric buffer", FLUSH_EVERY_MS, () => this.flush(), deps);
  }

  put(sample: MetricSample): void {
    const { accountId, region, Namespace, MetricName, Dimensions, unit, at, resolution = 60 } = sample;
    const slot = Math.floor(at / 1000 / resolution);
    const id = JSON.stringify([accountId, region, Namespace, MetricName, Dimensions, unit, slot, resolution]);
    const before = this.#points.get(id);
    const ofAccount = this.#ofAccounts.get(accountId) ?? 0;
    if (!before && (this.#waiting + this.#points.size >= MAX_POINTS || ofAccount >= MAX_POINTS_OF_ACCOUNT)) {
      this.#dropped.inc();
      return;
    }
    if (!before) this.#ofAccounts.set(accountId, ofAccount + 1);
    const point = pointOf(sample);
    this.#points.set(id, before ? { ...point, ...merged(before, point) } : point);
    this.#timer ??= this.#deps.clock.after(FLUSH_AFTER_MS, () => this.#loop.wake());
  }

  /** Stores what was put until now. Rejects when PostgreSQL cannot take it; it is tried again with the next flush. */
  async flush(): Promise<void> {
    using _turn = await this.#oneFlush.acquire();
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const points = [...this.#points.values()];
    this.#points = new Map();
    for (const some of Map.groupBy(points, ({ key }) => `${key.accountId} ${key.region}`).values()) {
      this.#batches.push({ id: this.#deps.random.uuid(), points: some });
      this.#waiting += some.length;
    }
    for (let batch = this.#batches[0]; batch; batch = this.#batches[0]) {
      await this.#store(batch);
      this.#batches.shift();
      this.#waiting -= batch.points.length;
      this.#forget(batch);
    }
  }

  #forget({ points }: Batch): void {
    const accountId = points[0]?.key.accountId ?? "";
    const left = (this.#ofAccounts.get(accountId) ?? 0) - points.length;
    if (left > 0) this.#ofAccounts.set(accountId, left);
    else this.#ofAccounts.delete(accountId);
  }

  async #store({ id, points }: Batch): Promise<void> {
    const { disk, logger } = this.#deps;
    if (disk.isShort) return this.#dropped.inc(points.length);
    try {
      await this.#deps.points.add(points, { id });
    } catch (error) {
      if (!(error instanceof TooManyMetricSeries)) throw error;
      this.#dropped.inc(points.length);
      const { accountId, region } = points[0]?.key ?? {};
      logger.warn(
        { accountId, region, limit: error.limit },
        "an account has too many metrics: values of functions and logs were dropped",
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    await this.#loop[Symbol.asyncDispose]();
    try {
      await this.flush();
    } catch (error) {
      this.#deps.logger.error({ err: error }, "metrics of the last seconds could not be stored and are lost");
    }
  }
}
