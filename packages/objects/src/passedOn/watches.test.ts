import { parseWatch } from "@hearth/model";
import { expect, test } from "vitest";
import { Watches } from "./watches.ts";

const SECRET = "a-secret-of-the-photos";
const watchesOf = (...texts: readonly string[]): Watches =>
  new Watches(texts.map(parseWatch).filter((watch) => watch !== undefined));

test.for([
  "photos",
  "photos=webhook:short",
  "photos=list:4",
  "photos=list:",
  "Photos=list:60",
  "photos=poll:60",
  `**=webhook:${SECRET}`,
])("%s is no way to learn of writes", (text) => {
  expect(parseWatch(text)).toBeUndefined();
});

test("a secret is for the buckets that it was given for", () => {
  const watches = watchesOf(`photos=webhook:${SECRET}`, `films=webhook:${SECRET}`, "*=webhook:secret-of-all-others");
  expect(watches.reportsOf(SECRET)?.("photos")).toBe(true);
  expect(watches.reportsOf(SECRET)?.("films")).toBe(true);
  expect(watches.reportsOf(SECRET)?.("books")).toBe(false);
  expect(watches.reportsOf("secret-of-all-others")?.("books")).toBe(true);
  expect(watches.reportsOf("another-secret-than-these")).toBeUndefined();
});

test("a bucket's own interval comes before that of all buckets", () => {
  const watches = watchesOf("*=list:60", "photos=list:5");
  expect(watches.listedEvery("photos")).toBe(5);
  expect(watches.listedEvery("films")).toBe(60);
  expect(watchesOf(`photos=webhook:${SECRET}`).listedEvery("photos")).toBeUndefined();
  expect(watchesOf().isWatched("photos")).toBe(false);
});
