import { ManualClock, silentLogger } from "@hearth/kit";
import { expect, test } from "vitest";
import { storageLimit } from "./storageLimit.ts";

const KB = 1024;

/** A store whose answer is `stored`. */
function limitOf(stored: Map<string, number>, clock = new ManualClock()) {
  let asked = 0;
  const messages = {
    bytesByAccount: () => {
      asked++;
      return Promise.resolve([...stored].map(([accountId, bytes]) => ({ accountId, bytes })));
    },
  };
  const limit = storageLimit({ messages, limitBytes: 10 * KB, clock, logger: silentLogger });
  return { limit, clock, asked: () => asked };
}

test("an account at its limit is refused, others are not; it is let in again when it has deleted messages", async () => {
  const stored = new Map<string, number>();
  const { limit, clock } = limitOf(stored);
  await using _ = limit;
  for (let at = 0; at < 5; at++) limit.count("1", KB);
  limit.check("1", KB);
  limit.count("1", 4 * KB);
  expect(() => limit.check("1", KB)).toThrow("The messages in the account's queues take up the 0 MB that they may.");
  expect(limit.hasRoomFor("2", KB)).toBe(true);
  stored.set("1", 9.5 * KB);
  await clock.advance(5_000);
  expect(limit.hasRoomFor("1", KB)).toBe(false);
  stored.set("1", KB);
  await clock.advance(5_000);
  expect(limit.hasRoomFor("1", KB)).toBe(true);
});

test("nothing is measured while nothing is sent", async () => {
  const { limit, clock, asked } = limitOf(new Map());
  await using _ = limit;
  await clock.advance(60_000);
  expect(asked()).toBe(0);
  limit.count("1", 1);
  await clock.advance(60_000);
  expect(asked()).toBe(1);
});
