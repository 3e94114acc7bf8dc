import { expect, test } from "vitest";
import { compileEventPattern } from "./compileEventPattern.ts";
import { InvalidEventPattern } from "./invalidEventPattern.ts";

const matches = (pattern: object, event: unknown): boolean =>
  compileEventPattern(JSON.stringify(pattern)).matches(event);

test.each<[string, object, unknown[], unknown[]]>([
  [
    "an exact text",
    { a: ["x"] },
    [{ a: "x" }, { a: ["y", "x"] }, { a: [["x"]] }],
    [{ a: "X" }, { a: 1 }, {}, { a: [] }, { a: { x: "x" } }],
  ],
  ["a number, however it is written", { a: [300] }, [{ a: 300 }, { a: 3e2 }], [{ a: "300" }, { a: 301 }]],
  ["null and not absence", { a: [null] }, [{ a: null }], [{ a: "null" }, {}, { a: 0 }]],
  ["a boolean and not its text", { a: [true] }, [{ a: true }], [{ a: "true" }, { a: false }]],
  ["one of several", { a: ["x", 1, null] }, [{ a: "x" }, { a: 1 }, { a: null }], [{ a: "1" }]],
  ["all fields", { a: ["x"], b: { c: ["y"] } }, [{ a: "x", b: { c: "y" } }], [{ a: "x" }, { a: "x", b: { c: "z" } }]],
  ["a name with dots like a path", { "a.b": ["x"] }, [{ a: { b: "x" } }, { "a.b": "x" }], [{ a: { "b.c": "x" } }]],
  [
    "a prefix",
    { a: [{ prefix: "us-" }] },
    [{ a: "us-east-1" }, { a: "us-" }],
    [{ a: "eu-us-" }, { a: "US-x" }, { a: 1 }],
  ],
  [
    "a prefix without case",
    { a: [{ prefix: { "equals-ignore-case": "EventB" } }] },
    [{ a: "EVENTBRIDGE" }],
    [{ a: "even" }],
  ],
  ["a suffix", { a: [{ suffix: ".png" }] }, [{ a: "x.png" }, { a: ".png" }], [{ a: "x.PNG" }, { a: "png" }]],
  ["a suffix without case", { a: [{ suffix: { "equals-ignore-case": ".PnG" } }] }, [{ a: "x.png" }], [{ a: "x.jpg" }]],
  ["a text without case", { a: [{ "equals-ignore-case": "alice" }] }, [{ a: "ALICE" }], [{ a: "alice1" }]],
  ["an empty text", { a: [""] }, [{ a: "" }], [{ a: null }, {}, { a: " " }]],
  [
    "anything but a text",
    { a: [{ "anything-but": "x" }] },
    [{ a: "y" }, { a: null }, { a: 1 }, { a: ["x", "y"] }],
    [{ a: "x" }, {}, { a: [] }],
  ],
  ["anything but numbers", { a: [{ "anything-but": [1, 2] }] }, [{ a: 3 }, { a: "1" }], [{ a: 1 }, { a: 2 }]],
  [
    "anything but prefixes",
    { a: [{ "anything-but": { prefix: ["us-", "eu-"] } }] },
    [{ a: "ap-1" }, { a: 5 }],
    [{ a: "us-1" }, { a: "eu-1" }, {}],
  ],
  ["anything but a suffix", { a: [{ "anything-but": { suffix: ".png" } }] }, [{ a: "x.jpg" }], [{ a: "x.png" }]],
  [
    "anything but without case",
    { a: [{ "anything-but": { "equals-ignore-case": ["init", "stop"] } }] },
    [{ a: "run" }],
    [{ a: "INIT" }, { a: "Stop" }],
  ],
  [
    "anything but a wildcard",
    { a: [{ "anything-but": { wildcard: "*/lib/*" } }] },
    [{ a: "/usr/bin/x" }],
    [{ a: "/usr/lib/x" }],
  ],
  ["a range", { a: [{ numeric: [">", 0, "<=", 5] }] }, [{ a: 5 }, { a: 0.1 }], [{ a: 0 }, { a: 5.1 }, { a: "3" }]],
  ["equal by numeric", { a: [{ numeric: ["=", 3.018e2] }] }, [{ a: 301.8 }], [{ a: 301 }]],
  ["below", { a: [{ numeric: ["<", 10] }] }, [{ a: -1e9 }], [{ a: 10 }]],
  [
    "an IPv4 network",
    { a: [{ cidr: "10.0.0.0/24" }] },
    [{ a: "10.0.0.255" }],
    [{ a: "10.0.1.0" }, { a: "10.0.0" }, { a: "10.0.0.0.0" }],
  ],
  [
    "an IPv6 network",
    { a: [{ cidr: "2001:db8::/32" }] },
    [{ a: "2001:db8:ffff::1" }],
    [{ a: "2001:db9::1" }, { a: "10.0.0.1" }],
  ],
  ["an address in another spelling", { a: ["2001:db8::1"] }, [{ a: "2001:0DB8:0:0:0:0:0:1" }], [{ a: "2001:db8::2" }]],
  [
    "presence",
    { a: { b: [{ exists: true }] } },
    [{ a: { b: null } }, { a: { b: "x" } }],
    [{ a: {} }, { a: { b: {} } }, { a: { b: [] } }],
  ],
  ["absence", { a: { b: [{ exists: false }] } }, [{ a: {} }, {}, { a: { b: { c: 1 } } }], [{ a: { b: 1 } }]],
  ["absence or a value", { a: [{ exists: false }, { numeric: [">", 0] }] }, [{}, { a: 1 }], [{ a: 0 }]],
  [
    "wildcards",
    { a: [{ wildcard: "dir/*.png" }] },
    [{ a: "dir/x.png" }, { a: "dir/.png" }],
    [{ a: "dir/x.png.gz" }, { a: "dir.png" }],
  ],
  [
    "a wildcard in the middle",
    { a: [{ wildcard: "*ab*ba*" }] },
    [{ a: "ababa" }, { a: "xxabyybazz" }],
    [{ a: "aba" }, { a: "bbaab" }],
  ],
  ["escaped wildcards", { a: [{ wildcard: "a\\*\\\\*" }] }, [{ a: "a*\\x" }], [{ a: "aa\\x" }]],
  ["a lone wildcard", { a: [{ wildcard: "*" }] }, [{ a: "" }, { a: "x" }], [{ a: 1 }, {}]],
  [
    "$or",
    { $or: [{ a: ["x"] }, { b: { $or: [{ c: [1] }, { d: [2] }] } }], e: ["y"] },
    [
      { a: "x", e: "y" },
      { b: { c: 1 }, e: "y" },
      { b: { d: 2 }, e: "y" },
    ],
    [{ a: "x" }, { e: "y" }, { b: { c: 2 }, e: "y" }],
  ],
  [
    "conditions about members of one element",
    { a: { x: [1], y: [2] } },
    [{ a: [{ x: 0 }, { x: 1, y: 2 }] }, { a: { x: [0, 1], y: [2] } }],
    [{ a: [{ x: 1 }, { y: 2 }] }],
  ],
  [
    "elements of nested arrays",
    { a: { b: { x: [1], y: [2] }, z: [3] } },
    [{ a: [{ b: [{ x: 1, y: 2 }], z: 3 }] }],
    [{ a: [{ b: [{ x: 1, y: 2 }] }, { z: 3 }] }, { a: [{ b: [{ x: 1 }, { y: 2 }], z: 3 }] }],
  ],
  ["names that objects inherit", { constructor: ["x"], __proto__x: [{ exists: false }] }, [{ constructor: "x" }], [{}]],
])("a pattern matches %s", (_, pattern, yes, no) => {
  expect(yes.filter((event) => !matches(pattern, event))).toEqual([]);
  expect(no.filter((event) => matches(pattern, event))).toEqual([]);
});

