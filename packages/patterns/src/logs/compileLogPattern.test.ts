import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileLogPattern } from "./compileLogPattern.ts";
import { InvalidLogPattern } from "./invalidLogPattern.ts";

type Case = readonly [pattern: string, message: string, matches: boolean];

function check(cases: readonly Case[]): void {
  for (const [pattern, message, matches] of cases) {
    test(`${pattern} ${matches ? "matches" : "does not match"} ${message}`, () => {
      expect(compileLogPattern(pattern).matches(message)).toBe(matches);
    });
  }
}

describe("terms", () => {
  check([
    ["", "anything", true],
    [" ", "anything", true],
    ['""', "anything", true],
    ["ERROR", "an ERROR", true],
    ["ERROR", "an error", false],
    ["ERROR", "[ERRORS]", true],
    ["a b", "b then a", true],
    ["a b", "a only", false],
    ['"a b"', "b a", false],
    ["?x ?y", "only y", true],
    ["?x ?y", "neither", false],
    ["z ?x", "z alone", true],
    ["?x -y", "neither of them", true],
    ["?x -q", "q", false],
    ["-x", "y", true],
    ["-x", "x", false],
    ['a -"b c"', "a b c", false],
    ['a -"b c"', "a c b", true],
    ['?"INTERNAL SERVER ERROR" ?WARN', "500 INTERNAL SERVER ERROR", true],
    ['"\\"quoted\\""', 'the "quoted" one', true],
    ["%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", true],
    ["%^[hc]at$%", "hat", true],
    ["%^[hc]at$%", "chat", false],
    ["%colou?r%", "the color", true],
    ["%10\\.10\\.\\d{1,3}\\.1%", "from 10.10.255.1", true],
    ["-%WARN|INFO% down", "ERROR down", true],
  ]);
});

describe("JSON", () => {
  const message = JSON.stringify({
    eventType: "UpdateTrail",
    sourceIPAddress: "111.111.111.111",
    arrayKey: ["value", "another value"],
    objectList: [
      { name: "a", id: 1 },
      { name: "b", id: 2 },
    ],
    SomeObject: null,
    ThisFlag: true,
    off: false,
    n: 4.5,
    text: "500",
    "k-e_y": { deep: 1 },
  });
  check([
    ['{ $.eventType = "UpdateTrail" }', message, true],
    ["{ $.eventType = UpdateTrail }", message, true],
    ["{$.eventType=Update*}", message, true],
    ['{ $.eventType = "*date*" }', message, true],
    ['{ $.eventType = "*datex*" }', message, false],
    ["{ $.sourceIPAddress != 123.123.* }", message, true],
    ["{ $.sourceIPAddress = 111.111.* }", message, true],
    ['{ $.arrayKey[0] = "value" }', message, true],
    ['{ $.arrayKey[2] = "value" }', message, false],
    ['{ $.arrayKey[*] = "another value" }', message, true],
    ["{ $.objectList[1].id = 2 }", message, true],
    ["{ $.SomeObject IS NULL }", message, true],
    ["{ $.SomeOtherObject IS NULL }", message, false],
    ["{ $.SomeOtherObject NOT EXISTS }", message, true],
    ["{ $.SomeObject NOT EXISTS }", message, false],
    ["{ $.ThisFlag IS TRUE }", message, true],
    ["{ $.ThisFlag is true }", message, true],
    ["{ $.off IS FALSE }", message, true],
    ["{ $.off IS TRUE }", message, false],
    ["{ $.n >= 4.5 }", message, true],
    ["{ $.n > 4.5 }", message, false],
    ["{ $.n < 5e0 }", message, true],
    ["{ $.n = 4.5 }", message, true],
    ["{ $.text = 5* }", message, true],
    ["{ $.text = 500 }", message, true],
    ["{ $.missing != 5 }", message, false],
    ["{ $.n = * }", message, true],
    ["{ $.objectList = * }", message, false],
    ["{ $.k-e_y.deep = 1 }", message, true],
    ["{ $.eventType = %Trail$% }", message, true],
    ["{ $.eventType != %Trail$% }", message, false],
    ["{ ($.n = 1 || $.n = 4.5) && $.off IS FALSE }", message, true],
    ["{ $.n = 4.5 || $.n = 1 && $.off IS TRUE }", message, true],
    ["{ ($.n = 4.5 || $.n = 1) && $.off IS TRUE }", message, false],
    ["{ $.n = 4.5 }", "not JSON {}", false],
    ["{ $.n = 4.5 }", "{broken", false],
    ["{ $.toString = * }", "{}", false],
    ["{ $.a = 1 }", ' {"a":1}\n', true],
  ]);

  test("shows the values that it names", () => {
    const pattern = compileLogPattern('{ $.eventType = "*" && $.n > 1 && $.ThisFlag IS TRUE && $.missing NOT EXISTS }');
    expect(pattern.extract(message)).toEqual({ "$.eventType": "UpdateTrail", "$.n": "4.5", "$.ThisFlag": "true" });
  });
});

