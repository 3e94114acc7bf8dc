import fc from "fast-check";
import { expect, test } from "vitest";
import { fillInputTemplate, isJsonTemplate, parseInputTemplate } from "./inputTemplate.ts";
import { parseJsonPath, valueAt } from "./jsonPath.ts";

const VALUES: Readonly<Record<string, unknown>> = { text: 'a "b"', number: 1, list: [1, "x"], nothing: null };
const fill = (template: string): string => fillInputTemplate(parseInputTemplate(template), (name) => VALUES[name]);

test.each([
  ['{"a": <text>, "b": <number>, "c": <list>}', '{"a": "a \\"b\\"", "b": 1, "c": [1,"x"]}'],
  ['{"a": "<text> and <list>"}', '{"a": "a \\"b\\" and [1,\\"x\\"]"}'],
  ['"<number> is <missing>."', '"1 is ."'],
  ['{"a": <missing>, "b": <nothing>}', '{"a": null, "b": null}'],
  ['"say \\"<number>\\""', '"say \\"1\\""'],
  ['"1 < 2 > <number>, <no name>"', '"1 < 2 > 1, <no name>"'],
  ['"one <number>"\n"two"', '"one 1"\n"two"'],
])("%s becomes %s", (template, output) => {
  expect(fill(template)).toBe(output);
});

test("what a valid template makes is JSON, whatever the values", () => {
  const template = parseInputTemplate('{"a": <x>, "b": "<x> <y>", "c": [<y>]}');
  expect(isJsonTemplate(template)).toBe(true);
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (x, y) => {
      const output = fillInputTemplate(template, (name) => (name === "x" ? x : y));
      expect(JSON.parse(output)).toMatchObject({ b: expect.any(String), c: { length: 1 } });
    }),
    { examples: [['\u2028"\\', {}]] },
  );
});

test.each(['{"a": <x>', "<x> is here", "{<x>: 1}"])("%s is no template of JSON", (template) => {
  expect(isJsonTemplate(parseInputTemplate(template))).toBe(false);
});

test.each<[string, unknown]>([
  ["$", { a: { b: [1, { c: 2 }] }, "x-y": 3 }],
  ["$.a.b[0]", 1],
  ["$.a.b[1].c", 2],
  ["$.a.b[-1].c", 2],
  ["$.a.b[*].c", [2]],
  ["$['x-y']", 3],
  ["$.x-y", 3],
  ["$.a.no", undefined],
  ["$.a.b.c", undefined],
  ["$.constructor", undefined],
])("%s finds its value", (path, expected) => {
  expect(valueAt(parseJsonPath(path) ?? [], { a: { b: [1, { c: 2 }] }, "x-y": 3 })).toEqual(expected);
});

test.each(["", "a", "$a", "$.", "$.a[", "$.a[x]", "$..a", "$.a[0"])("%j is no path", (path) => {
  expect(parseJsonPath(path)).toBeUndefined();
});
