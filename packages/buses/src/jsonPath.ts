/** A JSON path: names, positions in arrays, and `*`. EventBridge supports no other part of the language. */
export type JsonPath = readonly (string | number)[];

const WILDCARD = "*";

/** Parses a path such as `$.detail.items[0].name` or `$['detail']`; `undefined` when it is none. */
export function parseJsonPath(text: string): JsonPath | undefined {
  if (!text.startsWith("$")) return undefined;
  const steps: (string | number)[] = [];
  for (let at = 1; at < text.length;) {
    const character = text.charAt(at);
    if (character === ".") {
      const end = endOfName(text, at + 1);
      if (end === at + 1) return undefined;
      steps.push(text.slice(at + 1, end));
      at = end;
    } else if (character === "[") {
      const end = text.indexOf("]", at);
      const step = end < 0 ? undefined : parseBracket(text.slice(at + 1, end));
      if (step === undefined) return undefined;
      steps.push(step);
      at = end + 1;
    } else return undefined;
  }
  return steps;
}

/** The value at the path; `undefined` when there is none. A path with `*` gives the array of all values, or none. */
export function valueAt(path: JsonPath, value: unknown): unknown {
  let values: unknown[] = [value];
  let isMany = false;
  for (const step of path) {
    if (step === WILDCARD) {
      isMany = true;
      values = values.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []));
    } else values = values.flatMap((one) => memberOf(one, step)).filter((one) => one !== undefined);
  }
  if (isMany) return values.length > 0 ? values : undefined;
  return values[0];
}

function memberOf(value: unknown, step: string | number): unknown[] {
  if (Array.isArray(value)) return typeof step === "number" ? [value[step < 0 ? value.length + step : step]] : [];
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return [];
  return [(value as Record<string, unknown>)[step]];
}

function endOfName(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charAt(at) !== "." && text.charAt(at) !== "[") at++;
  return at;
}

function parseBracket(inside: string): string | number | undefined {
  if (inside === WILDCARD) return WILDCARD;
  const quote = inside.charAt(0);
  if (inside.length > 2 && (quote === "'" || quote === '"') && inside.endsWith(quote)) return inside.slice(1, -1);
  return /^-?[0-9]{1,9}$/.test(inside) ? Number(inside) : undefined;
}
