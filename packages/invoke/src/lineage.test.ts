import { expect, test } from "vitest";
import { lineageName, lineageOf, mergedTrace, traceWithoutLineage } from "./lineage.ts";

const name = lineageName("arn:aws:lambda:us-east-1:000000000000:function:f");

test("a function has the same name of eight hexadecimal digits in every lineage", () => {
  expect(name).toMatch(/^[0-9a-f]{8}$/);
  expect(lineageName("arn:aws:lambda:us-east-1:000000000000:function:g")).not.toBe(name);
});

test("the first run of a chain has run zero times before", () => {
  for (const trace of [undefined, "", "Root=1-2-3;Sampled=0", "Lineage=", "Root=1;Lineage=;Sampled=1"]) {
    expect(lineageOf(trace, name)).toEqual({ text: `${name}:0`, runs: 0 });
  }
});

test("each run increments the count of its function, and keeps the counts of others", () => {
  expect(lineageOf(`Root=1;Lineage=${name}:0`, name)).toEqual({ text: `${name}:1`, runs: 1 });
  expect(lineageOf(`Root=1;Lineage=0000000a:7|${name}:3`, name)).toEqual({ text: `${name}:4|0000000a:7`, runs: 4 });
  expect(lineageOf(`Lineage=1:${name}:2`, name).runs).toBe(3);
});

test("a malformed lineage is ignored, and a long one is cut", () => {
  for (const text of ["x", "||", `${name}`, `${name}:-1`, `${name}:1e9`, "\u0000:1"]) {
    expect(lineageOf(`Lineage=${text}`, name).runs).toBe(0);
  }
  const many = Array.from({ length: 500 }, (_, at) => `${at.toString(16).padStart(8, "0")}:${at}`).join("|");
  expect(lineageOf(`Lineage=${many}`, name).text.split("|")).toHaveLength(32);
});

test("the lineage is removed from a trace header", () => {
  expect(traceWithoutLineage("Root=1;Lineage=a:1;Sampled=0")).toBe("Root=1;Sampled=0");
  expect(traceWithoutLineage("Lineage=a:1;Root=1")).toBe("Root=1");
  expect(traceWithoutLineage("Lineage=a:1")).toBeUndefined();
});

test("a run for several requests carries the most runs of each function, and the header that they share", () => {
  expect(mergedTrace(["Root=1-a;Lineage=aaaaaaaa:3", "Root=1-a;Lineage=aaaaaaaa:1|bbbbbbbb:2"])).toBe(
    "Root=1-a;Lineage=aaaaaaaa:3|bbbbbbbb:2",
  );
  expect(mergedTrace(["Root=1-a;Lineage=aaaaaaaa:3", "Root=1-b"])).toBe("Lineage=aaaaaaaa:3");
  expect(mergedTrace(["Root=1-a", "Root=1-b"])).toBeUndefined();
  expect(mergedTrace(["Root=1-a", "Root=1-a"])).toBe("Root=1-a");
  expect(mergedTrace([undefined, undefined])).toBeUndefined();
});
