import { ManualClock, Registry, silentLogger, systemRandom } from "@hearth/kit";
import type { FunctionVersion, InvocationReport } from "@hearth/model";
import { Pools, type PoolsDeps, type PoolsOptions } from "../pools.ts";
import type { SandboxApi } from "../sandboxApi.ts";
import { type FakeBehaviour, FakeDriver } from "./fakeDriver.ts";
import { MemoryLog } from "./memoryLog.ts";
import { type TestEvent, testInvocation } from "./testVersion.ts";

/** Pools over a fake driver, on a clock that stands still until a test advances it. */
export class FakePools implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly logs = new MemoryLog();
  readonly registry = new Registry();
  readonly driver: FakeDriver;
  readonly pools: Pools;
  freeMemoryMb = 10_000;

  constructor(
    behaviour: FakeBehaviour = {},
    options: Partial<PoolsOptions> = {},
    api?: SandboxApi,
    kinds?: PoolsDeps["kinds"],
  ) {
    this.driver = new FakeDriver(behaviour);
    this.pools = new Pools({
      driver: this.driver,
      logs: this.logs,
      clock: this.clock,
      random: systemRandom,
      logger: silentLogger,
      registry: this.registry,
      freeMemoryMb: () => this.freeMemoryMb,
      totalMemoryMb: 16_000,
      sandboxesMemoryMb: 13_000,
      ...(api && { api }),
      ...(kinds && { kinds }),
      options: {
        network: "none",
        idleFreezeMs: 1000,
        idleTtlMs: 300_000,
        bootedPerRuntime: 0,
        bootedLimit: 8,
        createdLimit: 0,
        logBytesPerSecond: 0,
        maxParallelBoots: 4,
        minFreeMemoryMb: 100,
        drainMs: 1000,
        ...options,
      },
    });
  }

  async invoke(version: FunctionVersion, event: unknown = {}, more: TestEvent = {}): Promise<InvocationReport> {
    const signal = new AbortController().signal;
    using environment = await this.pools.acquire(version, signal);
    return await environment.run(testInvocation(version, { event, ...more }), signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.pools[Symbol.asyncDispose]();
    // The drain looks at the clock.
    for (let i = 0; i < 100; i++) await this.clock.advance(20);
    await stopped;
    await this.driver[Symbol.asyncDispose]();
  }
}

export function bodyOf({ outcome }: InvocationReport): unknown {
  return JSON.parse(Buffer.from(outcome.payload).toString());
}
