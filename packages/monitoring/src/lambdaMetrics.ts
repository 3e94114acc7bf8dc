import { BackgroundLoop, bucketOf, type Clock, type Logger } from "@hearth/kit";
import type { AccountRegion, Dimensions, MetricUnit } from "@hearth/model";
import {
  type Database,
  merged,
  type MetricPoint,
  type MetricPointStore,
  type MetricSummary,
  TooManyMetricSeries,
  type UsageMinute,
  type UsageMinuteStore,
  type UsageOfMinute,
} from "@hearth/store";

export interface LambdaMetricsDeps {
  readonly database: Pick<Database, "transaction">;
  readonly minutes: UsageMinuteStore;
  readonly points: Pick<MetricPointStore, "prepareReplacement">;
  readonly clock: Clock;
  readonly logger: Logger;
}

const LOOK_MS = 5_000;
const BATCH = 20;
/** Points by minute are kept for so long: metrics of an older minute are not made any more. */
const KEPT_S = 15 * 86_400;

/**
 * Makes the metrics of AWS/Lambda of usage records, a few seconds after each minute. A minute is made as a whole, and again when usage of it comes late:
 * what runs is counted once, whatever crashes. Several processes may do this: a minute belongs to one of them, by a lease.
 */
export class LambdaMetrics implements AsyncDisposable {
  readonly #deps: LambdaMetricsDeps;
  readonly #loop: BackgroundLoop;

  constructor(deps: LambdaMetricsDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("metrics of functions", LOOK_MS, (signal) => this.makeDue(signal), deps);
  }

  /** Makes the metrics of minutes that are over. */
  async makeDue(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const claimed = await this.#deps.minutes.claim(BATCH);
      for (const minute of claimed) await this.#make(minute);
      if (claimed.length < BATCH) return;
    }
  }

  async #make(minute: UsageMinute): Promise<void> {
    const { database, minutes, points, clock, logger } = this.#deps;
    const isKept = minute.minute > clock.now() / 1000 - KEPT_S;
    const usage = isKept ? await minutes.read(minute) : [];
    let replace: Awaited<ReturnType<MetricPointStore["prepareReplacement"]>> | undefined;
    try {
      if (usage.length > 0) replace = await points.prepareReplacement(pointsOf(minute, usage));
    } catch (error) {
      if (!(error instanceof TooManyMetricSeries)) throw error;
      const { accountId, region } = minute;
      logger.warn(
        { accountId, region, limit: error.limit },
        "an account has too many metrics: those of its functions are left out",
      );
    }
    await database.transaction(async (tx) => {
      await replace?.(tx);
      await minutes.finish(tx, minute);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}

/** The metrics of one minute. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
function pointsOf({ accountId, region, minute }: UsageMinute, usage: readonly UsageOfMinute[]): readonly MetricPoint[] {
  const points = new Map<string, MetricPoint>();
  const add = (Dimensions: Dimensions, MetricName: string, unit: MetricUnit, summary: MetricSummary): void => {
    const id = JSON.stringify([Dimensions, MetricName]);
    const before = points.get(id);
    const where: AccountRegion = { accountId, region };
    const key = { ...where, Namespace: "AWS/Lambda", MetricName, Dimensions };
    points.set(id, { key, at: minute, unit, resolution: 60, ...(before ? merged(before, summary) : summary) });
  };
  for (const one of usage) {
    const { runs, errors, bucket, sumMs, minMs, maxMs } = one;
    for (const dimensions of dimensionsOf(one)) {
      add(dimensions, "Invocations", "Count", ones(runs, 0));
      add(dimensions, "Errors", "Count", ones(errors, runs - errors));
      const duration = { count: runs, sum: sumMs, min: minMs, max: maxMs, buckets: { [bucket]: runs } };
      add(dimensions, "Duration", "Milliseconds", duration);
    }
  }
  return [...points.values()];
}

/** So many values of 1, and so many of 0. */
function ones(of1: number, of0: number): MetricSummary {
  const buckets = { ...(of1 > 0 && { [bucketOf(1)]: of1 }), ...(of0 > 0 && { [bucketOf(0)]: of0 }) };
  return { count: of1 + of0, sum: of1, min: of0 > 0 ? 0 : 1, max: of1 > 0 ? 1 : 0, buckets };
}

function dimensionsOf({ functionName, version, qualifier }: UsageOfMinute): readonly Dimensions[] {
  const FunctionName = functionName;
  const Resource = qualifier === null ? functionName : `${functionName}:${qualifier}`;
  const isAlias = qualifier !== null && qualifier !== version;
  return [
    {},
    { FunctionName },
    { FunctionName, Resource },
    ...(isAlias ? [{ FunctionName, Resource, ExecutedVersion: version }] : []),
  ];
}
