import type { AccountRegion } from "./accountRegion.ts";

/** CloudWatch's units. The position of a unit is stored: add new ones at the end. */
export const METRIC_UNITS = [
  "None",
  "Seconds",
  "Microseconds",
  "Milliseconds",
  "Bytes",
  "Kilobytes",
  "Megabytes",
  "Gigabytes",
  "Terabytes",
  "Bits",
  "Kilobits",
  "Megabits",
  "Gigabits",
  "Terabits",
  "Percent",
  "Count",
  "Bytes/Second",
  "Kilobytes/Second",
  "Megabytes/Second",
  "Gigabytes/Second",
  "Terabytes/Second",
  "Bits/Second",
  "Kilobits/Second",
  "Megabits/Second",
  "Gigabits/Second",
  "Terabits/Second",
  "Count/Second",
] as const;
export type MetricUnit = (typeof METRIC_UNITS)[number];

/** Dimensions of a metric: name ─▶ value. */
export type Dimensions = Readonly<Record<string, string>>;

/** A metric with its dimensions: what one series of values belongs to. */
export interface MetricKey extends AccountRegion {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: Dimensions;
}

/** One value of a metric. */
export interface MetricSample extends MetricKey {
  readonly value: number;
  /** How often the value occurred. Default: once. */
  readonly count?: number;
  /** Default: `None`. */
  readonly unit?: MetricUnit;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** In seconds. Default: 60. */
  readonly resolution?: 1 | 60;
}

/**
 * Takes values of metrics. Never blocks and never throws: values wait in bounded memory and are stored together, within a few seconds. Values that do not fit
 * are dropped and counted.
 */
export interface MetricSink {
  put(sample: MetricSample): void;
}
