import { expect, test } from "vitest";
import { decodeCursor, encodeCursor } from "./cursor.ts";

const cursor = (json: string): string => Buffer.from(json).toString("base64url");

test("a cursor is decoded to the key that was encoded", () => {
  expect(decodeCursor(encodeCursor(["f", 7]), ["string", "number"])).toEqual(["f", 7]);
});

test.each([
  ["text that is not JSON", cursor("nonsense")],
  ["another number of parts", cursor("[1,2]")],
  ["a fraction", cursor("[0.5]")],
  ["a number that is not a safe integer", cursor("[1e300]")],
  ["a string where a number belongs", cursor('["1"]')],
])("%s is not a cursor", (_what, text) => {
  expect(decodeCursor(text, ["number"])).toBeUndefined();
});

test("a string with U+0000, which PostgreSQL cannot store, is not a cursor", () => {
  expect(decodeCursor(cursor(JSON.stringify(["a\0"])), ["string"])).toBeUndefined();
});

test("text that is not a UUID is not a cursor where a UUID belongs", () => {
  expect(decodeCursor(cursor('["a"]'), ["uuid"])).toBeUndefined();
});
