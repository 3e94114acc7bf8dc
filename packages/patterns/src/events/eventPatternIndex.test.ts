import fc from "fast-check";
import { expect, test } from "vitest";
import { compileEventPattern } from "./compileEventPattern.ts";
import { EventPatternIndex } from "./eventPatternIndex.ts";
import { InvalidEventPattern } from "./invalidEventPattern.ts";
import { parseEventPattern } from "./parseEventPattern.ts";

const NAMES = ["a", "b", "c"];
const text = fc.string({ unit: fc.constantFrom("a", "A", "b", "ä", "/"), maxLength: 4 });
const number = fc.integer({ min: -3, max: 3 });
const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null));
const wildcard = fc
  .array(
    text.filter((part) => part !== ""),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.join("*"));
const entry = fc.oneof(
  scalar,
  fc.record({ prefix: text }),
  fc.record({ suffix: text }),
  fc.record({ prefix: fc.record({ "equals-ignore-case": text }) }),
  fc.record({ "equals-ignore-case": text }),
  fc.record({ wildcard }),
  fc.record({ exists: fc.boolean() }),
  fc.record({ "anything-but": fc.oneof(text, number, fc.array(text, { minLength: 1, maxLength: 2 })) }),
  fc.record({ "anything-but": fc.record({ prefix: text.filter((t) => t !== "") }) }),
  number.map((from) => ({ numeric: [">", from, "<=", from + 2] })),
);
const leaf = fc.array(entry, { minLength: 1, maxLength: 3 });
const fields = (value: fc.Arbitrary<unknown>) =>
  fc.dictionary(fc.constantFrom(...NAMES), value, { minKeys: 1, maxKeys: 3 });
/** Other names than outside of `$or`: of a field that is named both inside and outside, the last mention counts. */
const alternative = fc.dictionary(fc.constantFrom("x", "y"), leaf, { minKeys: 1, maxKeys: 2 });
const plain = fields(fc.oneof(leaf, fields(leaf)));
const pattern = fc.oneof(
  plain,
  fc.tuple(plain, alternative, alternative).map(([all, one, other]) => ({ ...all, $or: [one, other] })),
);
const member = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }));
const event = fc.dictionary(fc.constantFrom(...NAMES, "x", "y"), fc.oneof(member, fields(member)), {
  minKeys: 1,
  maxKeys: 5,
});

/** The language, as its documentation describes it, for events without arrays of objects. */
function matches(rule: Record<string, unknown>, value: unknown): boolean {
  return Object.entries(rule).every(([name, inner]) => {
    if (name === "$or") return (inner as Record<string, unknown>[]).some((one) => matches(one, value));
    const member = isObject(value) ? value[name] : undefined;
    if (!Array.isArray(inner)) return matches(inner as Record<string, unknown>, member);
    const values = (Array.isArray(member) ? member : [member]).filter((one) => one !== undefined && !isObject(one));
    return inner.some((one: unknown) =>
      isObject(one) && one["exists"] === false ? values.length === 0 : values.some((v) => passes(one, v)),
    );
  });
}

function passes(rule: unknown, value: unknown): boolean {
  if (!isObject(rule)) return rule === value;
  const [operator, operand] = Object.entries(rule)[0]!;
  const inText = typeof value === "string" ? value : undefined;
  switch (operator) {
    case "exists":
      return true;
    case "anything-but":
      return !(Array.isArray(operand) ? operand : [operand]).some((one) => passes(one, value));
    case "prefix":
      return isObject(operand)
        ? inText?.toLowerCase().startsWith((operand["equals-ignore-case"] as string).toLowerCase()) === true
        : inText?.startsWith(operand as string) === true;
    case "suffix":
      return inText?.endsWith(operand as string) === true;
    case "equals-ignore-case":
      return inText?.toLowerCase() === (operand as string).toLowerCase();
    case "wildcard":
      return inText !== undefined && new RegExp(`^${(operand as string).replaceAll("*", ".*")}$`, "s").test(inText);
    case "numeric": {
      const [, from, , to] = operand as [string, number, string, number];
      return typeof value === "number" && value > from && value <= to;
    }
    default:
      throw new Error(`the model does not know ${operator}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

test("an index finds the same patterns as a plain reading of the documentation", () => {
  fc.assert(
    fc.property(
      fc.array(pattern, { minLength: 1, maxLength: 12 }),
      fc.array(event, { minLength: 1, maxLength: 5 }),
      (patterns, events) => {
        const index = new EventPatternIndex(
          patterns.map((one, i) => [parseEventPattern(JSON.stringify(one)), i] as const),
        );
        for (const one of events) {
          const expected = patterns.flatMap((rule, i) => (matches(rule, one) ? [i] : []));
          expect([...index.match(one)].sort((a, b) => a - b)).toEqual(expected);
        }
      },
    ),
    { numRuns: 1500 },
  );
});

test("any text is a pattern or is refused with a reason", () => {
  const nearly = fc.string({
    unit: fc.constantFrom(...'{}[]",:$or prefix wildcard numeric \\*01.e-'.split("")),
    maxLength: 60,
  });
  fc.assert(
    fc.property(
      fc.oneof(
        nearly,
        fc.json(),
        fc.string(),
        pattern.map((one) => JSON.stringify(one).slice(0, -1)),
      ),
      (source) => {
        try {
          compileEventPattern(source).matches({ a: [{ b: "x" }] });
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidEventPattern);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test("an event that is nested deeper than the call stack is matched", () => {
  let deep: unknown = "x";
  for (let i = 0; i < 200_000; i++) deep = [deep];
  expect(compileEventPattern('{"a": ["x"]}').matches({ a: deep })).toBe(true);
});

test("an event is matched by two of 10,000 rules without a look at the others", () => {
  const rule = (i: number) => ({ source: ["app"], detail: { id: [`id-${i}`], state: [{ "anything-but": "x" }] } });
  const index = new EventPatternIndex(
    Array.from({ length: 10_000 }, (_, i) => [parseEventPattern(JSON.stringify(rule(i))), i] as const),
  );
  expect([...index.match({ source: "app", detail: { id: ["id-7", "id-9999"], state: "y" } })]).toEqual([7, 9999]);
});
