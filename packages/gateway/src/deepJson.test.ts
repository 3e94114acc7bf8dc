import { parsedJson } from "@hearth/kit";
import { expect, test } from "vitest";
import { replyV1, replyV2, MalformedAnswer } from "./functionReply.ts";
import { textAt } from "./http/selection.ts";

/** JSON.parse needs seconds for it. */
const deep = Buffer.from(`{"statusCode":200,"body":${"[".repeat(3_000_000)}${"]".repeat(3_000_000)}}`);

test("JSON is parsed, and what is none has no value", () => {
  expect(parsedJson(Buffer.from('{"a":[1]}'))).toEqual({ a: [1] });
  expect(parsedJson(Buffer.from("{"))).toBeUndefined();
});

test("a text of millions of brackets is not read: by mappings, nor as a function's answer", () => {
  expect(parsedJson(deep)).toBeUndefined();
  expect(textAt(deep, "statusCode")).toBeUndefined();
  expect(() => replyV1(deep)).toThrow(MalformedAnswer);
  const { status, body } = replyV2(deep);
  // The matchers of the test would compare each byte as a member.
  expect([status, body === deep]).toEqual([200, true]);
});

test("an answer whose body is a deep list is malformed, and no bug", () => {
  const answer = Buffer.from(`{"statusCode":200,"body":${"[".repeat(20_000)}${"]".repeat(20_000)}}`);
  expect(() => replyV2(answer)).toThrow(MalformedAnswer);
});
