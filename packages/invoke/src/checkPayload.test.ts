import { InvalidRequestContentException, RequestTooLargeException } from "@hearth/model";
import { expect, test } from "vitest";
import { checkPayload } from "./checkPayload.ts";

const check = (payload: string | Buffer, limit = 6_291_456): string =>
  Buffer.from(checkPayload(Buffer.from(payload), limit, "RequestResponse")).toString();

test("JSON passes unchanged, and an empty payload becomes an empty object", () => {
  for (const json of ["{}", '{"a":"ä€\\u0000"}', " [1,2]\n", '"text"', "null", "-1.5e3"])
    expect(check(json)).toBe(json);
  expect(check("")).toBe("{}");
});

test("a payload that is not JSON is refused with AWS's message", () => {
  for (const text of ["hello", "{", "{'a':1}", "[1,]", Buffer.from([0x22, 0xff, 0x22]), "\u00a01"]) {
    expect(() => check(text)).toThrow(InvalidRequestContentException);
  }
  expect(() => check("hello")).toThrow(/^Could not parse request body into json: /);
});

test("only the first and last characters of a large payload are checked", () => {
  const large = `{"a":"${"x".repeat(300_000)}"}`;
  expect(check(large)).toBe(large);
  expect(() => check("x".repeat(300_000))).toThrow(InvalidRequestContentException);
  expect(() => check(`{"a":"${"x".repeat(300_000)}"`)).toThrow(InvalidRequestContentException);
});

test("a payload above the limit is refused with both sizes", () => {
  expect(() => check("123", 2)).toThrow(RequestTooLargeException);
  expect(() => check("123", 2)).toThrow(
    "3 byte payload is too large for the RequestResponse invocation type (limit 2 bytes)",
  );
});
