import { expect, test } from "vitest";
import type { Item } from "./attributeValue.ts";
import { decodeItem, encodeItem, hasSets } from "./storedItem.ts";

const BYTES = Buffer.from([0, 255]);

test.each<{ readonly item: Item; readonly text: string }>([
  { item: { a: { S: "1" }, b: { N: "2" } }, text: '{"a":{"S":"1"},"b":{"N":"2"}}' },
  { item: { b: { N: "2" }, a: { S: "1" } }, text: '{"a":{"S":"1"},"b":{"N":"2"}}' },
  { item: { m: { M: { z: { S: "1" }, a: { S: "2" } } } }, text: '{"m":{"M":{"a":{"S":"2"},"z":{"S":"1"}}}}' },
  {
    item: { l: { L: [{ M: { z: { S: "1" }, a: { S: "2" } } }] } },
    text: '{"l":{"L":[{"M":{"a":{"S":"2"},"z":{"S":"1"}}}]}}',
  },
  { item: { b: { B: BYTES } }, text: '{"b":{"B":"AP8="}}' },
  { item: { l: { L: [{ M: { b: { BS: [BYTES] } } }] } }, text: '{"l":{"L":[{"M":{"b":{"BS":["AP8="]}}}]}}' },
  {
    item: { "": { S: "" }, B: { S: "B" }, SS: { SS: ["b", "a"] } },
    text: '{"":{"S":""},"B":{"S":"B"},"SS":{"SS":["b","a"]}}',
  },
])("$text", ({ item, text }) => {
  expect(encodeItem(item)).toBe(text);
  expect(encodeItem(Object.assign(Object.create(null) as Item, item))).toBe(text);
  expect(encodeItem(decodeItem(text))).toBe(text);
});

test.each<{ readonly item: Item; readonly has: boolean }>([
  { item: { a: { S: "SS" }, SS: { S: "" }, m: { M: { NS: { N: "1" } } }, l: { L: [] } }, has: false },
  { item: { a: { S: "" }, b: { NS: ["1"] } }, has: true },
  { item: { l: { L: [{ S: "" }, { M: { deep: { BS: [BYTES] } } }] } }, has: true },
])("hasSets is $has for $item", ({ item, has }) => {
  expect(hasSets(item)).toBe(has);
});
