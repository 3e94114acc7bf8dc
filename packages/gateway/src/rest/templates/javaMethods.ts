import { RE2JS } from "re2js";
import type { Budget } from "./budget.ts";
import {
  areEqual,
  type Dictionary,
  isDictionary,
  memberOf,
  newDictionary,
  newList,
  setMember,
  textOf,
  Tool,
} from "./templateValues.ts";

type Method<Value> = (value: Value, given: readonly unknown[], budget: Budget) => unknown;
type Methods<Value> = ReadonlyMap<string, Method<Value>>;

const MAX_PATTERN_LENGTH = 1_000;

/** The pattern, whose work on `on` is counted: each character is a step. */
function pattern(given: unknown, on: string, budget: Budget): RE2JS {
  const text = textOf(given, budget).slice(0, MAX_PATTERN_LENGTH);
  budget.step(text.length + on.length);
  return RE2JS.compile(text);
}

function index(given: unknown): number {
  return Math.trunc(Number(given));
}

/** Replaces, and counts the result before it is made. */
function replaced(value: string, from: string, to: string, budget: Budget): string {
  let count = 0;
  for (
    let at = value.indexOf(from);
    at >= 0 && at <= value.length;
    at = value.indexOf(from, at + Math.max(1, from.length))
  ) {
    budget.step();
    count++;
    if (at === value.length) break;
  }
  budget.expect(value.length + count * to.length);
  return value.replaceAll(from, () => to);
}

const ofTexts: Methods<string> = new Map<string, Method<string>>([
  ["length", (text) => text.length],
  ["isEmpty", (text) => text === ""],
  ["toString", (text) => text],
  ["equals", (text, [other]) => text === other],
  ["equalsIgnoreCase", (text, [other], budget) => text.toLowerCase() === textOf(other, budget).toLowerCase()],
  ["compareTo", (text, [other], budget) => compare(text, textOf(other, budget))],
  ["contains", (text, [part], budget) => text.includes(textOf(part, budget))],
  ["startsWith", (text, [part], budget) => text.startsWith(textOf(part, budget))],
  ["endsWith", (text, [part], budget) => text.endsWith(textOf(part, budget))],
  ["indexOf", (text, [part, from], budget) => text.indexOf(textOf(part, budget), index(from ?? 0))],
  ["lastIndexOf", (text, [part], budget) => text.lastIndexOf(textOf(part, budget))],
  ["charAt", (text, [at]) => text[index(at)]],
  ["substring", (text, [from, to]) => text.substring(index(from), to === undefined ? undefined : index(to))],
  ["concat", (text, [more], budget) => budget.text(text + textOf(more, budget))],
  ["trim", (text) => text.trim()],
  ["toLowerCase", (text, _, budget) => budget.text(text.toLowerCase())],
  ["toUpperCase", (text, _, budget) => budget.text(text.toUpperCase())],
  ["replace", (text, [from, to], budget) => replaced(text, textOf(from, budget), textOf(to, budget), budget)],
  ["matches", (text, [wanted], budget) => pattern(wanted, text, budget).matches(text)],
  [
    "replaceAll",
    (text, [wanted, to], budget) => {
      const replacement = textOf(to, budget);
      budget.expect(text.length + (text.length + 1) * replacement.length);
      return pattern(wanted, text, budget).matcher(text).replaceAll(replacement);
    },
  ],
  [
    "replaceFirst",
    (text, [wanted, to], budget) =>
      budget.text(pattern(wanted, text, budget).matcher(text).replaceFirst(textOf(to, budget))),
  ],
  [
    "split",
    (text, [wanted], budget) => {
      return newList(pattern(wanted, text, budget).split(text));
    },
  ],
]);

const ofNumbers: Methods<number> = new Map<string, Method<number>>([
  ["toString", (number) => String(number)],
  ["equals", (number, [other]) => number === other],
  ["compareTo", (number, [other]) => compare(number, Number(other))],
  ["intValue", (number) => Math.trunc(number)],
  ["longValue", (number) => Math.trunc(number)],
  ["doubleValue", (number) => number],
  ["parseInt", (_, [text], budget) => parsed(textOf(text, budget), /^[+-]?\d{1,10}$/)],
  ["parseLong", (_, [text], budget) => parsed(textOf(text, budget), /^[+-]?\d{1,19}$/)],
  [
    "parseDouble",
    (_, [text], budget) => parsed(textOf(text, budget).trim(), /^[+-]?\d{1,300}(?:\.\d{0,300})?(?:[eE][+-]?\d{1,3})?$/),
  ],
]);

function parsed(text: string, form: RegExp): number | undefined {
  return form.test(text) ? Number(text) : undefined;
}

const ofBooleans: Methods<boolean> = new Map<string, Method<boolean>>([
  ["toString", (value) => String(value)],
  ["equals", (value, [other]) => value === other],
]);

