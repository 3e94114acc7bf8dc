import { AGGREGATIONS, type AggregationName, type Aggregation } from "./aggregations.ts";
import { FUNCTIONS } from "./functions.ts";
import { queryRegex } from "./queryRegex.ts";
import type { Row } from "./row.ts";
import type { TokenReader } from "./tokenReader.ts";
import { areEqual, compareValues, isTrue, toNumber, toText, type Value } from "./values.ts";

export interface Expression {
  evaluate(row: Row): Value;
  /** As the query writes it: the name of a column that has no other. */
  readonly text: string;
  /** The name, where the expression is just a field. */
  readonly field?: string;
  /** The text, where it is just a text or a number. */
  readonly literal?: Value;
}

type Evaluate = (row: Row) => Value;

/** Reads an expression. `aggregations` collects the calls of functions such as `count`; they are refused where it is absent. */
export function readExpression(reader: TokenReader, aggregations?: Aggregation[]): Expression {
  const { start } = reader.next;
  const found = reader.nested(() => readOr(reader, aggregations));
  const text = reader.query.slice(start, reader.lastEnd);
  return typeof found === "function" ? { evaluate: found, text } : { ...found, text };
}

type Part = Evaluate | Omit<Expression, "text">;

function evaluateOf(part: Part): Evaluate {
  return typeof part === "function" ? part : (row) => part.evaluate(row);
}

function readOr(reader: TokenReader, aggregations?: Aggregation[]): Part {
  let left = readAnd(reader, aggregations);
  while (reader.takesWord("or")) {
    const a = evaluateOf(left);
    const b = evaluateOf(readAnd(reader, aggregations));
    left = (row) => isTrue(a(row)) || isTrue(b(row));
  }
  return left;
}

function readAnd(reader: TokenReader, aggregations?: Aggregation[]): Part {
  let left = readNot(reader, aggregations);
  while (reader.takesWord("and")) {
    const a = evaluateOf(left);
    const b = evaluateOf(readNot(reader, aggregations));
    left = (row) => isTrue(a(row)) && isTrue(b(row));
  }
  return left;
}

function readNot(reader: TokenReader, aggregations?: Aggregation[]): Part {
  if (!reader.takesWord("not")) return readComparison(reader, aggregations);
  const inner = evaluateOf(reader.nested(() => readNot(reader, aggregations)));
  return (row) => !isTrue(inner(row));
}

const COMPARISONS: Readonly<Record<string, (a: Value, b: Value) => boolean>> = {
  "=": areEqual,
  "==": areEqual,
  "!=": (a, b) => !areEqual(a, b),
  "<": (a, b) => a !== undefined && b !== undefined && compareValues(a, b) < 0,
  "<=": (a, b) => a !== undefined && b !== undefined && compareValues(a, b) <= 0,
  ">": (a, b) => a !== undefined && b !== undefined && compareValues(a, b) > 0,
  ">=": (a, b) => a !== undefined && b !== undefined && compareValues(a, b) >= 0,
};

function readComparison(reader: TokenReader, aggregations?: Aggregation[]): Part {
  const left = readSum(reader, aggregations);
  const isNot = reader.seesWord("not") && (reader.seesWord("like", 1) || reader.seesWord("in", 1));
  if (isNot) reader.take();
  const negated = (test: (row: Row) => boolean): Evaluate => (isNot ? (row) => !test(row) : test);
  if (reader.takesWord("like") || (!isNot && reader.takesSign("=~")))
    return negated(readLike(reader, evaluateOf(left)));
  if (reader.takesWord("in")) return negated(readIn(reader, evaluateOf(left)));
  const compare = reader.next.kind === "sign" ? COMPARISONS[reader.next.value] : undefined;
  if (!compare) return left;
  reader.take();
  const a = evaluateOf(left);
  const b = evaluateOf(readSum(reader, aggregations));
  return (row) => compare(a(row), b(row));
}

function readLike(reader: TokenReader, left: Evaluate): (row: Row) => boolean {
  const token = reader.take();
  if (token.kind === "string") {
    const { value } = token;
    return (row) => toText(left(row)).includes(value);
  }
  if (token.kind !== "regex") reader.unexpected(token);
  const regex = queryRegex(token.value, (reason) => reader.fail(reason, token));
  return (row) => regex.test(toText(left(row)));
}

function readIn(reader: TokenReader, left: Evaluate): (row: Row) => boolean {
  const isBracket = reader.takesSign("[");
  if (!isBracket) reader.expectSign("(");
  const values: Evaluate[] = [];
  do values.push(evaluateOf(readSum(reader)));
  while (reader.takesSign(","));
  reader.expectSign(isBracket ? "]" : ")");
  return (row) => {
    const value = left(row);
    return values.some((other) => areEqual(value, other(row)));
  };
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "^": (a, b) => a ** b,
};

function arithmetic(sign: string, left: Part, right: Part): Evaluate {
  const calculate = ARITHMETIC[sign] as (a: number, b: number) => number;
  const a = evaluateOf(left);
  const b = evaluateOf(right);
  return (row) => {
    const value = calculate(toNumber(a(row)), toNumber(b(row)));
    return Number.isFinite(value) ? value : undefined;
  };
}

function readSum(reader: TokenReader, aggregations?: Aggregation[]): Part {
  let left = readProduct(reader, aggregations);
  while (reader.seesSign("+") || reader.seesSign("-")) {
    left = arithmetic(reader.take().value, left, readProduct(reader, aggregations));
  }
  return left;
}

