import { expect, test } from "vitest";
import { FollowedEvents } from "./followedEvents.ts";

const event = (eventId: string, timestamp: number) => ({ eventId, timestamp, logStreamName: "s", message: eventId });

test("an event is new once, also one that is stored after later ones", () => {
  const followed = new FollowedEvents(1_000);
  expect(followed.from).toBe(1_000);
  expect([event("a", 50_000), event("b", 60_000), event("a", 50_000)].map((it) => followed.isNew(it))).toEqual([
    true,
    true,
    false,
  ]);
  expect(followed.from).toBeLessThan(50_000);
  followed.forgetOld();
  expect(followed.isNew(event("b", 60_000))).toBe(false);
  expect(followed.isNew(event("late", 45_000))).toBe(true);
});

test("reading never begins before the moment that was asked for", () => {
  const followed = new FollowedEvents(59_000);
  followed.isNew(event("a", 60_000));
  expect(followed.from).toBe(59_000);
});
