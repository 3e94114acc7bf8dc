import { parseSelector, select } from "@hearth/patterns";
import type { LogMetricTransformation } from "@hearth/store";

/** One value for CloudWatch metrics. */
export interface MetricValue {
  readonly metricNamespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  readonly unit: string | undefined;
  readonly timestamp: number;
  /** The filter's default value: lines were written, and none matched. */
  readonly isDefault?: true;
}

const MAX_DIMENSION_VALUE = 1024;

/** The value that a message which matches gives to a metric; `undefined` when it has no number there, or a dimension is missing. */
export function metricValue(
  { metricNamespace, metricName, metricValue: source, dimensions = {}, unit }: LogMetricTransformation,
  extracted: Readonly<Record<string, string>>,
  message: string,
  timestamp: number,
): MetricValue | undefined {
  const text = source.startsWith("$") ? read(source, extracted, message) : source;
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) return undefined;
  const found: Record<string, string> = {};
  for (const [name, selector] of Object.entries(dimensions)) {
    const text = read(selector, extracted, message);
    // CloudWatch has no dimension without a value: AWS publishes nothing then.
    if (text === undefined || text === "") return undefined;
    found[name] = text.slice(0, MAX_DIMENSION_VALUE);
  }
  return { metricNamespace, metricName, dimensions: found, value, unit, timestamp };
}

/** `$.a.b` in a JSON message, or `$name` among the columns of a line. */
function read(selector: string, extracted: Readonly<Record<string, string>>, message: string): string | undefined {
  if (!selector.startsWith("$.")) return extracted[selector];
  const known = extracted[selector];
  if (known !== undefined) return known;
  try {
    const value = select(JSON.parse(message), parseSelector(selector))[0];
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
      ? String(value)
      : undefined;
  } catch {
    return undefined; // no JSON, or a selector that was accepted by an earlier release
  }
}
