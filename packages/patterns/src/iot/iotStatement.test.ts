import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IotSqlError } from "./iotSqlError.ts";
import { IotStatement } from "./iotStatement.ts";
import { IotTemplate } from "./iotTemplate.ts";
import { payloadValue } from "./payloadValue.ts";
import { SqlBudget, SqlBudgetExceeded } from "./sqlBudget.ts";
import type { SqlMessage } from "./sqlContext.ts";

function messageOf(payload: unknown, more: Partial<SqlMessage> = {}): SqlMessage {
  const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload));
  return {
    topic: "sensors/s1/data",
    payload: payloadValue(bytes),
    bytes,
    accountId: "123456789012",
    timestampMs: 1_481_825_251_155,
    traceId: "trace",
    sqlVersion: "2016-03-23",
    newUuid: () => "00000000-0000-4000-8000-000000000000",
    random: () => 0.5,
    ...more,
  };
}

/** What the actions of a rule get; `undefined` when it does not fire. */
function run(sql: string, payload: unknown, more: Partial<SqlMessage> = {}): unknown {
  const result = new IotStatement(sql).run(messageOf(payload, more), new SqlBudget());
  return result && (JSON.parse(Buffer.from(result).toString()) as unknown);
}

const valueOf = (expression: string, payload: unknown = {}): unknown =>
  (run(`SELECT ${expression} AS v FROM 'a'`, payload) as { readonly v?: unknown }).v;

describe("SELECT", () => {
  test.for([
    ["SELECT * FROM 'a'", { color: "red", temperature: 50 }],
    ["SELECT color FROM 'a'", { color: "red" }],
    ["SELECT color AS my_color, temperature as fahrenheit FROM 'a'", { my_color: "red", fahrenheit: 50 }],
    ["SELECT *, 15 as speed FROM 'a'", { color: "red", temperature: 50, speed: 15 }],
    ["SELECT VALUE color FROM 'a'", "red"],
    ["SELECT (temperature - 32) * 5 / 9 AS celsius, upper(color) AS c FROM 'a'", { celsius: 10, c: "RED" }],
    ["SELECT color AS bar.baz, temperature AS bar.t FROM 'a'", { bar: { baz: "red", t: 50 } }],
    ["SELECT nothing, topic(2) FROM 'a'", { "topic(2)": "s1" }],
    ["SELECT {'c': color, 'l': [temperature, nothing, 1]} AS o FROM 'a'", { o: { c: "red", l: [50, 1] } }],
    ["SELECT VALUE [color, temperature]", ["red", 50]],
  ] as const)("%s", ([sql, expected]) => {
    expect(run(sql, { color: "red", temperature: 50 })).toEqual(expected);
  });

  test("nested paths and nested queries reach into objects and arrays", () => {
    const payload = {
      e: [
        { n: "temperature", v: 22.5 },
        { n: "light", v: 135 },
      ],
      at: { lat: 1 },
    };
    expect(run("SELECT at.lat AS lat FROM 'a'", payload)).toEqual({ lat: 1 });
    expect(run("SELECT (SELECT VALUE n FROM e) AS sensors FROM 'a'", payload)).toEqual({
      sensors: ["temperature", "light"],
    });
    expect(run("SELECT get((SELECT v FROM e WHERE n = 'temperature'), 0).v AS t FROM 'a'", payload)).toEqual({
      t: 22.5,
    });
  });

  test("a payload that is not JSON can be passed on whole, and encoded", () => {
    const bytes = Buffer.from([0xff, 0, 1]);
    const statement = new IotStatement("SELECT * FROM 'a'");
    expect(statement.run(messageOf(bytes), new SqlBudget())).toBe(bytes);
    expect(run("SELECT encode(*, 'base64') AS data, timestamp() AS ts FROM 'a'", bytes)).toEqual({
      data: "/wAB",
      ts: 1_481_825_251_155,
    });
    expect(run("SELECT *, timestamp() AS ts FROM 'a'", bytes)).toBeUndefined();
    expect(run("SELECT * FROM 'a' WHERE device = 'x'", bytes)).toBeUndefined();
  });

  test("numbers that JavaScript cannot hold exactly pass through SELECT *", () => {
    const bytes = Buffer.from('{"id":12345678901234567890}');
    expect(new IotStatement("SELECT * FROM 'a'").run(messageOf(bytes), new SqlBudget())).toBe(bytes);
  });
});

