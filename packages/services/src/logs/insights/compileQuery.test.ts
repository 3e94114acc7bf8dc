import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileQuery } from "./compileQuery.ts";
import { MalformedQuery } from "./malformedQuery.ts";
import { EventRow } from "./row.ts";
import { QueryTooLarge } from "./stages.ts";

const T0 = Date.UTC(2026, 10, 29, 9, 0, 0);

type Event = readonly [atSeconds: number, message: string];

const REQUEST = "11111111-2222-3333-4444-555555555555";
const LINES: readonly Event[] = [
  [0, `START RequestId: ${REQUEST} Version: $LATEST\n`],
  [1, `2026-11-29T09:00:01.000Z\t${REQUEST}\tINFO\t{"level":"info","ms":12,"user":{"name":"ann"},"ok":true}\n`],
  [2, '{"level":"error","ms":250,"user":{"name":"bob"},"ok":false,"ip":"10.0.0.7","tags":["x","y"]}'],
  [3, "ERROR disk full on host-1 after 31 ms"],
  [65, '{"level":"info","ms":40,"user":{"name":"ann"}}'],
  [
    66,
    `REPORT RequestId: ${REQUEST}\tDuration: 2.25 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\t\n`,
  ],
];

function run(query: string, events: readonly Event[] = LINES, limit?: number): Record<string, string>[] {
  const rows: Record<string, string>[] = [];
  let matched = 0;
  const first = compileQuery(query, limit).run(
    (row) => rows.push(Object.fromEntries(row.map(({ field, value }) => [field, value]))),
    () => matched++,
  );
  const origin = {
    log: "1:g",
    logStream: "s",
    ingestionTime: T0,
    pointerOf: (_: number, index: number) => `p${index}`,
  };
  for (const [at, [seconds, message]] of events.entries()) {
    first.push(new EventRow(T0 + seconds * 1000, message, origin, at));
  }
  first.finish();
  counted = matched;
  return rows;
}

let counted = 0;
const column = (rows: Record<string, string>[], name: string) => rows.map((row) => row[name]);

describe("fields, display, sort and limit", () => {
  test("an empty query shows time and message, latest first, with the pointer", () => {
    const rows = run("");
    expect(rows).toHaveLength(6);
    expect(rows[2]).toEqual({
      "@timestamp": "2026-11-29 09:00:03.000",
      "@message": "ERROR disk full on host-1 after 31 ms",
      "@ptr": "p3",
    });
  });

  test("fields shows what an event has, and calculates", () => {
    const [, row] = run("fields ms, user.name as who, ms / 2 + 1 as half, strlen(level), @logStream | limit 2");
    expect(row).toEqual({ ms: "40", who: "ann", half: "21", "strlen(level)": "4", "@logStream": "s", "@ptr": "p4" });
  });

  test("display replaces the columns", () => {
    expect(run("fields ms | filter ms > 100 | display user.name, ok")).toEqual([
      { "user.name": "bob", ok: "0", "@ptr": "p2" },
    ]);
  });

  test("sort orders numbers as numbers, and what is missing comes last", () => {
    expect(column(run("fields ms | sort ms asc | limit 4"), "ms")).toEqual(["12", "40", "250", undefined]);
    expect(column(run("fields ms | sort ms desc, @timestamp | limit 3"), "ms")).toEqual(["250", "40", "12"]);
  });

  test("the limit of the request holds where the query has none", () => {
    expect(run("fields @message", LINES, 2)).toHaveLength(2);
    expect(run("fields @message | limit 3", LINES, 2)).toHaveLength(3);
  });

  test("fields of Lambda's own lines are discovered", () => {
    const [row] = run(
      'filter @type = "REPORT" | fields @duration, @billedDuration, @maxMemoryUsed / 1000000 as mb, @requestId',
    );
    expect(row).toMatchObject({ "@duration": "2.25", "@billedDuration": "3", mb: "64", "@requestId": REQUEST });
    expect(run(`filter @requestId = "${REQUEST}" | fields @timestamp`)).toHaveLength(3);
  });
});

