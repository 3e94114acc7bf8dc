import fc from "fast-check";
import { expect, test } from "vitest";
import type { KeySchema } from "../table.ts";
import { toKeyCondition } from "./keyCondition.ts";
import { Parser } from "./parser.ts";
import { Placeholders } from "./placeholders.ts";
import { quickKeyCondition } from "./quickKeyCondition.ts";

const key: KeySchema = { hash: { name: "h", type: "S" }, range: { name: "r", type: "N" } };
const placeholders = (): Placeholders =>
  new Placeholders(
    { "#h": "h", "#r": "r", "#x": "constructor" },
    { ":s": { S: "a" }, ":n": { N: "1" }, ":e": { S: "" } },
  );
const quick = (text: string, schema = key) => quickKeyCondition(text, schema, placeholders());

test("the usual conditions are read without the parser", () => {
  expect(quick("h = :s")).toEqual({ hash: { S: "a" } });
  expect(quick("#h=:s and #r >= :n")).toEqual({ hash: { S: "a" }, range: { by: ">=", value: { N: "1" } } });
  expect(quick("r < :n AND h = :s")).toEqual({ hash: { S: "a" }, range: { by: "<", value: { N: "1" } } });
});

test("all that may be wrong, and other forms, are left to the parser", () => {
  const others = [
    ...["h < :s", "h = :n", "h = :s AND r = :s", "h = :s AND h = :s", "r = :n", "h = :s AND x = :n", "h = :missing"],
    ...[
      "#missing = :s",
      "h = :s OR r = :n",
      "h = :s AND r <> :n",
      "h = :s AND r BETWEEN :n AND :n",
      ":s = h",
      "(h = :s)",
    ],
    ...["h = :s AND r = :n AND r = :n", "h = :s AND", "h.r = :s", "#x = :s", "h = :s AND #x = :n"],
  ];
  for (const text of others) expect(quick(text), text).toBeUndefined();
  // A name that is a reserved word needs a placeholder.
  expect(quick("Name = :s", { hash: { name: "Name", type: "S" } })).toBeUndefined();
  expect(quick("h = :s AND r = :n", { hash: key.hash })).toBeUndefined();
});

test("what is read is what the parser reads, and uses the same placeholders", () => {
  const words = fc.constantFrom(
    "h",
    "r",
    "x",
    "#h",
    "#r",
    "=",
    "<",
    "<>",
    "AND",
    "and",
    ":s",
    ":n",
    ":e",
    "(",
    ")",
    ".",
  );
  const usual = fc.tuple(words, words, words, words, words, words, words);
  fc.assert(
    fc.property(fc.oneof(fc.array(words, { minLength: 1, maxLength: 9 }), usual), (parts) => {
      const text = parts.join(" ");
      const [own, others] = [placeholders(), placeholders()];
      let read;
      try {
        read = quickKeyCondition(text, key, own);
      } catch (error) {
        expect(() => new Parser(text, "KeyConditionExpression", others).condition()).toThrow(error as Error);
        return;
      }
      if (!read) return;
      const names = { hash: "h", range: "r" };
      expect(toKeyCondition(new Parser(text, "KeyConditionExpression", others).condition(), names)).toEqual(read);
      const unused = (of: Placeholders): unknown => {
        try {
          return of.checkUsed(true, "KeyConditionExpression");
        } catch (error) {
          return (error as Error).message;
        }
      };
      expect(unused(own)).toEqual(unused(others));
    }),
    { numRuns: 5_000 },
  );
});