test.for([
  ["temperature > 40 AND color <> 'blue'", true],
  ["temperature > '40'", true],
  ["nothing = 1 OR temperature = 50", false],
  ["temperature = 50 OR nothing = 1", true],
  ["NOT color = 'red'", false],
  ["NOT NOT color = 'red'", true],
  ["color IN ['red', 'green']", true],
  ["color NOT IN ('red', 'green')", false],
  ["isUndefined(nothing)", true],
  ["nothing <> 1", false],
  ["'true'", false],
  ["CASE color WHEN 'red' THEN true ELSE false END", true],
  ["CASE WHEN temperature < 10 THEN false WHEN true THEN true END", true],
] as const)("WHERE %s", ([where, fires]) => {
  const result = run(`SELECT * FROM 'a' WHERE ${where}`, { color: "red", temperature: 50 });
  expect(result !== undefined).toBe(fires);
});

test.for([
  ["1 + 2 * 3 - 4 / 2", 5],
  ["7 / 2", 3],
  ["7.5 / 2", 3.75],
  ["-7 % 4", -3],
  ["'a' + 1 + true", "a1true"],
  ["1 / 0", undefined],
  ["concat([1, 2], 'x', [3])", [1, 2, "x", 3]],
  ["concat('con', 1)", "con1"],
  ["substring('012345', 1, 3)", "12"],
  ["substring('012345', -50, 50)", "012345"],
  ["substring(true, 1.2)", "rue"],
  ["substring('012345', 3, 1)", ""],
  ["length('hi')", 2],
  ["numbytes('€')", 3],
  ["trim('  h i ')", "h i"],
  ["cast('12.7' AS Int)", 12],
  ["cast(true AS decimal)", 1],
  ["cast('maybe' AS bool)", undefined],
  ["abs(-5)", 5],
  ["ceil(1.2) + floor(-1.2)", 0],
  ["round(-1.5)", -2],
  ["mod(8, 3)", 2],
  ["power(2, 5)", 32],
  ["sqrt(-1)", undefined],
  ["newuuid()", "00000000-0000-4000-8000-000000000000"],
  ["decode('eyJhIjozM30=', 'base64').a", 33],
  ["decode('%%', 'base64')", null],
  ["encode('hi', 'base64')", "aGk="],
  ["startswith('ranger', 'ran')", true],
  ["endswith('cat', null)", undefined],
  ["indexof('abcd', 'bc')", 1],
  ["get('abc', 1)", "b"],
  ["get([1], 1)", undefined],
  ["clientid()", "n/a"],
  ["isNull(NULL)", true],
  ["replace('abcdabcd', 'b', 'x')", "axcdaxcd"],
  ["regexp_substr('hihihello', '(hi)*')", "hihi"],
  ["regexp_replace('abcd', 'b(.*)d', '$1')", "ac"],
  ["regexp_matches('aaaa', 'a{2,}')", true],
  ["lpad(1, 3)", "   1"],
  ["md5('hello')", "5d41402abc4b2a76b9719d911017c592"],
  ["bitand(13, 5)", 5],
  ["parse_time(\"yyyy.MM.dd G 'at' HH:mm:ss\", 100000000, 'America/Belize')", "1970.01.01 AD at 21:46:40"],
  ["parse_time('yyyy-MM-dd HH:mm:ss.SSS Z', timestamp())", "2016-12-15 18:07:31.155 +0000"],
  ["parse_time('EEE, MMM d h:mm a', 0, 'Asia/Kolkata')", "Thu, Jan 1 5:30 AM"],
  ["'it''s' + \"\\\"\"", "it's\""],
] as const)("%s", ([expression, expected]) => {
  expect(valueOf(expression)).toEqual(expected);
});

test.for([
  "",
  "SELECT",
  "SELECT * FROM topic",
  "SELECT * FROM 'a/#/b'",
  "SELECT * FROM 'a' WHERE",
  "SELECT * FROM 'a' GROUP BY x",
  "SELECT nosuch(1) FROM 'a'",
  "SELECT aws_lambda('arn', *) FROM 'a'",
  "SELECT abs() FROM 'a'",
  "SELECT 'open FROM a",
  "SELECT a AS FROM 'a'",
  "SELECT VALUE a, b FROM 'a'",
  "SELECT ; FROM 'a'",
  "SELECT constructor( FROM 'a'",
  `SELECT ${"(".repeat(2_000)}1${")".repeat(2_000)} FROM 'a'`,
  `SELECT ${"x".repeat(40_000)} FROM 'a'`,
])("refuses %s", (sql) => {
  expect(() => new IotStatement(sql)).toThrow(IotSqlError);
});

test("long chains of operators need no deep stack", () => {
  const chain = (operator: string): string => Array.from({ length: 5_000 }, () => "1").join(operator);
  expect(valueOf(chain("+"))).toBe(5_000);
  expect(valueOf(`${"NOT ".repeat(4_001)}false`)).toBe(true);
  expect(valueOf(`${"- ".repeat(4_001)}1`)).toBe(-1);
});