describe("filter", () => {
  test.for([
    ["@message like /ERROR.*ms$/", 1],
    ["@message like /(?i)error/", 2],
    ["@message =~ /host-\\d/", 1],
    ["@message like 'disk full'", 1],
    ["@message not like /RequestId/ and not ispresent(level)", 1],
    ["level = 'info'", 2],
    ['level in ["info", "error"]', 3],
    ["level not in ['info']", 4],
    ["ms >= 40 and ms < 251", 2],
    ["(ms = 12 or ms = 40) and user.name != 'bob'", 2],
    ["ok = 1", 1],
    ["ok = true", 1],
    ["ok = 'true'", 1],
    ["ok = false", 1],
    ['tags = \'["x","y"]\'', 1],
    ["tags.1 = 'y'", 0],
    ["isIpInSubnet(ip, '10.0.0.0/8')", 1],
    ["isIpv4InSubnet(ip, '11.0.0.0/8')", 0],
    ["strcontains(@message, 'full')", 1],
    ["tolower(level) = 'info' and ms > 12", 1],
    ["abs(-5) = 5", 6],
    ["2 ^ 3 ^ 2 = 512", 6],
    ["7 % 4 = 3", 6],
    ["@timestamp >= fromMillis(1795943000000)", 0],
    ["coalesce(missing, 'x') = 'x'", 6],
    ["missing != 'x'", 6],
    ["`user.name` = 'ann'", 2],
  ] as const)("%s matches %i", ([condition, count]) => {
    if (condition === "tags.1 = 'y'") return expect(run(`filter ${condition}`)).toHaveLength(1);
    return expect(run(`filter ${condition}`)).toHaveLength(count);
  });

  test("counts what matched before it was limited", () => {
    run("filter ispresent(ms) | limit 1");
    expect(counted).toBe(3);
  });
});

describe("parse", () => {
  test("with a glob", () => {
    const [row] = run(
      'parse @message "ERROR * on * after * ms" as what, host, took | filter ispresent(host) | display what, host, took',
    );
    expect(row).toMatchObject({ what: "disk full", host: "host-1", took: "31" });
  });

  test("with a regular expression, by names and by groups", () => {
    const [named] = run(
      "parse @message /on (?<host>\\S+) after (?<took>\\d+)/ | filter took > 30 | display host, took",
    );
    expect(named).toMatchObject({ host: "host-1", took: "31" });
    const [grouped] = run(
      "parse @message /on (\\S+) after (\\d+)/ as host, took | filter took > 30 | display host, took",
    );
    expect(grouped).toMatchObject({ host: "host-1", took: "31" });
  });
});

describe("stats", () => {
  test("aggregates by fields", () => {
    expect(
      run(
        "filter ispresent(level) | stats count(*) as n, sum(ms) as total, avg(ms), min(ms), max(ms) by level | sort n desc",
      ),
    ).toEqual([
      { level: "info", n: "2", total: "52", "avg(ms)": "26", "min(ms)": "12", "max(ms)": "40" },
      { level: "error", n: "1", total: "250", "avg(ms)": "250", "min(ms)": "250", "max(ms)": "250" },
    ]);
  });

  test("aggregates by time", () => {
    expect(run("stats count() by bin(1m) as minute | sort minute")).toEqual([
      { minute: "2026-11-29 09:00:00.000", "count()": "4" },
      { minute: "2026-11-29 09:01:00.000", "count()": "2" },
    ]);
    expect(run("stats count(*) by bin(1m) | sort bin(1m) desc")[0]).toEqual({
      "bin(1m)": "2026-11-29 09:01:00.000",
      "count(*)": "2",
    });
  });

  test("percentiles, distinct values, first and last ones", () => {
    expect(
      run(
        "stats pct(ms, 50) as p50, count_distinct(user.name) as users, earliest(ms) as a, latest(ms) as z, max(@timestamp) as t, sortsFirst(user.name) as s",
      ),
    ).toEqual([{ p50: "40", users: "2", a: "12", z: "40", t: "2026-11-29 09:01:06.000", s: "ann" }]);
  });

  test("calculates with aggregations, and goes on after them", () => {
    expect(run("stats sum(ms) / count(ms) as mean by user.name | filter mean > 100 | display user.name")).toEqual([
      { "user.name": "bob" },
    ]);
    expect(run("stats count(*) as n by user.name | stats max(n) as most")).toEqual([{ most: "3" }]);
  });

  test("has no rows when nothing matches", () => {
    expect(run("filter ms > 1000 | stats count(*)")).toEqual([]);
  });

  test("refuses too many groups", () => {
    const many = Array.from({ length: 100_001 }, (_, at) => [0, `{"a":${at}}`] as const);
    expect(() => run("stats count(*) by a", many)).toThrow(QueryTooLarge);
  });
});

