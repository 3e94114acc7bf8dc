import { expect, test } from "vitest";
import { AuthText } from "./connectionWords.ts";
import { HeaderValue } from "./words.ts";

const accepts = (schema: typeof AuthText, value: string): boolean => schema.safeParse(value).success;

test.for([AuthText, HeaderValue])("texts of headers are accepted as by AWS's pattern", (schema) => {
  for (const text of ["a", " ", "a b", "a\tb", "\ta ", "\t a\t\tb \t"])
    expect([text, accepts(schema, text)]).toEqual([text, true]);
  for (const text of ["\t", "", "a\nb", "a\u007f", "\u0001"])
    expect([text, accepts(schema, text)]).toEqual([text, false]);
});

test("only the text of a login may not have a colon, and only it may have other characters than ASCII", () => {
  expect([accepts(AuthText, "a:b"), accepts(HeaderValue, "a:b")]).toEqual([false, true]);
  expect([accepts(AuthText, "ä"), accepts(HeaderValue, "ä")]).toEqual([true, false]);
});

test("a text that is built to be slow is refused at once: AWS's own pattern would take years", () => {
  for (const schema of [AuthText, HeaderValue]) expect(accepts(schema, `${" ".repeat(100_000)}\u0001`)).toBe(false);
});
