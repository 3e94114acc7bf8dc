import { expect, test } from "vitest";
import { ManualClock } from "./clock.ts";
import { HangWatch } from "./hangWatch.ts";
import { silentLogger } from "./logger.ts";

function watched() {
  const clock = new ManualClock();
  const pings: PromiseWithResolvers<void>[] = [];
  const ping = (): Promise<void> => {
    const pending = Promise.withResolvers<void>();
    pings.push(pending);
    return pending.promise;
  };
  return { clock, pings, watch: new HangWatch({ name: "the server", ping, clock, logger: silentLogger }) };
}

test("a server is not pinged while its calls are quick", async () => {
  const { clock, pings, watch } = watched();
  for (let i = 0; i < 10; i++) {
    using _call = watch.begin(() => undefined);
    await clock.advance(1_000);
  }
  await clock.advance(60_000);
  expect(pings).toHaveLength(0);
});

test("a slow call is left alone while the server answers pings", async () => {
  const { clock, pings, watch } = watched();
  let failed = false;
  using _call = watch.begin(() => (failed = true));
  for (let i = 0; i < 20; i++) {
    await clock.advance(2_000);
    pings.at(-1)?.resolve();
    await clock.advance(0);
  }
  expect(pings.length).toBeGreaterThan(5);
  expect(failed).toBe(false);
  expect(watch.hangs).toBe(false);
});

test("when the server does not answer a ping either, all calls fail and new ones are refused, until it answers", async () => {
  const { clock, pings, watch } = watched();
  const errors: Error[] = [];
  using _late = watch.begin((error) => errors.push(error));
  await clock.advance(1_900);
  using _young = watch.begin((error) => errors.push(error));
  await clock.advance(10_000);
  expect(errors.map(({ message }) => message)).toEqual([
    expect.stringContaining("the server has not answered for"),
    expect.stringContaining("the server has not answered for"),
  ]);
  expect(() => watch.check()).toThrow("the server has not answered for");
  await clock.advance(10_000);
  pings.at(-1)?.resolve();
  await clock.advance(0);
  expect(() => watch.check()).not.toThrow();
});

test("a server that refuses a ping does not hang", async () => {
  const { clock, pings, watch } = watched();
  using _call = watch.begin(() => expect.unreachable());
  for (let i = 0; i < 5; i++) {
    await clock.advance(2_000);
    pings.at(-1)?.reject(new Error("connection refused"));
    await clock.advance(0);
  }
  expect(watch.hangs).toBe(false);
});
