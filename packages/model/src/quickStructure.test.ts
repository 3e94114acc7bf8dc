import { expect, test } from "vitest";
import { z } from "zod";
import { bool, choice, integer, structure, text } from "./constraints.ts";
import { quickStructure } from "./quickStructure.ts";

const shape = {
  Name: text({ min: 2, max: 4, pattern: "[a-z]+" }),
  Kind: choice(["A", "B"]).optional(),
  Size: integer({ min: 1, max: 9 }).optional(),
  IsOn: bool().optional(),
  List: z.array(z.string()).optional(),
  Mode: z.string().default("usual"),
};
const { Mode, ...withoutDefault } = shape;
const quick = quickStructure(withoutDefault);
const slow = structure(withoutDefault);

test("a value that needs no look at the schema is passed on as it is", () => {
  for (const value of [{ Name: "ab" }, { IsOn: false, Size: 9, Kind: "B", Name: "abcd" }]) {
    expect(quick.parse(value)).toBe(value);
  }
});

test("all others get the schema's answer", () => {
  const parsed = JSON.parse('{"Name":"ab","__proto__":{"Size":1}}') as object;
  const others = [
    ...[undefined, null, "a", [], {}, { Name: undefined }, { Kind: "A" }, { Name: "a" }, { Name: "abcde" }, parsed],
    ...[{ Name: "AB" }, { Name: 12 }, { Name: "a\0" }, { Name: "ab", Other: 1 }, { Name: "ab", constructor: "A" }],
    ...[
      { Name: "ab", Kind: "C" },
      { Name: "ab", Kind: 1 },
      { Name: "ab", Kind: undefined },
      { Name: "ab", Kind: null },
    ],
    ...[
      { Name: "ab", Size: 0 },
      { Name: "ab", Size: 10 },
      { Name: "ab", Size: 1.5 },
      { Name: "ab", Size: "1" },
    ],
    ...[
      { Name: "ab", Size: Number.NaN },
      { Name: "ab", IsOn: "true" },
      { Name: "ab", List: ["a"] },
      { Name: "ab", List: [1] },
    ],
  ];
  for (const value of others) {
    const [got, wanted] = [quick.safeParse(value), slow.safeParse(value)];
    expect(got.error?.issues, JSON.stringify(value)).toEqual(wanted.error?.issues);
    expect(got.data, JSON.stringify(value)).toEqual(wanted.data);
    if (got.success) expect(got.data).not.toBe(value);
  }
});

test("a member with a default gets it", () => {
  expect(quickStructure({ Name: shape.Name, Mode }).parse({ Name: "ab" })).toEqual({ Name: "ab", Mode: "usual" });
});