test("names of the object prototype are names like others", () => {
  expect(valueOf("toString")).toBeUndefined();
  expect(valueOf("constructor.name")).toBeUndefined();
  expect(run("SELECT 1 AS __proto__.x FROM 'a'", {})).toEqual(JSON.parse('{"__proto__":{"x":1}}'));
  expect(({} as { readonly x?: number }).x).toBeUndefined();
});

test.for([
  ["nested queries", "SELECT (SELECT (SELECT (SELECT VALUE 1 FROM d) FROM d) FROM d) AS x FROM 'a'"],
  ["a search", "SELECT indexof(t, t) AS x FROM 'a'"],
  ["a comparison", "SELECT (SELECT VALUE d = d FROM d) AS x FROM 'a' WHERE d = d AND d = d AND d = d"],
  ["a pattern", `SELECT regexp_matches(t, '${"(a*)*".repeat(150)}b') AS x FROM 'a'`],
] as const)("%s is bounded", ([, sql]) => {
  const d = Array.from({ length: 400 }, () => ({
    d: Array.from({ length: 400 }, () => ({ d: [1] })),
    t: "a".repeat(20),
  }));
  const payload = { d, t: "a".repeat(60_000) };
  expect(() => run(sql, payload)).toThrow(SqlBudgetExceeded);
});

test("JSON that is nested too deep is handled as bytes", () => {
  const bytes = Buffer.from("[".repeat(50_000) + "]".repeat(50_000));
  expect(payloadValue(bytes)).toBe(bytes);
});

test("templates take expressions between braces", () => {
  const fill = (template: string): string =>
    new IotTemplate(template).fill(messageOf({ id: "d1", n: { x: 2 } }), new SqlBudget());
  expect(fill("${topic()}/out/${id}")).toBe("sensors/s1/data/out/d1");
  expect(fill("${replace(topic(), '/', '-') + '-}' + n.x}!")).toBe("sensors-s1-data-}2!");
  expect(fill("${get({'a': id}, 'a')}${nothing}$")).toBe("d1$");
  expect(() => new IotTemplate("${topic(")).toThrow(IotSqlError);
  expect(() => new IotTemplate("${topic(}")).toThrow(IotSqlError);
});

const WORDS = [
  ...["SELECT", "VALUE", "*", "FROM", "'a/#'", "WHERE", "AND", "OR", "NOT", "IN", "(", ")", "[", "]", "{", "}", ","],
  ...[".", ":", "+", "-", "/", "%", "=", "<", "<>", "AS", "CASE", "WHEN", "THEN", "ELSE", "END", "1", "2.5e3", "'x'"],
  ...["color", "e", "concat(", "get(", "cast(", "topic(", "null", "true", "'", '"', "\\", "\0", "é", "exists"],
];

test("any text is a statement or refused with IotSqlError, and every statement ends", () => {
  const statement = fc.array(fc.constantFrom(...WORDS), { maxLength: 25 });
  fc.assert(
    fc.property(statement, fc.boolean(), fc.json({ maxDepth: 3 }), (words, complete, payload) => {
      const sql = complete ? `SELECT ${words.join(" ")} FROM 'a'` : words.join(" ");
      try {
        run(sql, JSON.parse(payload));
      } catch (error) {
        expect(error instanceof IotSqlError || error instanceof SqlBudgetExceeded).toBe(true);
      }
    }),
    { numRuns: 3_000 },
  );
});

test("any expression of values and functions evaluates without an exception", () => {
  const value = fc.constantFrom("1", "-2.5", "'a'", "''", "null", "true", "x", "x.y", "*", "[1, 'b']", "{'k': 2}");
  const names = ["abs", "concat", "substring", "get", "length", "indexof", "encode", "decode", "parse_time", "replace"];
  const expression = fc.letrec<{ readonly any: string }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      value,
      fc
        .tuple(fc.constantFrom("+", "-", "*", "/", "%", "=", "<"), tie("any"), tie("any"))
        .map(([s, a, b]) => `(${a} ${s} ${b})`),
      fc
        .tuple(fc.constantFrom(...names), fc.array(tie("any"), { maxLength: 3 }))
        .map(([n, args]) => `${n}(${args.join(", ")})`),
    ),
  })).any;
  fc.assert(
    fc.property(expression, fc.json({ maxDepth: 2 }), (text, payload) => {
      let statement: IotStatement;
      try {
        statement = new IotStatement(`SELECT ${text} AS v FROM 'a'`);
      } catch (error) {
        expect(error).toBeInstanceOf(IotSqlError); // a wrong number of arguments
        return;
      }
      statement.run(messageOf(JSON.parse(payload)), new SqlBudget());
    }),
    { numRuns: 3_000 },
  );
});
