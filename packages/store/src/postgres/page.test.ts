import { expect, test } from "vitest";
import { decodeMarker, encodeMarker } from "./page.ts";

test("a marker is read back as the key it was made of", () => {
  expect(decodeMarker(encodeMarker(["f", 7]), ["string", "number"])).toEqual(["f", 7]);
});

const marker = (json: string): string => Buffer.from(json).toString("base64url");

test.each([
  ["what is no JSON", marker("nonsense")],
  ["another number of parts", marker("[1,2]")],
  ["a fraction", marker("[0.5]")],
  ["more than a number holds", marker("[1e300]")],
  ["text where a number is", marker('["1"]')],
])("%s in a marker is refused as AWS does", (_what, text) => {
  expect(() => decodeMarker(text, ["number"])).toThrow(`Invalid Marker: ${text}`);
});

test("text that PostgreSQL cannot take, or that is no UUID where one is, is refused", () => {
  expect(() => decodeMarker(marker(JSON.stringify(["a\0"])), ["string"])).toThrow("Invalid Marker");
  expect(() => decodeMarker(marker('["a"]'), ["uuid"])).toThrow("Invalid Marker");
});
