import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addDecimals,
  canonicalNumber,
  compareDecimals,
  decimalBytes,
  decimalKey,
  decimalText,
  negated,
  numberBytes,
  parseDecimal,
} from "./decimal.ts";

test.each([
  ["1", "1"],
  ["-0", "0"],
  ["007.500", "7.5"],
  ["1e3", "1000"],
  ["1.5E-3", "0.0015"],
  ["+.5", "0.5"],
  ["5.", "5"],
  ["12345678901234567890123456789012345678", "12345678901234567890123456789012345678"],
  ["1E+125", `1${"0".repeat(125)}`],
  [`${"0".repeat(990)}10`, "10"],
  [`.${"0".repeat(99)}10${"0".repeat(800)}`, `0.${"0".repeat(99)}1`],
  ["100e-2", "1"],
  ["-1e-130", `-0.${"0".repeat(129)}1`],
])("%j is the number %j", (text, shown) => {
  expect(canonicalNumber(text)).toBe(shown);
});

test.each([
  ["", "cannot be converted to a numeric value"],
  ["abc", "cannot be converted to a numeric value: abc"],
  ["1e", "cannot be converted"],
  ["NaN", "cannot be converted"],
  ["0x10", "cannot be converted"],
  ["1".repeat(39), "more than 38 significant digits"],
  ["1e126", "Number overflow"],
  ["1e-131", "Number underflow"],
  ["1e9999999999", "Number overflow"],
])("%j is refused: %s", (text, message) => {
  expect(() => canonicalNumber(text)).toThrow(message);
});

const numbers = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: -100, max: 90 }))
  .map(([digits, power]) => parseDecimal(`${digits}e${power}`));

test("the order of keys is the order of numbers, and sums are exact", () => {
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      expect(Math.sign(Buffer.compare(decimalKey(a), decimalKey(b)))).toBe(compareDecimals(a, b));
      expect(parseDecimal(decimalText(a))).toEqual(a);
      expect(compareDecimals(a, negated(b))).toBe(-compareDecimals(negated(a), b) as number);
    }),
  );
  expect(decimalText(addDecimals(parseDecimal("0.1"), parseDecimal("0.2")))).toBe("0.3");
  expect(decimalText(addDecimals(parseDecimal("99999999999999999999999999999999999999"), parseDecimal("1")))).toBe(
    `1${"0".repeat(38)}`,
  );
  expect(() => addDecimals(parseDecimal("1e38"), parseDecimal("0.1"))).toThrow("38 significant digits");
});

test("numbers that come as they are shown are taken as they are, and counted as all others", () => {
  const digits = fc.string({ unit: fc.constantFrom(...Array.from("0001234567899-.")), maxLength: 12 });
  const texts = fc.oneof(
    numbers.map(decimalText),
    fc.tuple(digits, fc.nat({ max: 30 })).map(([text, zeros]) => text + "0".repeat(zeros)),
  );
  const outcome = <Value>(of: () => Value): Value | string => {
    try {
      return of();
    } catch (error) {
      return (error as Error).message;
    }
  };
  fc.assert(
    fc.property(texts, (text) => {
      expect(outcome(() => canonicalNumber(text))).toBe(outcome(() => decimalText(parseDecimal(text))));
      expect(outcome(() => numberBytes(text))).toBe(outcome(() => decimalBytes(parseDecimal(text))));
    }),
    { numRuns: 2_000 },
  );
  for (const text of ["0", "1", "-1", "10", "-100", "0.05", "-0.5", "12.3", "120.03", "9".repeat(38), "9".repeat(37)]) {
    expect(canonicalNumber(text)).toBe(text);
    expect(numberBytes(text), text).toBe(decimalBytes(parseDecimal(text)));
  }
});
