import { ManualClock } from "@hearth/kit";
import { expect, test } from "vitest";
import { applicationFilter } from "./applicationLevel.ts";

const shown = (ApplicationLogLevel: string, lines: readonly string[]): readonly string[] =>
  lines.filter(applicationFilter({ LogFormat: "JSON", ApplicationLogLevel }, new ManualClock()) ?? (() => true));
const record = (level: unknown, timestamp: unknown = "2024-11-02T16:51:31.587199Z"): string =>
  JSON.stringify({ level, msg: "m", timestamp });

test("a line has the level that it states, in upper or lower case", () => {
  const all = ["trace", "Debug", "INFO", "warn", "WARNING", "error", "fatal", "CRITICAL"].map((level) => record(level));
  expect(shown("TRACE", all)).toEqual(all);
  expect(shown("DEBUG", all)).toEqual(all.slice(1));
  expect(shown("INFO", all)).toEqual(all.slice(2));
  expect(shown("WARN", all)).toEqual(all.slice(3));
  expect(shown("ERROR", all)).toEqual(all.slice(5));
  expect(shown("FATAL", all)).toEqual(all.slice(6));
});

test("a line without a level, with an unknown level or without a valid time is INFO", () => {
  const plain = [
    "some text",
    "{broken",
    '{"message":"no level","timestamp":"2024-11-02T16:51:31Z"}',
    record("loud"),
    record(3),
    record("debug", "yesterday"),
    record("debug", 17),
    record("error", ""),
  ];
  expect(shown("INFO", plain)).toEqual(plain);
  expect(shown("WARN", plain)).toEqual([]);
});

test("a text log keeps every line, because text has no levels", () => {
  expect(applicationFilter({ LogFormat: "Text" }, new ManualClock())).toBeUndefined();
  expect(applicationFilter({ LogFormat: "Text", ApplicationLogLevel: "ERROR" }, new ManualClock())).toBeUndefined();
});

test("very long lines, and lines of a flood, have the level that their beginning states, without being parsed", () => {
  const long = (level: string) => `${record(level).slice(0, -1)},"x":[${"[".repeat(40_000)}`;
  expect(shown("WARN", [long("debug"), long("error")])).toEqual([long("error")]);
  const brokenErrors = Array.from({ length: 20 }, () => `${record("error")}${"x".repeat(10_000)}`);
  // Those that are parsed are no JSON, and so INFO; the others are taken at their word.
  expect(shown("WARN", brokenErrors)).toHaveLength(20 - 13);
});
