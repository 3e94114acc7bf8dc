import type { Budget } from "./budget.ts";

/** One part of a path. `deep` looks for the part at every depth. */
interface Step {
  readonly deep: boolean;
  readonly selector:
    | { readonly kind: "names"; readonly names: readonly string[] }
    | { readonly kind: "indexes"; readonly indexes: readonly number[] }
    | { readonly kind: "slice"; readonly from: number | undefined; readonly to: number | undefined }
    | { readonly kind: "all" };
}

/** A path that is none, or has a part that is not supported (filters and functions). */
export class InvalidPath extends Error {}

const MAX_STEPS = 100;
const MAX_LENGTH = 10_000;
const NAME = /[^.[\]()\s?@*'"$]+/y;
const INDEXES = /\[\s*(-?\d{1,9}(?:\s*,\s*-?\d{1,9})*)\s*\]/y;
const SLICE = /\[\s*(-?\d{1,9})?\s*:\s*(-?\d{1,9})?\s*\]/y;
const NAMES = /\[\s*((?:'[^']*'|"[^"]*")(?:\s*,\s*(?:'[^']*'|"[^"]*"))*)\s*\]/y;
const QUOTED = /'([^']*)'|"([^"]*)"/g;
const WILDCARD = /\[\s*\*\s*\]/y;

/**
 * The value at a JSONPath, as `$input.path` and `$input.json` look it up. A path with a wildcard, a slice, several names or `..` gives the list of all
 * values. `undefined` when there is no value. Each value that is looked at is a step of the budget.
 */
export function valueAtPath(root: unknown, path: string, budget: Budget): unknown {
  const steps = parsePath(path);
  let values: unknown[] = [root];
  for (const { deep, selector } of steps) {
    const found: unknown[] = [];
    for (const value of deep ? withDescendants(values, budget) : values) select(value, selector, found, budget);
    values = found;
  }
  return steps.every(isDefinite) ? values[0] : values;
}

function isDefinite({ deep, selector }: Step): boolean {
  if (deep || selector.kind === "all" || selector.kind === "slice") return false;
  return (selector.kind === "names" ? selector.names : selector.indexes).length === 1;
}

function select(value: unknown, selector: Step["selector"], found: unknown[], budget: Budget): void {
  budget.step();
  if (typeof value !== "object" || value === null) return;
  switch (selector.kind) {
    case "names":
      if (Array.isArray(value)) return;
      budget.step(selector.names.length);
      for (const name of selector.names) {
        if (Object.hasOwn(value, name)) found.push((value as Record<string, unknown>)[name]);
      }
      return;
    case "indexes":
      if (!Array.isArray(value)) return;
      budget.step(selector.indexes.length);
      for (const index of selector.indexes) {
        const at = index < 0 ? value.length + index : index;
        if (at >= 0 && at < value.length) found.push(value[at]);
      }
      return;
    case "slice":
      if (Array.isArray(value)) pushAll(found, value.slice(selector.from, selector.to), budget);
      return;
    default:
      pushAll(found, Object.values(value), budget);
  }
}

function pushAll(found: unknown[], values: readonly unknown[], budget: Budget): void {
  budget.step(values.length);
  for (const value of values) found.push(value);
}

/** The values and everything in them, each before what it contains. */
function withDescendants(roots: readonly unknown[], budget: Budget): unknown[] {
  const found: unknown[] = [];
  const waiting = [...roots].reverse();
  while (waiting.length > 0) {
    budget.step();
    const value = waiting.pop();
    found.push(value);
    if (typeof value === "object" && value !== null) {
      const inside: unknown[] = Object.values(value);
      for (let at = inside.length - 1; at >= 0; at--) waiting.push(inside[at]);
    }
  }
  return found;
}

function parsePath(path: string): readonly Step[] {
  if (path.length > MAX_LENGTH) throw new InvalidPath("the path is too long");
  const text = path.trim();
  const steps: Step[] = [];
  // A path may leave the root out.
  let at = text.startsWith("$") ? 1 : 0;
  let mayBeName = at === 0;
  while (at < text.length) {
    if (steps.length >= MAX_STEPS) throw new InvalidPath("the path has too many parts");
    let deep = false;
    if (text.startsWith("..", at)) {
      deep = true;
      at += 2;
    } else if (text[at] === ".") at += 1;
    else if (text[at] !== "[" && !mayBeName) throw new InvalidPath(`unexpected character at ${at}`);
    mayBeName = false;
    const [selector, end] = selectorAt(text, at);
    steps.push({ deep, selector });
    at = end;
  }
  return steps;
}

function selectorAt(text: string, at: number): readonly [Step["selector"], number] {
  if (text[at] === "*") return [{ kind: "all" }, at + 1];
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  const name = match(NAME);
  if (name) return [{ kind: "names", names: [name[0]] }, at + name[0].length];
  const all = match(WILDCARD);
  if (all) return [{ kind: "all" }, at + all[0].length];
  const indexes = match(INDEXES);
  if (indexes) return [{ kind: "indexes", indexes: (indexes[1] ?? "").split(",").map(Number) }, at + indexes[0].length];
  const names = match(NAMES);
  if (names) {
    const quoted = [...(names[1] ?? "").matchAll(QUOTED)].map(([, single, double]) => single ?? double ?? "");
    return [{ kind: "names", names: quoted }, at + names[0].length];
  }
  const slice = match(SLICE);
  if (!slice) throw new InvalidPath(`unexpected or unsupported part at ${at}`);
  const [whole, from, to] = slice;
  const numberOf = (given: string | undefined) => (given === undefined ? undefined : Number(given));
  return [{ kind: "slice", from: numberOf(from), to: numberOf(to) }, at + whole.length];
}
