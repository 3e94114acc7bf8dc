import { ManualClock, silentLogger } from "@hearth/kit";
import { expect, test } from "vitest";
import type { Database } from "./database.ts";
import { WakeChannel } from "./wakeChannel.ts";

function channel() {
  const clock = new ManualClock();
  const sent: { readonly atMs: number; readonly text: string }[] = [];
  const start = clock.monotonicMs();
  const prepared = (_sql: string, values: readonly unknown[] = []): Promise<never[]> => {
    sent.push({ atMs: clock.monotonicMs() - start, text: String(values[1]) });
    return Promise.resolve([]);
  };
  const database = { prepared } as unknown as Pick<Database, "prepared" | "listen">;
  const onWake = () => undefined;
  const wakes = new WakeChannel("test", {
    database,
    clock,
    logger: silentLogger,
    processId: "own",
    onWake,
    onGap: onWake,
  });
  const announce = (key: string): void => wakes.announce(key);
  return { clock, sent, announce };
}

test("what arrives together is announced once, 5 ms after the first", async () => {
  const { clock, sent, announce } = channel();
  announce("a");
  await clock.advance(3);
  for (const key of ["b", "a"]) announce(key);
  await clock.advance(100);
  expect(sent).toEqual([{ atMs: 5, text: "own a,b" }]);
});

test("while something arrives all the time, it is announced every 25 ms, and soon again after a pause", async () => {
  const { clock, sent, announce } = channel();
  for (let at = 0; at < 100; at++) {
    announce("a");
    await clock.advance(1);
  }
  await clock.advance(1_000);
  announce("b");
  await clock.advance(5);
  expect(sent.map(({ atMs }) => atMs)).toEqual([5, 30, 55, 80, 105, 1_105]);
});