const ofLists: Methods<unknown[]> = new Map<string, Method<unknown[]>>([
  ["size", (list) => list.length],
  ["isEmpty", (list) => list.length === 0],
  ["toString", (list, _, budget) => textOf(list, budget)],
  ["get", (list, [at]) => list[index(at)]],
  ["add", (list, given) => addTo(list, given)],
  ["addAll", (list, [more], budget) => addAll(list, more, budget)],
  ["set", (list, [at, value]) => setAt(list, index(at), value)],
  ["remove", (list, [at]) => list.splice(typeof at === "number" ? at : list.indexOf(at), 1)[0]],
  ["contains", (list, [value], budget) => list.some((one) => (budget.step(), areEqual(one, value, budget)))],
  ["indexOf", (list, [value]) => list.indexOf(value)],
  ["subList", (list, [from, to], budget) => subList(list, index(from), index(to), budget)],
]);

/** Counted before it is made: a thread whose heap ends may end the process. */
function subList(list: unknown[], from: number, to: number, budget: Budget): unknown[] {
  budget.step(Math.max(0, Math.min(to, list.length) - Math.max(0, from)) || 0);
  return newList(from >= 0 && to >= from ? list.slice(from, to) : []);
}

function addTo(list: unknown[], given: readonly unknown[]): boolean {
  if (given.length > 1) list.splice(index(given[0]), 0, given[1]);
  else list.push(given[0]);
  return true;
}

function addAll(list: unknown[], more: unknown, budget: Budget): boolean {
  if (!Array.isArray(more)) return false;
  budget.step(more.length);
  for (const one of [...more]) list.push(one);
  return true;
}

function setAt(list: unknown[], at: number, value: unknown): unknown {
  if (!(at >= 0 && at < list.length)) return undefined;
  const before = list[at];
  list[at] = value;
  return before;
}

const ofMaps: Methods<Dictionary> = new Map<string, Method<Dictionary>>([
  ["size", (map) => Object.keys(map).length],
  ["isEmpty", (map) => Object.keys(map).length === 0],
  ["toString", (map, _, budget) => textOf(map, budget)],
  ["get", (map, [name], budget) => memberOf(map, textOf(name, budget))],
  ["getOrDefault", (map, [name, other], budget) => memberOf(map, textOf(name, budget)) ?? other],
  ["containsKey", (map, [name], budget) => Object.hasOwn(map, textOf(name, budget))],
  [
    "containsValue",
    (map, [value], budget) => Object.values(map).some((one) => (budget.step(), areEqual(one, value, budget))),
  ],
  ["keySet", (map, _, budget) => listOf(Object.keys(map), budget)],
  ["values", (map, _, budget) => listOf(Object.values(map), budget)],
  [
    "entrySet",
    (map, _, budget) =>
      listOf(
        Object.entries(counted(map, budget)).map(([key, value]) =>
          newDictionary([
            ["key", key],
            ["value", value],
          ]),
        ),
        budget,
      ),
  ],
  ["put", (map, [name, value], budget) => put(map, textOf(name, budget), value)],
  [
    "putAll",
    (map, [more], budget) => {
      if (!isDictionary(more)) return undefined;
      for (const [name, value] of Object.entries(more)) {
        budget.step();
        setMember(map, name, value);
      }
      return undefined;
    },
  ],
  ["remove", (map, [name], budget) => remove(map, textOf(name, budget))],
]);

/** The map, whose members are counted before objects are made of them. */
function counted(map: Dictionary, budget: Budget): Dictionary {
  budget.step(Object.keys(map).length);
  return map;
}

function listOf(values: unknown[], budget: Budget): unknown[] {
  budget.step(values.length);
  return newList(values);
}

/** The value that was there before, as Java's; nothing is shown for none. */
function put(map: Dictionary, name: string, value: unknown): unknown {
  const before = memberOf(map, name);
  setMember(map, name, value);
  return before;
}

function remove(map: Dictionary, name: string): unknown {
  const before = memberOf(map, name);
  delete map[name];
  return before;
}

function compare<Value extends string | number>(left: Value, right: Value): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Calls a method of Java that templates may use; `undefined` for all others. Nothing of JavaScript's own objects can be reached. */
export function callMethod(value: unknown, name: string, given: readonly unknown[], budget: Budget): unknown {
  budget.step();
  if (value instanceof Tool) return value.call(name, given);
  if (typeof value === "string") return ofTexts.get(name)?.(value, given, budget);
  if (typeof value === "number") return ofNumbers.get(name)?.(value, given, budget);
  if (typeof value === "boolean") return ofBooleans.get(name)?.(value, given, budget);
  if (Array.isArray(value)) return ofLists.get(name)?.(value, given, budget);
  if (!isDictionary(value)) return undefined;
  const method = ofMaps.get(name);
  if (method) return method(value, given, budget);
  const [, first, rest] = /^get([A-Z])(.*)$/s.exec(name) ?? [];
  return first === undefined ? undefined : memberOf(value, first.toLowerCase() + rest);
}
