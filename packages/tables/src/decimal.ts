import { ValidationException } from "@hearth/model";

/**
 * A number of DynamoDB: `digits` x 10^`exponent`, exactly. `digits` has no trailing zeros; 0 is 0 x 10^0.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
 */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

const MAX_DIGITS = 38;
/** Of the first digit: numbers lie between 1E-130 and 9.99…E+125. */
const MAX_MAGNITUDE = 125;
const MIN_MAGNITUDE = -130;
const NUMBER = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,10}))?\s*$/;
/** No number that is written out takes more. */
const MAX_TEXT = 1_000;

/** Throws AWS's error for a text that is no number, or one that DynamoDB cannot store. */
export function parseDecimal(text: string): Decimal {
  const [, sign = "", whole = "", fraction = "", power = "0"] =
    (text.length <= MAX_TEXT ? NUMBER.exec(text) : undefined) ?? [];
  const all = whole + fraction;
  if (all === "")
    throw new ValidationException(`The parameter cannot be converted to a numeric value: ${text.slice(0, 1_000)}`);
  // Not by expressions such as /0+$/, which take quadratic time for zeros that another digit follows.
  let from = 0;
  while (all.charCodeAt(from) === ZERO_DIGIT) from++;
  if (from === all.length) return ZERO;
  const to = endWithoutZeros(all);
  const exponent = Number(power) - fraction.length + all.length - to;
  checkBounds(to - from, exponent);
  const significant = all.slice(from, to);
  return { digits: BigInt(sign === "-" ? `-${significant}` : significant), exponent };
}

const [ZERO_DIGIT, ONE, NINE] = [0x30, 0x31, 0x39];

/** The length of the digits without the zeros at their end. */
function endWithoutZeros(digits: string): number {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === ZERO_DIGIT) end--;
  return end;
}

const ZERO: Decimal = { digits: 0n, exponent: 0 };

function lengthOf(digits: bigint): number {
  return String(digits < 0n ? -digits : digits).length;
}

/** Throws AWS's error for a number of so many digits that DynamoDB cannot store. */
function checkBounds(length: number, exponent: number): void {
  if (length > MAX_DIGITS) {
    throw new ValidationException("Attempting to store more than 38 significant digits in a Number");
  }
  const magnitude = exponent + length - 1;
  if (magnitude > MAX_MAGNITUDE) {
    throw new ValidationException(
      "Number overflow. Attempting to store a number with magnitude larger than supported range",
    );
  }
  if (magnitude < MIN_MAGNITUDE) {
    throw new ValidationException(
      "Number underflow. Attempting to store a number with magnitude smaller than supported range",
    );
  }
}

/** The number as DynamoDB shows it: written out, without an exponent. */
export function decimalText({ digits, exponent }: Decimal): string {
  const sign = digits < 0n ? "-" : "";
  const text = String(digits < 0n ? -digits : digits);
  if (exponent >= 0) return sign + text + "0".repeat(digits === 0n ? 0 : exponent);
  const point = text.length + exponent;
  if (point > 0) return `${sign}${text.slice(0, point)}.${text.slice(point)}`;
  return `${sign}0.${"0".repeat(-point)}${text}`;
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Throws AWS's error where the sum cannot be stored. */
export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const [x, y, exponent] = aligned(a, b);
  return normalized(x + y, exponent);
}

export function negated({ digits, exponent }: Decimal): Decimal {
  return { digits: -digits, exponent };
}

/** Both as multiples of the same power of 10. The powers differ by at most 293, as numbers are bounded. */
function aligned(a: Decimal, b: Decimal): readonly [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [a.digits * 10n ** BigInt(a.exponent - exponent), b.digits * 10n ** BigInt(b.exponent - exponent), exponent];
}

function normalized(digits: bigint, exponent: number): Decimal {
  if (digits === 0n) return ZERO;
  const text = String(digits);
  const end = endWithoutZeros(text);
  const number = { digits: BigInt(text.slice(0, end)), exponent: exponent + text.length - end };
  checkBounds(lengthOf(number.digits), number.exponent);
  return number;
}

/** Most numbers come as DynamoDB shows them, which is recognised in a tenth of the time that the conversion takes. */
const SHOWN = /^(?:0|-?(?:[1-9]\d*|(?:0|[1-9]\d*)\.\d*[1-9]))$/;

function isAsShown(text: string): boolean {
  return text.length <= MAX_DIGITS && SHOWN.test(text);
}

/** The number as DynamoDB shows it. Throws AWS's error for a text that is no number. */
export function canonicalNumber(text: string): string {
  return isAsShown(text) ? text : decimalText(parseDecimal(text));
}

/** `decimalBytes` of a number as text. */
export function numberBytes(text: string): number {
  if (!isAsShown(text)) return decimalBytes(parseDecimal(text));
  let from = 0;
  while (from < text.length - 1 && (text.charCodeAt(from) < ONE || text.charCodeAt(from) > NINE)) from++;
  let to = text.length;
  while (to > from + 1 && text.charCodeAt(to - 1) === ZERO_DIGIT) to--;
  const point = text.indexOf(".", from);
  const length = to - from - (point >= 0 && point < to ? 1 : 0);
  return Math.ceil(length / 2) + (text.startsWith("-") ? 2 : 1);
}

/** The size by which DynamoDB counts a number: a byte for two digits, and one more. */
export function decimalBytes({ digits }: Decimal): number {
  return Math.ceil(lengthOf(digits) / 2) + (digits < 0n ? 2 : 1);
}

/**
 * Bytes whose order is that of the numbers: the sign, the magnitude of the first digit, and the digits; all but the sign inverted for negative numbers.
 */
export function decimalKey({ digits, exponent }: Decimal): Buffer {
  if (digits === 0n) return Buffer.from([0x80]);
  const isNegative = digits < 0n;
  const text = String(isNegative ? -digits : digits);
  const magnitude = exponent + text.length - 1 - MIN_MAGNITUDE;
  const key = Buffer.from([magnitude >> 8, magnitude & 0xff, ...Array.from(text, (digit) => Number(digit) + 1), 0]);
  if (isNegative) for (let at = 0; at < key.length; at++) key[at] = 0xff - (key[at] as number);
  return Buffer.concat([Buffer.from([isNegative ? 0x40 : 0xc0]), key]);
}