test.each<[string, string]>([
  ["[]", "Filter is not an object"],
  ["{}", "Empty objects are not allowed"],
  ['{"a": {}}', "Empty objects are not allowed"],
  ['{"a": []}', "Empty arrays are not allowed"],
  ['{"a": "x"}', '"a" must be an object or an array'],
  ['{"a": [["x"]]}', "Match value must be String, number, true, false, or null"],
  ['{"a": [{}]}', "Match expression name not found"],
  ['{"a": [{"between": 1}]}', "Unrecognized match type between"],
  ['{"a": [{"prefix": 1}]}', "prefix match pattern must be a string"],
  ['{"a": [{"prefix": "x", "suffix": "y"}]}', "Only one key allowed in match expression"],
  ['{"a": [{"exists": "true"}]}', "exists match pattern must be either true or false."],
  ['{"a": [{"numeric": [">", "1"]}]}', "Value of > must be numeric"],
  ['{"a": [{"numeric": [">", 5, "<", 1]}]}', "Bottom must be less than top"],
  ['{"a": [{"numeric": ["!", 5]}]}', "Unrecognized numeric range operator: !"],
  ['{"a": [{"anything-but": null}]}', "Value of anything-but must be an array or single string/number value."],
  [
    '{"a": [{"anything-but": [1, "x"]}]}',
    "Inside anything but list, either all values are number or string, mixed type is not supported",
  ],
  ['{"a": [{"anything-but": {"prefix": ""}}]}', "Null prefix/suffix not allowed"],
  ['{"a": [{"anything-but": {"cidr": "x"}}]}', "Unsupported anything-but pattern: cidr"],
  ['{"a": [{"wildcard": "a**b"}]}', "Consecutive wildcard characters at pos 2"],
  ['{"a": [{"wildcard": "a\\\\b"}]}', "Invalid escape character at pos 2"],
  ['{"a": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR, one '/' required"],
  ['{"a": [{"cidr": "10.0.0.0/33"}]}', "IPv4 mask bits must be between 0 and 32"],
  ['{"$or": "x"}', "It must be an Array followed with $or."],
  ['{"$or": [{"a": [1]}]}', "There must have at least 2 Objects in $or relationship."],
  ['{"$or": [{"a": [1]}, 1]}', "Only JSON object is allowed in array of $or relationship."],
  ['{"$or": [{"prefix": ["a"]}, {"b": ["a"]}]}', "prefix is Ruler reserved fieldName which cannot be used inside $or."],
  ['{"a": ["x"]', "Unexpected end-of-input: expected close marker for Object"],
  ['{"a": ["x" "y"]}', `Unexpected character ('"' (code 34)): was expecting comma to separate Array entries`],
  ['{"a": ["x"]} {}', "Unexpected character ('{' (code 123)): expected the end of the pattern"],
])("%s is refused", (text, problem) => {
  expect(() => compileEventPattern(text)).toThrow(InvalidEventPattern);
  expect(() => compileEventPattern(text)).toThrow(problem);
});

test("a refusal shows the pattern and the position as AWS does", () => {
  const text = '{"detail-type":["dual"],"detail":{"delaySeconds":[{"exists":"false"}]}}';
  expect(() => compileEventPattern(text)).toThrow(
    `exists match pattern must be either true or false.\n at [Source: (String)"${text}"; line: 1, column: 62]`,
  );
});

test("a pattern is refused when its $or conditions multiply to more than 1000 combinations", () => {
  const or = (name: string, count: number) => ({ $or: Array.from({ length: count }, (_, i) => ({ [name]: [i] })) });
  const pattern = (last: number) => JSON.stringify({ a: or("x", 10), b: or("y", 10), c: or("z", last) });
  expect(compileEventPattern(pattern(10)).matches({ a: { x: 9 }, b: { y: 0 }, c: { z: 5 } })).toBe(true);
  expect(() => compileEventPattern(pattern(11))).toThrow("more than 1000 combinations");
});

test("a pattern whose wildcards would cost too much is refused", () => {
  expect(() => compileEventPattern(JSON.stringify({ a: [{ wildcard: `*${"a".repeat(200)}*` }] }))).toThrow(
    "Rule is too complex",
  );
  const many = Array.from({ length: 101 }, (_, i) => ({ wildcard: `${i}*` }));
  expect(() => compileEventPattern(JSON.stringify({ a: many }))).toThrow("Rule is too complex");
});

test("a pattern is refused when its combinations have too many conditions together", () => {
  const or = (name: string) => ({ $or: Array.from({ length: 10 }, (_, i) => ({ [name]: [i] })) });
  const others = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`f${i}`, [1]]));
  const ors = { a: or("x"), b: or("y") };
  for (const pattern of [
    { ...ors, ...others },
    { ...others, ...ors },
  ])
    expect(() => compileEventPattern(JSON.stringify(pattern))).toThrow("conditions in all combinations");
});

/** `[[…[1],1],1]`: the more arrays, the deeper the values in them. */
const nested = (depth: number): unknown => {
  let value: unknown = 1;
  for (let at = 0; at < depth; at++) value = [value, 1];
  return value;
};

test("an event with values deep in arrays is matched in little time and memory, or not at all", () => {
  const pattern = { a: [1], b: [1] };
  expect(matches(pattern, { a: nested(300), b: nested(300) })).toBe(true);
  const before = process.memoryUsage().heapUsed;
  expect(matches(pattern, { a: nested(999), b: nested(999) })).toBe(true);
  expect(matches(pattern, { a: nested(100_000), b: nested(100_000) })).toBe(false);
  expect(matches(pattern, { a: Array(1_000_001).fill(1), b: Array(1_000_001).fill(1) })).toBe(false);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(1024 ** 3);
});