function readProduct(reader: TokenReader, aggregations?: Aggregation[]): Part {
  let left = readPower(reader, aggregations);
  while (reader.seesSign("*") || reader.seesSign("/") || reader.seesSign("%")) {
    left = arithmetic(reader.take().value, left, readPower(reader, aggregations));
  }
  return left;
}

function readPower(reader: TokenReader, aggregations?: Aggregation[]): Part {
  const left = readUnary(reader, aggregations);
  if (!reader.takesSign("^")) return left;
  return arithmetic(
    "^",
    left,
    reader.nested(() => readPower(reader, aggregations)),
  );
}

function readUnary(reader: TokenReader, aggregations?: Aggregation[]): Part {
  if (!reader.takesSign("-")) return readOperand(reader, aggregations);
  const inner = reader.nested(() => readUnary(reader, aggregations));
  return arithmetic("-", () => 0, inner);
}

function readOperand(reader: TokenReader, aggregations?: Aggregation[]): Part {
  if (reader.takesSign("(")) {
    const inner = reader.nested(() => readOr(reader, aggregations));
    reader.expectSign(")");
    return evaluateOf(inner);
  }
  if (reader.seesCall) return readCall(reader, aggregations);
  const token = reader.take();
  if (token.kind === "string") return { evaluate: () => token.value, literal: token.value };
  if (token.kind === "number") {
    const number = Number(token.value);
    return { evaluate: () => number, literal: number };
  }
  if (token.kind !== "word" && token.kind !== "field") return reader.unexpected(token);
  const field = token.value;
  if (token.kind === "word" && /^(?:true|false)$/i.test(field)) {
    const literal = field.toLowerCase() === "true";
    return { evaluate: () => literal, literal };
  }
  return { evaluate: (row) => row.get(field), field };
}

function readCall(reader: TokenReader, aggregations?: Aggregation[]): Part {
  const token = reader.take();
  const name = token.value.toLowerCase();
  reader.expectSign("(");
  if (Object.hasOwn(AGGREGATIONS, name)) {
    if (!aggregations) reader.fail(`the function ${token.value} is allowed in stats only`, token);
    return readAggregation(reader, name as AggregationName, aggregations);
  }
  if (name === "bin" || name === "datefloor" || name === "dateceil") return readDateCall(reader, name);
  const made = FUNCTIONS[name];
  if (!made) reader.fail(`unknown function ${token.value}`, token);
  const args = readArguments(reader, aggregations);
  if (args.length < made.least || args.length > made.most) {
    reader.fail(`wrong number of arguments for ${token.value}`, token);
  }
  return (row) => made.call(args.map((arg) => arg.evaluate(row)));
}

function readArguments(reader: TokenReader, aggregations?: Aggregation[]): readonly Expression[] {
  const args: Expression[] = [];
  if (reader.takesSign(")")) return args;
  do args.push(readExpression(reader, aggregations));
  while (reader.takesSign(","));
  reader.expectSign(")");
  return args;
}

function readAggregation(reader: TokenReader, name: AggregationName, aggregations: Aggregation[]): Evaluate {
  let args: readonly Expression[] = [];
  if (reader.takesSign("*")) reader.expectSign(")");
  else args = readArguments(reader);
  const { least, most, make } = AGGREGATIONS[name];
  if (args.length < least || args.length > most) reader.fail(`wrong number of arguments for ${name}`);
  const [first] = args;
  const parameter = args[1]?.literal;
  if (name === "pct" && (typeof parameter !== "number" || parameter < 0 || parameter > 100)) {
    reader.fail("pct needs a percentage from 0 to 100");
  }
  const at = aggregations.length;
  aggregations.push({
    value: first ? (row) => first.evaluate(row) : undefined,
    make: () => make(toNumber(parameter)),
  });
  return (row) => row.aggregates[at];
}

/** `bin(5m)`, `datefloor(@timestamp, 1h)`, `dateceil(@timestamp, 1h)`. */
function readDateCall(reader: TokenReader, name: "bin" | "datefloor" | "dateceil"): Evaluate {
  const of: Evaluate = name === "bin" ? (row) => row.get("@timestamp") : evaluateOf(readSum(reader));
  if (name !== "bin") reader.expectSign(",");
  const periodMs = readPeriod(reader);
  reader.expectSign(")");
  const round = name === "dateceil" ? Math.ceil : Math.floor;
  return (row) => {
    const ms = toNumber(of(row));
    return Number.isNaN(ms) ? undefined : FUNCTIONS["frommillis"]?.call([round(ms / periodMs) * periodMs]);
  };
}

const UNITS: ReadonlyMap<string, number> = new Map(
  (
    [
      ["ms msec millisecond milliseconds", 1],
      ["s sec second seconds", 1_000],
      ["m min minute minutes", 60_000],
      ["h hr hour hours", 3_600_000],
      ["d day days", 86_400_000],
      ["w week weeks", 604_800_000],
    ] as const
  ).flatMap(([names, ms]) => names.split(" ").map((name) => [name, ms] as const)),
);

function readPeriod(reader: TokenReader): number {
  const count = reader.next.kind === "number" ? Number(reader.take().value) : 1;
  const token = reader.take();
  const unit = token.kind === "word" ? UNITS.get(token.value.toLowerCase()) : undefined;
  if (unit === undefined || !(count > 0)) reader.unexpected(token);
  return count * unit;
}
