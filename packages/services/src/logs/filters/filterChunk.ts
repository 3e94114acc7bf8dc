import { compileLogPattern, type LogPattern } from "@hearth/patterns";
import type { LogMetricFilter } from "@hearth/store";
import { eventId } from "../eventId.ts";
import { decodeChunk } from "../threads/decodeChunk.ts";
import { type MetricValue, metricValue } from "./metricValue.ts";
import { type SubscribedEvent, subscriptionData } from "./subscriptionData.ts";

/** A chunk, and the filters that it has to pass. */
export interface FilterChunkInput {
  readonly seq: bigint;
  readonly data: Uint8Array;
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptions: readonly {
    readonly filterName: string;
    readonly filterPattern: string;
    /** A stream gets the compressed data themselves, a function gets them as text in an event. */
    readonly isForStream: boolean;
  }[];
  readonly metrics: readonly Pick<LogMetricFilter, "filterPattern" | "metricTransformations">[];
  /** Largest message to a destination. */
  readonly maxBodyBytes: number;
}

export interface FilterChunkOutput {
  readonly messages: readonly { readonly filterName: string; readonly body: Uint8Array }[];
  readonly values: readonly MetricValue[];
}

/** Applies all filters of a group to one of its chunks. Runs in a thread. */
export function filterChunk(input: FilterChunkInput): FilterChunkOutput {
  const events = decodeChunk(input.data);
  const messages: { filterName: string; body: Uint8Array }[] = [];
  for (const subscription of input.subscriptions) {
    const { filterName, filterPattern } = subscription;
    const { matches } = compiled(filterPattern);
    const found: SubscribedEvent[] = [];
    for (const [at, [timestamp, message]] of events.entries()) {
      if (matches(message))
        found.push({ id: eventId({ timestamp, seq: input.seq, index: at + 1 }), timestamp, message });
    }
    for (const body of bodiesOf(input, subscription, found)) messages.push({ filterName, body });
  }
  return { messages, values: input.metrics.flatMap((filter) => valuesOf(filter, events)) };
}

function* bodiesOf(
  input: FilterChunkInput,
  subscription: FilterChunkInput["subscriptions"][number],
  events: readonly SubscribedEvent[],
): Generator<Uint8Array> {
  if (events.length === 0) return;
  const data = subscriptionData({
    messageType: "DATA_MESSAGE",
    owner: input.owner,
    logGroup: input.logGroup,
    logStream: input.logStream,
    subscriptionFilters: [subscription.filterName],
    logEvents: events,
  });
  const body = subscription.isForStream
    ? data
    : Buffer.from(JSON.stringify({ awslogs: { data: data.toString("base64") } }));
  if (body.byteLength <= input.maxBodyBytes || events.length === 1) return yield body;
  const half = Math.ceil(events.length / 2);
  yield* bodiesOf(input, subscription, events.slice(0, half));
  yield* bodiesOf(input, subscription, events.slice(half));
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
