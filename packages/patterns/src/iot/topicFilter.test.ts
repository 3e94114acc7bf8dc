import { expect, test } from "vitest";
import { isTopicFilter, isTopicName, isTopicWithinLimits, TopicFilter } from "./topicFilter.ts";

test.for([
  ["a/b", "a/b", true],
  ["a/b", "a/b/c", false],
  ["a/+", "a/b", true],
  ["a/+", "a", false],
  ["a/+", "a/", true],
  ["a/#", "a", true],
  ["a/#", "a/b/c", true],
  ["#", "a/b", true],
  ["+/b", "a/b", true],
  ["#", "$SYS/x", false],
  ["+/x", "$aws/x", false],
  ["$aws/#", "$aws/x", true],
  ["a/+/c", "a/b/d", false],
] as const)("%s and %s", ([filter, topic, matches]) => {
  expect(new TopicFilter(filter).matches(topic.split("/"))).toBe(matches);
});

test("wildcards stand for whole levels, and # for the last ones", () => {
  expect(["a/#", "#", "+", "a/+/b", "/"].every(isTopicFilter)).toBe(true);
  expect(["", "a/#/b", "a#", "a+/b", "a\0b", "\ud800"].some(isTopicFilter)).toBe(false);
  expect(["", "a/+", "#", "a\0", "\ud800"].some(isTopicName)).toBe(false);
});

test("topics have eight levels and 256 bytes at most", () => {
  expect(isTopicWithinLimits("a/b/c/d/e/f/g/h")).toBe(true);
  expect(isTopicWithinLimits("a/b/c/d/e/f/g/h/i")).toBe(false);
  expect(isTopicWithinLimits("é".repeat(129))).toBe(false);
});
