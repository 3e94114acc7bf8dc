import { expect, test } from "vitest";
import { exceedsJson } from "./jsonBounds.ts";

const bounds = { depth: 3, values: 10 };
const of = (text: string): string | undefined => exceedsJson(Buffer.from(text), bounds);

test.each([
  ["[[[1]]]", undefined],
  ["[[[[1]]]]", "depth"],
  ['{"a":{"b":[{}]}}', "depth"],
  ['[[[]],[[]],"[[[[["]', undefined],
  ['["\\"[[[[[","\\\\",[[1]]]', undefined],
  ['["\\\\",[[[1]]]]', "depth"],
  ["[1,2,3,4,5,6,7,8,9,10]", undefined],
  ["[1,2,3,4,5,6,7,8,9,10,11]", "values"],
  ['{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}', "values"],
  ['["never ends', undefined],
  ["]]]]]]]]", undefined],
  ["", undefined],
])("%s exceeds %s", (text, bound) => expect(of(text)).toBe(bound));

test("what JSON.parse would work on for seconds is found at once, with a text that is no JSON too", () => {
  const size = { depth: 1_000, values: 1_000_000 };
  expect(exceedsJson(Buffer.from("[".repeat(3_000_000)), size)).toBe("depth");
  expect(exceedsJson(Buffer.from(`[${"{},".repeat(2_000_000)}1]`), size)).toBe("values");
  expect(exceedsJson(Buffer.from(`"${'\\\\"'.repeat(10)}`), size)).toBeUndefined();
});
