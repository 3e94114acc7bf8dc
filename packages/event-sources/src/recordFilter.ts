import { parsedJson } from "@hearth/kit";
import type { EventSourceSettings } from "@hearth/model";
import { compileEventPattern } from "@hearth/patterns";
import type { SourceRecord } from "./eventSource.ts";

/** Decides which records the function gets. */
export type RecordFilter = (record: SourceRecord) => boolean;

interface Filter {
  readonly pattern: unknown;
  matches(event: Readonly<Record<string, unknown>>): boolean;
}

/**
 * The filter of a mapping: a record passes when one of its patterns matches. `undefined` when it has none.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function recordFilter({ FilterCriteria }: EventSourceSettings): RecordFilter | undefined {
  const filters = (FilterCriteria?.Filters ?? []).flatMap(({ Pattern }): readonly Filter[] => {
    if (Pattern === undefined) return [];
    const compiled = compileEventPattern(Pattern);
    return [{ pattern: JSON.parse(Pattern), matches: (event) => compiled.matches(event) }];
  });
  return filters.length === 0 ? undefined : (record) => passes(record, filters);
}

function passes(record: SourceRecord, filters: readonly Filter[]): boolean {
  const { event, dataKey, data } = record.matched();
  let parsed: { readonly value: unknown } | undefined;
  return filters.some(({ pattern, matches }) => {
    if (dataKey === undefined || !mentions(pattern, dataKey)) return matches(event);
    parsed ??= { value: data === undefined ? undefined : parse(data) };
    // Data that is JSON passes only a pattern for JSON, and text only one for text.
    const isJson = parsed.value !== undefined;
    if (isJson !== wantsJson(pattern, dataKey) || data === undefined) return false;
    return matches({ ...event, [dataKey]: isJson ? parsed.value : data });
  });
}

/** Objects and lists; what else is JSON, such as a number, is text here. */
function parse(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  return parsedJson(Buffer.from(text));
}

function mentions(pattern: unknown, key: string): boolean {
  return find(pattern, key).length > 0;
}

function wantsJson(pattern: unknown, key: string): boolean {
  return find(pattern, key).some((rule) => !Array.isArray(rule));
}

/** The rules for a member at the top of the pattern, also within `$or`. */
function find(pattern: unknown, key: string): readonly unknown[] {
  if (Array.isArray(pattern)) return pattern.flatMap((one) => find(one, key));
  if (typeof pattern !== "object" || pattern === null) return [];
  const members = pattern as Readonly<Record<string, unknown>>;
  return [...(key in members ? [members[key]] : []), ...("$or" in members ? find(members["$or"], key) : [])];
}
