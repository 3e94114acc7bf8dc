import { ManualClock } from "@hearth/kit";
import { describe, expect, test } from "vitest";
import { ExecutionTrace } from "./executionTrace.ts";

const messages = (trace: ExecutionTrace): readonly string[] => trace.lines.map(({ message }) => message);
const traceOf = (level: "ERROR" | "INFO", hasData: boolean): ExecutionTrace =>
  new ExecutionTrace({ level, hasData }, new ManualClock());

describe("the trace of a request", () => {
  test("has what the stage asks for", () => {
    const written = (level: "ERROR" | "INFO", hasData: boolean): readonly string[] => {
      const trace = traceOf(level, hasData);
      trace.error("failed");
      trace.info("began");
      trace.values("query", () => [["a", ["1", "2"]]]);
      return messages(trace);
    };
    expect(written("ERROR", true)).toEqual(["failed"]);
    expect(written("INFO", false)).toEqual(["failed", "began"]);
    expect(written("INFO", true)).toEqual(["failed", "began", "query: {a=1,2}"]);
  });

  test("shows the last characters of long secrets only, in JSON and at the end of a cut line too", () => {
    const trace = traceOf("INFO", true);
    const secret = 'a "secret" with thirty characters';
    trace.hideHeaders([
      ["authorization", secret],
      ["x-api-key", "short"],
      ["accept", "text/html"],
    ]);
    trace.data("body", () => Buffer.from(JSON.stringify({ secret, key: "short", accept: "text/html" })));
    trace.data("long", () => `${"x".repeat(1010)}${secret}`);
    const [body, long] = messages(trace);
    expect(body).toBe(`body: {"secret":"${"*".repeat(secret.length - 6)}acters","key":"*****","accept":"text/html"}`);
    expect(long).toMatch(/^long: x{900,}[x*]* \[TRUNCATED\]$/);
    expect(long).toHaveLength(1024);
  });

  test("masks a secret that contains another, and cannot be made unreadable or slow by many credentials", () => {
    const trace = traceOf("INFO", true);
    const secret = "Bearer of a token that contains the key";
    const many = Array.from({ length: 2_000 }, (_, i): [string, string] => ["x-api-key", `key-${i}.`]);
    trace.hideHeaders([["x-api-key", "e"], ["x-api-key", "token"], ["authorization", secret], ...many]);
    trace.data("header", () => secret);
    trace.info("key-1. and key-1999.");
    expect(messages(trace)).toEqual([`header: ${"*".repeat(secret.length - 6)}he key`, "****** and key-1999."]);
  });

  test("is bounded", () => {
    const trace = traceOf("INFO", true);
    for (let i = 0; i < 1_000; i++) trace.error("x".repeat(100_000));
    expect(trace.lines.length).toBeLessThanOrEqual(200);
    expect(messages(trace).every(({ length }) => length <= 1024)).toBe(true);
  });
});