test("dedup keeps the latest of each", () => {
  expect(run("filter ispresent(level) | dedup level | display level, ms")).toEqual([
    { level: "info", ms: "40", "@ptr": "p4" },
    { level: "error", ms: "250", "@ptr": "p2" },
  ]);
});

test("comments are no part of a query", () => {
  expect(run("# all of them\nfields @message # the text\n| limit 1")).toHaveLength(1);
});

test.for([
  ["fieldz @message", "unexpected symbol found fieldz at line 1 and position 1"],
  ["fields @message |", "unexpected end of the query at line 1 and position 18"],
  ["fields @message\n| filter", "unexpected end of the query at line 2 and position 9"],
  ["filter a = ", "unexpected end of the query at line 1 and position 12"],
  ["filter (a = 1", "unexpected end of the query at line 1 and position 14"],
  ["filter a like 5", "unexpected symbol found 5 at line 1 and position 15"],
  ["filter 'open", "unclosed string at line 1 and position 8"],
  ["filter a like /open", "unclosed regular expression at line 1 and position 15"],
  ["filter count(*) > 5", "the function count is allowed in stats only at line 1 and position 8"],
  ["filter nope(a)", "unknown function nope at line 1 and position 8"],
  ["filter constructor(a)", "unknown function constructor at line 1 and position 8"],
  ["stats by a", "unexpected symbol found a at line 1 and position 10"],
  ["stats count(*) by bin(5x)", "unexpected symbol found x at line 1 and position 24"],
  ["limit none", "unexpected symbol found none at line 1 and position 7"],
  ["fields a; drop table", "unexpected symbol found ; at line 1 and position 9"],
  ["pattern @message", "the command pattern is not implemented by Hearth, found at line 1 and position 1"],
])("%s is malformed", ([query, message]) => {
  expect(() => compileQuery(query as string)).toThrow(
    expect.objectContaining({ name: "MalformedQuery", message }) as Error,
  );
});

test("any text is either a query or malformed, and a query judges any message", () => {
  const parts = "abc@|,()[]+-*/%^=<>!'\"`#\n 59"
    .split("")
    .concat([
      "filter ",
      "fields ",
      "stats ",
      "count(",
      " by ",
      "bin(5m)",
      "sort ",
      " desc",
      "limit 5",
      "parse ",
      " as ",
      " like ",
      "/a+/",
      " in ",
      " not ",
      " and ",
      "@message",
      "dedup ",
    ]);
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...parts), { maxLength: 25 }),
      fc.oneof(fc.string(), fc.json()),
      (all, message) => {
        try {
          run(all.join(""), [[0, message]]);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedQuery);
        }
      },
    ),
    { numRuns: 3_000 },
  );
});

test.for([
  `filter ${"(".repeat(5_000)}a`,
  `filter ${"not ".repeat(2_400)}a`,
  `filter ${"-".repeat(9_000)}1 = 1`,
  `filter a like /${"a{1000}".repeat(10)}/`,
])("a query that is built to be deep is refused", (query) => {
  expect(() => compileQuery(query)).toThrow(MalformedQuery);
});
