import { expect, test } from "vitest";
import { jsonFault } from "./jsonFault.ts";

const SOURCE = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled);";
const VALID = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/** The first two were recorded on AWS. */
test.each<[string | readonly number[], string, string]>([
  [[0x6e, 0x87, 0x2a], "Invalid UTF-8 start byte 0x87", "line: 1, column: 3"],
  [[0x99, 0x01], `Unexpected character ((CTRL-CHAR, code 153)): expected a valid value ${VALID}`, "line: 1, column: 1"],
  ["hello", `Unrecognized token 'hello': was expecting ${VALID}`, "line: 1, column: 6"],
  ["hello\n1", `Unrecognized token 'hello': was expecting ${VALID}`, "line: 1, column: 7"],
  ["nul", `Unrecognized token 'nul': was expecting ${VALID}`, "line: 1, column: 4"],
  ["truely", `Unrecognized token 'truely': was expecting ${VALID}`, "line: 1, column: 7"],
  [
    "{no",
    "Unexpected character ('n' (code 110)): was expecting double-quote to start field name",
    "line: 1, column: 2",
  ],
  [
    "{'a':1}",
    "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
    "line: 1, column: 2",
  ],
  [
    "{\n",
    `Unexpected end-of-input: expected close marker for Object (start marker at ${SOURCE} line: 1, column: 1])`,
    "line: 2, column: 1",
  ],
  ["[1,]", "Unexpected character (']' (code 93)): expected a value", "line: 1, column: 4"],
  [
    "[1 2]",
    "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries",
    "line: 1, column: 4",
  ],
  [
    '{"a" 1}',
    "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
    "line: 1, column: 6",
  ],
  [
    "[1}",
    `Unexpected close marker '}': expected ']' (for Array starting at ${SOURCE} line: 1, column: 1])`,
    "line: 1, column: 4",
  ],
  ['"open', "Unexpected end-of-input in VALUE_STRING", "line: 1, column: 6"],
  ["01", "Invalid numeric value: Leading zeroes not allowed", "line: 1, column: 2"],
  ["1x", "Unexpected character ('x' (code 120)): Expected space separating root-level values", "line: 1, column: 2"],
  ['"\\q"', "Unrecognized character escape 'q' (code 113)", "line: 1, column: 3"],
  [
    "NaN",
    "Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow",
    "line: 1, column: 4",
  ],
])("%j", (payload, message, place) => {
  const bytes = typeof payload === "string" ? Buffer.from(payload) : Buffer.from(payload);
  expect(jsonFault(bytes)).toBe(`${message}\n at ${SOURCE} ${place}]`);
});

test("JSON has no fault, and every text that JSON.parse refuses has one", () => {
  const samples = ['{"a":[1,-2.5e+3,"ü\\u00e4\\n",true,false,null,{}]}', " [ ] ", '"x"', "0", '{"a":{"b":[{}]}}'];
  const pieces = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "1",
    "e",
    "-",
    ".",
    "t",
    "\\",
    " ",
    "\n",
    "\u0001",
    "ü",
    "/",
    "N",
    "+",
  ];
  const texts = samples.flatMap((sample) =>
    Array.from({ length: sample.length + 1 }, (_, at) => [
      sample.slice(0, at),
      sample.slice(0, at) + sample.slice(at + 1),
      ...pieces.map((piece) => sample.slice(0, at) + piece + sample.slice(at)),
    ]).flat(),
  );
  const differences = [...samples, ...texts].filter((text) => {
    let isJson = true;
    try {
      JSON.parse(text);
    } catch {
      isJson = false;
    }
    return isJson !== (jsonFault(Buffer.from(text)) === undefined);
  });
  expect(differences).toEqual([]);
});

test("the search ends after as many bytes as are asked for", () => {
  const broken = Buffer.from(`["${"x".repeat(1000)}", no]`);
  expect(jsonFault(broken)).toMatch(/^Unrecognized token 'no'/);
  expect(jsonFault(broken, 500)).toBeUndefined();
});

test("deeply nested and long texts are read without recursion", () => {
  expect(jsonFault(Buffer.from("[".repeat(200_000)))).toMatch(
    /^Unexpected end-of-input: expected close marker for Array/,
  );
  expect(jsonFault(Buffer.from(`"${"x".repeat(1_000_000)}`))).toMatch(/^Unexpected end-of-input in VALUE_STRING/);
});
