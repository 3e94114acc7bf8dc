import { gzipSync } from "node:zlib";
import { compileLogPattern, type LogPattern } from "@hearth/patterns";
import type { LogMetricFilter } from "@hearth/store";
import { eventId } from "../eventId.ts";
import { decodeChunk } from "../threads/decodeChunk.ts";
import { type MetricValue, metricValue } from "./metricValue.ts";

/** A chunk, and the filters that it has to pass. */
export interface FilterChunkInput {
  readonly seq: bigint;
  readonly data: Uint8Array;
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptions: readonly { readonly filterName: string; readonly filterPattern: string }[];
  readonly metrics: readonly Pick<LogMetricFilter, "filterPattern" | "metricTransformations">[];
  /** Largest message to a destination. */
  readonly maxBodyBytes: number;
}

export interface FilterChunkOutput {
  readonly messages: readonly { readonly filterName: string; readonly body: Uint8Array }[];
  readonly values: readonly MetricValue[];
}

interface SubscribedEvent {
  readonly id: string;
  readonly timestamp: number;
  readonly message: string;
}

/** Applies all filters of a group to one of its chunks. Runs in a thread. */
export function filterChunk(input: FilterChunkInput): FilterChunkOutput {
  const events = decodeChunk(input.data);
  const messages: { filterName: string; body: Uint8Array }[] = [];
  for (const { filterName, filterPattern } of input.subscriptions) {
    const { matches } = compiled(filterPattern);
    const found: SubscribedEvent[] = [];
    for (const [at, [timestamp, message]] of events.entries()) {
      if (matches(message))
        found.push({ id: eventId({ timestamp, seq: input.seq, index: at + 1 }), timestamp, message });
    }
    for (const body of bodiesOf(input, filterName, found)) messages.push({ filterName, body });
  }
  return { messages, values: input.metrics.flatMap((filter) => valuesOf(filter, events)) };
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample */
function* bodiesOf(
  input: FilterChunkInput,
  filterName: string,
  events: readonly SubscribedEvent[],
): Generator<Uint8Array> {
  if (events.length === 0) return;
  const data = gzipSync(
    JSON.stringify({
      messageType: "DATA_MESSAGE",
      owner: input.owner,
      logGroup: input.logGroup,
      logStream: input.logStream,
      subscriptionFilters: [filterName],
      logEvents: events,
    }),
    { level: 4 },
  ).toString("base64");
  const body = Buffer.from(JSON.stringify({ awslogs: { data } }));
  if (body.byteLength <= input.maxBodyBytes || events.length === 1) return yield body;
  const half = Math.ceil(events.length / 2);
  yield* bodiesOf(input, filterName, events.slice(0, half));
  yield* bodiesOf(input, filterName, events.slice(half));
}

function valuesOf(
  { filterPattern, metricTransformations }: FilterChunkInput["metrics"][number],
  events: readonly (readonly [timestamp: number, message: string])[],
): MetricValue[] {
  const pattern = compiled(filterPattern);
  const values: MetricValue[] = [];
  for (const transformation of metricTransformations) {
    const before = values.length;
    for (const [timestamp, message] of events) {
      if (!pattern.matches(message)) continue;
      const value = metricValue(transformation, pattern.extract(message), message, timestamp);
      if (value) values.push(value);
    }
    const { metricNamespace, metricName, defaultValue, unit } = transformation;
    const [first] = events;
    if (values.length === before && defaultValue !== undefined && first) {
      values.push({
        metricNamespace,
        metricName,
        dimensions: {},
        value: defaultValue,
        unit,
        timestamp: first[0],
        isDefault: true,
      });
    }
  }
  return values;
}

const MAX_COMPILED = 200;
const cache = new Map<string, LogPattern>();

function compiled(text: string): LogPattern {
  let pattern = cache.get(text);
  if (!pattern) {
    if (cache.size >= MAX_COMPILED) cache.clear();
    cache.set(text, (pattern = compileLogPattern(text)));
  }
  return pattern;
}
