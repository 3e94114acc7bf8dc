import fc from "fast-check";
import { expect, test } from "vitest";
import { LineSplitter } from "./lineSplitter.ts";

test("lines are complete, in whatever pieces their bytes arrive", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" })), fc.array(fc.nat({ max: 20 })), (words, cuts) => {
      const lines = words.map((word) => word.replaceAll(/[\n\r\0]/g, " "));
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      const splitter = new LineSplitter(1000);
      const out: string[] = [];
      let at = 0;
      for (const cut of cuts) {
        out.push(...splitter.push(bytes.subarray(at, at + cut)));
        at = Math.min(bytes.length, at + cut);
      }
      out.push(...splitter.push(bytes.subarray(at)));
      expect(out).toEqual(lines);
      expect(splitter.flush()).toBeUndefined();
    }),
  );
});

test("a line that is too long is cut, flush returns an unfinished one, and NUL is a newline inside a line", () => {
  const splitter = new LineSplitter(10);
  expect(splitter.push(Buffer.from("123456789012345\nab\0c\r\nrest"))).toEqual(["1234567890", "12345", "ab\nc"]);
  expect(splitter.flush()).toBe("rest");
  expect(splitter.flush()).toBeUndefined();
});

test("memory is bounded when a line without an end arrives byte by byte", () => {
  const splitter = new LineSplitter(1000);
  const lines: string[] = [];
  for (let i = 0; i < 100_000; i++) lines.push(...splitter.push(Buffer.from("x")));
  expect(lines).toHaveLength(99); // the last 1,000 bytes are still unfinished
});
