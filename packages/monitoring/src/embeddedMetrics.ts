import type { AccountRegion, LogEvent, MetricSample } from "@hearth/model";
import { METRIC_UNITS } from "@hearth/model";

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
const MARK = '"CloudWatchMetrics"';
const MAX_LINE = 262_144;
const MAX_DIMENSIONS = 30;
const MAX_METRICS = 100;
const MAX_VALUES = 100;
const MAX_NAME = 255;
const MAX_DIMENSION_VALUE = 1_024;
/** Values of one line: directives, sets of dimensions, metrics and their values multiply. */
const MAX_SAMPLES = 1_000;
const MAX_SIZE = 2 ** 360;
const TWO_WEEKS_MS = 14 * 86_400_000;
const TWO_HOURS_MS = 7_200_000;

/**
 * The metrics that a line of a log carries in embedded metric format; none in any other line. What of a line is wrong is left out. A line costs a search for
 * one word, unless it has it.
 */
export function embeddedMetrics(where: AccountRegion, { message }: LogEvent, now: number): readonly MetricSample[] {
  if (!message.includes(MARK) || message.length > MAX_LINE) return NONE;
  const root = objectIn(message);
  const meta = isObject(root?.["_aws"]) ? root["_aws"] : undefined;
  const directives = meta?.["CloudWatchMetrics"];
  const at = meta?.["Timestamp"];
  if (!root || !Array.isArray(directives) || typeof at !== "number") return NONE;
  if (at < now - TWO_WEEKS_MS || at > now + TWO_HOURS_MS) return NONE;
  const samples: MetricSample[] = [];
  for (const directive of directives) if (isObject(directive)) addDirective(samples, { where, root, directive, at });
  return samples.slice(0, MAX_SAMPLES);
}

const NONE: readonly MetricSample[] = [];
type Members = Readonly<Record<string, unknown>>;

interface Directive {
  readonly where: AccountRegion;
  readonly root: Members;
  readonly directive: Members;
  readonly at: number;
}

/** The JSON object of a line. Functions may write a time and a request id in front of it, as the runtime of Node.js does. */
function objectIn(message: string): Members | undefined {
  const start = message.indexOf("{");
  if (start < 0) return undefined;
  try {
    const value: unknown = JSON.parse(message.slice(start));
    if (!isObject(value)) return undefined;
    // In a log in JSON, what the function wrote is the message of a record.
    const inner = value["message"];
    return value["_aws"] === undefined && isObject(inner) ? inner : value;
  } catch {
    return undefined;
  }
}

function addDirective(samples: MetricSample[], { where, root, directive, at }: Directive): void {
  const { Namespace, Dimensions, Metrics } = directive;
  if (!isName(Namespace) || Namespace.startsWith("AWS/") || !Array.isArray(Metrics)) return;
  const sets = Array.isArray(Dimensions) && Dimensions.length > 0 ? Dimensions : [[]];
  const { accountId, region } = where;
  for (const set of sets) {
    const dimensions = dimensionsOf(root, set);
    if (!dimensions) continue;
    for (const metric of Metrics.slice(0, MAX_METRICS)) {
      if (!isObject(metric) || !isName(metric["Name"])) continue;
      const MetricName = metric["Name"];
      const unit = METRIC_UNITS.find((one) => one === metric["Unit"]) ?? "None";
      const resolution = metric["StorageResolution"] === 1 ? 1 : 60;
      for (const value of valuesOf(root, MetricName)) {
        if (samples.length >= MAX_SAMPLES) return;
        samples.push({ accountId, region, Namespace, MetricName, Dimensions: dimensions, value, unit, at, resolution });
      }
    }
  }
}

function dimensionsOf(root: Members, set: unknown): Readonly<Record<string, string>> | undefined {
  if (!Array.isArray(set) || set.length > MAX_DIMENSIONS) return undefined;
  const dimensions: [string, string][] = [];
  for (const name of set) {
    const value = isName(name) && Object.hasOwn(root, name) ? root[name] : undefined;
    if (typeof value !== "string" || value === "" || value.length > MAX_DIMENSION_VALUE || value.includes("\0"))
      return undefined;
    dimensions.push([name as string, value]);
  }
  return Object.fromEntries(dimensions);
}

function valuesOf(root: Members, name: string): readonly number[] {
  const value = Object.hasOwn(root, name) ? root[name] : undefined;
  const values: readonly unknown[] = Array.isArray(value) ? value.slice(0, MAX_VALUES) : [value];
  return values.filter((one): one is number => typeof one === "number" && Math.abs(one) <= MAX_SIZE);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_NAME && !value.includes("\0");
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
