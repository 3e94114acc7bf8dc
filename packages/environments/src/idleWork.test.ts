import { expect, test, vi } from "vitest";
import { FakePools } from "./testing/fakePools.ts";
import { testVersion } from "./testing/testVersion.ts";

const settled = (check: () => void) => vi.waitFor(check, { timeout: 5000, interval: 2 });
const version = testVersion();

/** Calls the function every 0.2 s. Its processes use `share` of a processor all the time. */
class SteadilyCalled extends FakePools {
  constructor(share: number, startup = 0) {
    super({ cpuMs: () => startup + share * this.clock.monotonicMs() });
  }

  async call(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      await this.invoke(version);
      await settled(() => expect(this.pools.stats().environments.get("idle")).toBe(1));
      for (let passed = 0; passed < 200; passed += 10) {
        await this.clock.advance(10);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  get freezes(): number {
    return this.driver.calls.filter((call) => call === "freeze").length;
  }

  async found(): Promise<number> {
    const text = await this.registry.metrics();
    return Number(/^hearth_environment_idle_work_total (\d+)$/m.exec(text)?.[1]);
  }
}

test("a function that works between its invocations is frozen as soon as it is idle", async () => {
  await using host = new SteadilyCalled(1);
  await host.call(15);
  expect(await host.found()).toBe(1);
  const before = host.freezes;
  expect(before).toBeGreaterThan(0);
  await host.call(10);
  expect(host.freezes).toBe(before + 10);
});

test("a function that hardly works while idle is frozen no sooner than others, whatever it has used before", async () => {
  await using host = new SteadilyCalled(0.02, 5_000);
  await host.call(60);
  expect(host.freezes).toBe(0);
  expect(await host.found()).toBe(0);
});

test("a function that takes a tenth of a processor while idle is found as well, only later", async () => {
  await using host = new SteadilyCalled(0.1);
  await host.call(150);
  expect(await host.found()).toBe(1);
});

test("after ten minutes it has another chance", async () => {
  await using host = new SteadilyCalled(1);
  await host.call(15);
  for (let minutes = 0; minutes < 10; minutes++) {
    await host.call(1);
    await host.clock.advance(60_000);
  }
  await host.call(15);
  expect(await host.found()).toBe(2);
});
