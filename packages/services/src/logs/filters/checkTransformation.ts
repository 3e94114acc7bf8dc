import { InvalidLogPattern, parseSelector } from "@hearth/patterns";
import type { LogMetricTransformation } from "@hearth/store";
import { InvalidParameterException } from "../errors.ts";

/** AWS's limit of dimensions of a metric filter. */
const MAX_DIMENSIONS = 3;
const COLUMN = /^\$[A-Za-z0-9_-]+$/;

/** Throws InvalidParameterException for a transformation that never gives a value. */
export function checkTransformation(transformation: LogMetricTransformation, filterPattern: string): void {
  const { metricNamespace, metricValue, defaultValue, dimensions = {} } = transformation;
  if (metricNamespace.startsWith("AWS/")) refuse("metric namespaces that begin with AWS/ are reserved");
  if (!isNumber(metricValue)) checkField(metricValue, filterPattern, "metric value");
  const names = Object.keys(dimensions);
  if (names.length > MAX_DIMENSIONS) refuse(`a metric filter has at most ${MAX_DIMENSIONS} dimensions`);
  if (names.length > 0 && defaultValue !== undefined) {
    refuse("dimensions and default value are mutually exclusive properties.");
  }
  for (const value of Object.values(dimensions)) checkField(value, filterPattern, "dimension value");
}

function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}

function checkField(text: string, filterPattern: string, what: string): void {
  const pattern = filterPattern.trim();
  if (pattern.startsWith("{") ? isSelector(text) : pattern.startsWith("[") && COLUMN.test(text)) return;
  refuse(`${what} '${text}' must be a field of the filter pattern${what === "metric value" ? ", or a number" : ""}`);
}

function isSelector(text: string): boolean {
  try {
    parseSelector(text);
    return true;
  } catch (error) {
    if (error instanceof InvalidLogPattern) return false;
    throw error;
  }
}

function refuse(reason: string): never {
  throw new InvalidParameterException(`Invalid metric transformation: ${reason}`);
}
