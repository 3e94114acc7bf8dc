import { ManualClock } from "@hearth/kit";
import { expect, test } from "vitest";
import { AuditFollowers } from "./auditFollowers.ts";

function followers() {
  const clock = new ManualClock();
  const trail = { mark: "1", looks: 0, reading: 0, mostReading: 0 };
  const auditEvents = {
    newsMark: () => {
      trail.looks++;
      return Promise.resolve(trail.mark);
    },
    newsSince: async () => {
      trail.mostReading = Math.max(trail.mostReading, ++trail.reading);
      await clock.sleep(10);
      trail.reading--;
      return { events: [], position: "1" };
    },
  };
  return { clock, trail, followers: new AuditFollowers({ auditEvents, clock }) };
}

test("an account has a limited number of followers, others still get a place, and places that are given back are free", () => {
  const { followers: all } = followers();
  const places = Array.from({ length: 10 }, () => all.enter("one"));
  expect(places).not.toContain(undefined);
  expect(all.enter("one")).toBeUndefined();
  expect(all.enter("two")).toBeDefined();
  places[0]?.[Symbol.dispose]();
  expect(all.enter("one")).toBeDefined();
  const accounts = Array.from({ length: 200 }, (_, at) => all.enter(`account ${at}`));
  expect(accounts.filter((place) => place !== undefined)).toHaveLength(89);
});

test("all who wait share one look at the database, and wake when there are news", async () => {
  const { clock, trail, followers: all } = followers();
  const signal = new AbortController().signal;
  const end = clock.monotonicMs() + 5_000;
  // The first look only learns where the trail ends.
  const first = all.changed(all.mark, end, signal);
  await clock.advance(500);
  await first;
  trail.looks = 0;
  let woken = 0;
  for (let at = 0; at < 50; at++) void all.changed(all.mark, end, signal).then(() => woken++);
  await clock.advance(2_000);
  expect({ woken, looks: trail.looks }).toEqual({ woken: 0, looks: 4 });
  trail.mark = "2";
  await clock.advance(500);
  expect({ woken, looks: trail.looks }).toEqual({ woken: 50, looks: 5 });
});

test("two followers at most read at a time", async () => {
  const { clock, trail, followers: all } = followers();
  const reads = Promise.all(Array.from({ length: 20 }, () => all.newsSince("1", {})));
  for (let times = 0; times < 20; times++) await clock.advance(10);
  await reads;
  expect(trail.mostReading).toBe(2);
});
