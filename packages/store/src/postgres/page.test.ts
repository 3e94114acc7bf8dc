import { encodeCursor } from "@hearth/model";
import { expect, test } from "vitest";
import { decodeMarker, pageOf } from "./page.ts";

const page = (rows: readonly string[]) =>
  pageOf(
    rows,
    { MaxItems: 2 },
    (row) => row.toUpperCase(),
    (row) => [row],
  );

test("a full page has the Marker of its last item when there is another row", () => {
  const { items, NextMarker = "" } = page(["a", "b", "c"]);
  expect(items).toEqual(["A", "B"]);
  expect(decodeMarker(NextMarker, ["string"])).toEqual(["b"]);
});

test("the last page has no Marker", () => {
  expect(page(["a", "b"])).toEqual({ items: ["A", "B"] });
});

test("a Marker of another listing is refused as AWS does", () => {
  const marker = encodeCursor(["a"]);
  expect(() => decodeMarker(marker, ["number"])).toThrow(`Invalid Marker: ${marker}`);
});
