import fc from "fast-check";
import { AwsError } from "@hearth/model";
import { expect, test } from "vitest";
import { filterPattern } from "./filterPattern.ts";

test.for([
  ["", "anything", true],
  ["ERROR", "an ERROR", true],
  ["ERROR", "an error", false],
  ["a b", "b then a", true],
  ["a b", "a only", false],
  ['"a b"', "b a", false],
  ["?x ?y", "only y", true],
  ["?x ?y", "neither", false],
  ["z ?x", "z alone", true],
  ["-x", "y", true],
  ["-x", "x", false],
  ['a -"b c"', "a b c", false],
  ['a -"b c"', "a c b", true],
  ['"\\"quoted\\""', 'the "quoted" one', true],
] as const)("%j on %j is %j", ([pattern, message, matches]) => {
  expect(filterPattern(pattern)(message)).toBe(matches);
});

test("any pattern is either a filter or a client's error", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "b", " ", '"', "\\", "?", "-", "%", "{", "[") }),
      fc.string(),
      (pattern, message) => {
        try {
          filterPattern(pattern)(message);
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      },
    ),
  );
});
