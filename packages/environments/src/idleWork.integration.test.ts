import { noDocker, skipReason } from "@hearth/testkit";
import { describe, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";

const PYTHON = { Runtime: "python3.13", Handler: "app.handler", Timeout: 20 };
/** Answers how much CPU time its process had used when the invocation began. */
const BUSY = `import threading, time
def work():
    while True: pass
threading.Thread(target=work, daemon=True).start()
def handler(event, context): return time.process_time()`;
const CALLS = 15;

describe("work between invocations in containers", { ...skipReason(await noDocker()), timeout: 120_000 }, () => {
  test("a busy thread of a function that is called every 0.2 s gets next to no CPU time once it is found", async () => {
    await using host = await RealPools.start({}, "docker");
    await host.driver.images.ensureRuntime(PYTHON.Runtime, AbortSignal.timeout(100_000));
    const [busy, good] = [
      host.deploy({ "app.py": BUSY }, PYTHON),
      host.deploy({ "app.py": "def handler(event, context): return 0" }, PYTHON),
    ];
    const call = async (): Promise<number> => {
      await host.call(good);
      const { body } = await host.call(busy);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return body as number;
    };
    const found = async () => /^hearth_environment_idle_work_total 1$/m.test(await host.registry.metrics());
    for (let calls = 0; calls < 200 && !(await found()); calls++) await call();
    expect(await found()).toBe(true);
    await call();
    const before = await call();
    const startedMs = performance.now();
    let after = before;
    for (let i = 0; i < CALLS; i++) after = await call();
    const elapsedS = (performance.now() - startedMs) / 1000;
    expect(after - before).toBeLessThan(elapsedS / 3);
  });
});