describe("columns", () => {
  const line = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';
  check([
    ["[]", line, true],
    ["[ip, user, username, timestamp, request, status_code, bytes]", line, true],
    ["[ip, user, username, timestamp, request, status_code]", line, false],
    ["[ip, user, username, timestamp, request, status_code = 4*, bytes]", line, true],
    ["[ip, user, username, timestamp, request = *html*, status_code = 4*, bytes > 1000]", line, true],
    ["[ip, user, username, timestamp, request = *html*, status_code = 4*, bytes > 2000]", line, false],
    ["[..., status_code=404 || status_code=410, bytes]", line, true],
    ["[..., status_code=500 || status_code=410, bytes]", line, false],
    ["[ip=%127\\.0\\.[0-9.]+%, ...]", line, true],
    ["[ip!=127*, ...]", line, false],
    ["[ip, ..., size=1534]", line, true],
    ["[ip, user=Prod && user!=*x*, ...]", line, true],
    ["[, user=Prod, ...]", line, true],
    ["[w1=ERROR, w2]", "ERROR 5", true],
    ["[w1=ERROR, w2]", "ERROR 5 6", false],
    ["[w1!=%WARN% && w1!=%INFO%, w2]", "ERROR 5\n", true],
    ["[a, b]", 'one "never closed', false],
    ["[a, b, c]", 'one "never closed', true],
  ]);

  test("shows the columns by name or position", () => {
    const pattern = compileLogPattern("[ip, ..., status_code = 4*, bytes]");
    expect(pattern.extract(line)).toEqual({
      $ip: "127.0.0.1",
      $2: "Prod",
      $3: "frank",
      $4: "10/Oct/2000:13:25:15 -0700",
      $5: "GET /index.html HTTP/1.0",
      $status_code: "404",
      $bytes: "1534",
    });
    expect(compileLogPattern("[]").extract("a b")).toEqual({ $1: "a", $2: "b" });
  });
});

test.for([
  "a.b",
  '"open',
  "%open",
  "%%",
  "%something!%",
  "%(a|b)%",
  "%[a%",
  "%\\pL%",
  "%a{300}%",
  "%a{100}b{100}c{100}%",
  "%a% %b% %c%",
  "%é%",
  "{}",
  "{ $.a }",
  "{ $.a = }",
  "{ a = 1 }",
  "{ $. = 1 }",
  "{ $.a[x] = 1 }",
  "{ $.a > x }",
  "{ $.a IS 5 }",
  "{ $.a NOT 5 }",
  "{ $.a = 1 && }",
  "{ $.a = 1 } x",
  "{ $.a = 1",
  "{ ($.a = 1 }",
  `{ ${"(".repeat(200)}$.a = 1${")".repeat(200)} }`,
  "[a, b",
  "[a] b",
  "[..., ...]",
  "[a = 1 && b = 2]",
  "[a > x]",
  "x".repeat(1025),
])("refuses %s", (pattern) => {
  expect(() => compileLogPattern(pattern)).toThrow(InvalidLogPattern);
});

test("any text is either a pattern or refused, and a pattern judges any message", () => {
  const parts = [
    "a",
    "$.a",
    "$",
    ".",
    " ",
    '"',
    "\\",
    "?",
    "-",
    "%",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "=",
    "!=",
    ">",
    "5",
    "*",
    "&&",
    "||",
    ",",
    "...",
    "IS",
    "NULL",
    "NOT",
    "EXISTS",
  ];
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(fc.constantFrom(...parts), { maxLength: 20 }).map((all) => all.join("")),
        fc.array(fc.constantFrom(...parts), { maxLength: 20 }).map((all) => `{ $.a = ${all.join("")} }`),
        fc.array(fc.constantFrom(...parts), { maxLength: 20 }).map((all) => `[a ${all.join("")}]`),
      ),
      fc.oneof(fc.string(), fc.json(), fc.constantFrom('{"a":5}', '{"a":[{"a":null}]}', 'a "b c" [d] 5')),
      (text, message) => {
        try {
          const pattern = compileLogPattern(text);
          if (pattern.matches(message)) pattern.extract(message);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidLogPattern);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test.for([
  [`{ $.a = "${"*a".repeat(400)}b" }`, JSON.stringify({ a: "a".repeat(200_000) })],
  ["[a, b]", '"'.repeat(200_000)],
  ["[a, b]", "[ ".repeat(100_000)],
  [`{ $${".a".repeat(400)} = 1 }`, `${'{"a":'.repeat(400)}1${"}".repeat(400)}`],
  ["%a{1,100}b{1,100}c%", "ab".repeat(100_000)],
  ["%[ab]+[ab]+[ab]+[ab]+c$%", "ab".repeat(100_000)],
] as const)("a pattern that is built to be slow ends: %s", ([pattern, message]) => {
  expect(compileLogPattern(pattern).matches(message)).toBeTypeOf("boolean");
});
