import { Moment, type Value } from "./values.ts";

/** A record that goes through a query: it has fields, and gets further ones. */
export interface Row {
  get(field: string): Value;
  set(field: string, value: Value): void;
  /** Results of aggregations, while a row of `stats` is made. */
  readonly aggregates: readonly Value[];
}

const NONE: readonly Value[] = [];

/** A row that a command made, such as one of `stats`. */
export class MadeRow implements Row {
  readonly #fields = new Map<string, Value>();
  aggregates: readonly Value[] = NONE;

  get(field: string): Value {
    return this.#fields.get(field);
  }

  set(field: string, value: Value): void {
    this.#fields.set(field, value);
  }
}

/** Where events come from, the same for all of a chunk. */
export interface EventOrigin {
  readonly log: string;
  readonly logStream: string;
  readonly ingestionTime: number;
  /** The pointer of the event at this place in the chunk. */
  pointerOf(timestamp: number, index: number): string;
}

/** A log event with its fields: those of every event, those of Lambda's own lines, and those of the JSON document in its message. */
export class EventRow implements Row {
  readonly timestamp: number;
  readonly message: string;
  readonly aggregates = NONE;
  readonly #origin: EventOrigin;
  readonly #index: number;
  #made: Map<string, Value> | undefined;
  /** `null`: there is none. */
  #document: object | null | undefined;

  constructor(timestamp: number, message: string, origin: EventOrigin, index: number) {
    this.timestamp = timestamp;
    this.message = message;
    this.#origin = origin;
    this.#index = index;
  }

  get(field: string): Value {
    const made = this.#made?.get(field);
    if (made !== undefined) return made;
    if (field.startsWith("@")) return this.#ofEvent(field);
    this.#document ??= documentIn(this.message) ?? null;
    return this.#document === null ? undefined : memberOf(this.#document, field);
  }

  set(field: string, value: Value): void {
    this.#made ??= new Map();
    this.#made.set(field, value);
  }

  /** The names of the fields of its JSON document, nested ones by their paths. */
  documentFields(): readonly string[] {
    this.#document ??= documentIn(this.message) ?? null;
    return this.#document === null ? [] : pathsIn(this.#document);
  }

  #ofEvent(field: string): Value {
    switch (field) {
      case "@message":
        return this.message;
      case "@timestamp":
        return new Moment(this.timestamp);
      case "@logStream":
        return this.#origin.logStream;
      case "@log":
        return this.#origin.log;
      case "@ingestionTime":
        return new Moment(this.#origin.ingestionTime);
      case "@ptr":
        return this.#origin.pointerOf(this.timestamp, this.#index);
      default:
        return lambdaField(field, this.message);
    }
  }
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html */
const LAMBDA: Readonly<Record<string, RegExp>> = {
  "@type": /^(START|END|REPORT|INIT_START|XRAY|EXTENSION|TELEMETRY)\b/,
  "@requestId": /^(?:(?:START|END|REPORT) RequestId: |\S{24}\t)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/,
  "@duration": /^REPORT .*?\tDuration: ([\d.]+) ms/,
  "@billedDuration": /^REPORT .*?\tBilled Duration: ([\d.]+) ms/,
  "@initDuration": /^REPORT .*?\tInit Duration: ([\d.]+) ms/,
  "@memorySize": /^REPORT .*?\tMemory Size: (\d+) MB/,
  "@maxMemoryUsed": /^REPORT .*?\tMax Memory Used: (\d+) MB/,
  "@xrayTraceId": /^REPORT .*\nXRAY TraceId: (\S+)/,
  "@xraySegmentId": /^REPORT .*\nXRAY TraceId: \S+\tSegmentId: (\S+)/,
};
const TEXTS = new Set(["@type", "@requestId", "@xrayTraceId", "@xraySegmentId"]);
const MEGABYTES = new Set(["@memorySize", "@maxMemoryUsed"]);

function lambdaField(field: string, message: string): Value {
  const found = LAMBDA[field]?.exec(message.length > 1_000 ? message.slice(0, 1_000) : message)?.[1];
  if (found === undefined) return undefined;
  if (TEXTS.has(field)) return found;
  // AWS shows memory in bytes, of 1,000,000 to the megabyte.
  return MEGABYTES.has(field) ? Number(found) * 1_000_000 : Number(found);
}

/** The JSON document that a message is, or the first one in it, such as that of a Lambda runtime's line. */
function documentIn(message: string): object | undefined {
  const start = message.indexOf("{");
  if (start < 0) return undefined;
  const end = message.lastIndexOf("}");
  if (end < start) return undefined;
  try {
    return JSON.parse(message.slice(start, end + 1)) as object;
  } catch {
    return undefined;
  }
}

function memberOf(document: object, path: string): Value {
  if (Object.hasOwn(document, path)) return toValue((document as Record<string, unknown>)[path]);
  let value: unknown = document;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return toValue(value);
}

function toValue(value: unknown): Value {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return JSON.stringify(value);
}

/** AWS finds at most so many fields in one event. */
const MAX_FIELDS = 200;

function pathsIn(document: object): readonly string[] {
  const paths: string[] = [];
  const walk = (value: unknown, path: string, depth: number): void => {
    if (paths.length >= MAX_FIELDS) return;
    if (typeof value !== "object" || value === null || depth > 20) return void paths.push(path);
    for (const [name, inner] of Object.entries(value)) walk(inner, path === "" ? name : `${path}.${name}`, depth + 1);
  };
  walk(document, "", 0);
  return paths;
}
