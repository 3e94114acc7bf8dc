import { type Budget, TemplateLimit } from "./budget.ts";

/** An object of the platform in a template, such as `$input`: it has these members and methods and no others. */
export abstract class Tool {
  /** The value of `$tool.name`. */
  abstract member(name: string): unknown;
  /** The value of `$tool.name(…)`. */
  abstract call(name: string, values: readonly unknown[]): unknown;
}

export type Dictionary = Record<string, unknown>;

export function isDictionary(value: unknown): value is Dictionary {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Tool);
}

export function newDictionary(entries: Iterable<readonly [string, unknown]> = []): Dictionary {
  const made = Object.create(null) as Dictionary;
  for (const [name, value] of entries) made[name] = value;
  return made;
}

export function memberOf(value: unknown, name: string): unknown {
  return isDictionary(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Whatever the name is: `__proto__` is a name like others. */
export function setMember(value: Dictionary, name: string, member: unknown): void {
  Object.defineProperty(value, name, { value: member, writable: true, enumerable: true, configurable: true });
}

/** Lists that templates made themselves are shown as Java shows its lists; those of JSON documents are shown as JSON. */
const made = new WeakSet<readonly unknown[]>();

export function newList(values: unknown[]): unknown[] {
  made.add(values);
  return values;
}

const MAX_DEPTH = 100;

/** A value as text, as Java's `toString` has it: a map of a document is `{name=value}`, a list of a document is JSON. */
export function textOf(value: unknown, budget: Budget, depth = 0): string {
  budget.step();
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "null";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (value instanceof Tool) return "";
  if (depth > MAX_DEPTH) throw new TemplateLimit("a value is nested too deeply");
  if (Array.isArray(value) && !made.has(value)) return jsonOf(value, budget);
  const parts: string[] = [];
  const add = (part: string): void => void parts.push(budget.text(part));
  if (Array.isArray(value)) {
    for (const one of value) add(textOf(one, budget, depth + 1));
    return `[${parts.join(", ")}]`;
  }
  for (const name of Object.keys(value)) add(`${name}=${textOf((value as Dictionary)[name], budget, depth + 1)}`);
  return `{${parts.join(", ")}}`;
}

/** A value as JSON. Counted, because one value may occur many times in another. */
export function jsonOf(value: unknown, budget: Budget, depth = 0): string {
  budget.step();
  if (value === undefined || value === null || value instanceof Tool) return "null";
  if (typeof value !== "object") return JSON.stringify(value);
  if (depth > MAX_DEPTH) throw new TemplateLimit("a value is nested too deeply");
  const parts: string[] = [];
  if (Array.isArray(value)) {
    for (const one of value) parts.push(budget.text(jsonOf(one, budget, depth + 1)));
    return `[${parts.join(",")}]`;
  }
  for (const name of Object.keys(value)) {
    const text = jsonOf((value as Dictionary)[name], budget, depth + 1);
    parts.push(budget.text(`${JSON.stringify(name)}:${text}`));
  }
  return `{${parts.join(",")}}`;
}

/** As Velocity: only `false` and what is missing are not true. */
export function isTrue(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

/** As Velocity: values of different kinds are equal when their texts are. */
export function areEqual(left: unknown, right: unknown, budget: Budget): boolean {
  if (left === undefined || left === null || right === undefined || right === null)
    return (left ?? null) === (right ?? null);
  if (typeof left === typeof right && typeof left !== "object") return left === right;
  if (left === right) return true;
  return textOf(left, budget) === textOf(right, budget);
}
