import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { connectLauncher, type Driver, runLauncher } from "@hearth/drivers";
import { createLogger, Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import type { FunctionVersion, InvocationReport } from "@hearth/model";
import { Pools, type PoolsOptions } from "../pools.ts";
import { MemoryLog } from "./memoryLog.ts";
import { type TestEvent, type TestFunction, testInvocation, testVersion } from "./testVersion.ts";

const OPTIONS: PoolsOptions = {
  network: "none",
  idleFreezeMs: 1000,
  idleTtlMs: 300_000,
  bootedPerRuntime: 0,
  bootedLimit: 8,
  createdLimit: 0,
  logBytesPerSecond: 0,
  maxParallelBoots: 4,
  minFreeMemoryMb: 0,
  drainMs: 5000,
};

/** Pools over a real launcher: real runtimes run real code. */
export class RealPools implements AsyncDisposable {
  readonly logs = new MemoryLog();
  readonly registry = new Registry();
  readonly driver: Driver;
  readonly pools: Pools;
  readonly #dataDir: string;
  readonly #launcherStop: AbortController;
  readonly #launcher: Promise<void>;
  #functions = 0;

  private constructor(
    dataDir: string,
    driver: Driver,
    launcher: Promise<void>,
    launcherStop: AbortController,
    options: Partial<PoolsOptions>,
  ) {
    this.#dataDir = dataDir;
    this.driver = driver;
    this.#launcher = launcher;
    this.#launcherStop = launcherStop;
    this.pools = new Pools({
      driver,
      logs: this.logs,
      clock: new SystemClock(),
      random: systemRandom,
      logger: process.env["HEARTH_TEST_LOG"] ? createLogger("info", "test") : silentLogger,
      registry: this.registry,
      freeMemoryMb: () => 10_000,
      totalMemoryMb: 16_000,
      sandboxesMemoryMb: 13_000,
      options: { ...OPTIONS, ...options },
    });
  }

  static async start(
    options: Partial<PoolsOptions> = {},
    engine: "process" | "docker" = "process",
  ): Promise<RealPools> {
    const dataDir = mkdtempSync(join(tmpdir(), "hearth-d-"));
    const stop = new AbortController();
    const deps = { dataDir, clock: new SystemClock(), random: systemRandom, logger: silentLogger };
    const launcher = runLauncher(
      { ...deps, driver: engine, cpu: "weight", egress: { allow: [], unfiltered: false } },
      stop.signal,
    );
    const driver = await connectLauncher({ ...deps, connectTimeoutMs: 60_000 });
    return new RealPools(dataDir, driver, launcher, stop, options);
  }

  /** Stores `files` as a function's unpacked code and returns the function's version. */
  deploy(files: Readonly<Record<string, string | Uint8Array>>, wanted: TestFunction = {}): FunctionVersion {
    return testVersion({ FunctionName: `f${++this.#functions}`, ...wanted, codeDigest: this.unpack(files) });
  }

  unpack(files: Readonly<Record<string, string | Uint8Array>>): string {
    const digest = systemRandom.hex(32);
    for (const [path, content] of Object.entries(files)) {
      const file = join(this.#dataDir, "unpacked", digest, path);
      mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
      writeFileSync(file, content, { mode: 0o755 });
    }
    return digest;
  }

  async invoke(version: FunctionVersion, event: unknown = {}, more: TestEvent = {}): Promise<InvocationReport> {
    const signal = AbortSignal.timeout(60_000);
    using environment = await this.pools.acquire(version, signal);
    const report = await environment.run(testInvocation(version, { event, ...more }), signal);
    // The last lines of the log come one turn after the invocation is over.
    await report.afterwards;
    await new Promise((resolve) => setImmediate(resolve));
    return report;
  }

  /** The decoded payload of an invocation, and the report that came with it. */
  async call(
    version: FunctionVersion,
    event: unknown = {},
    more: TestEvent = {},
  ): Promise<InvocationReport & { readonly body: unknown }> {
    const report = await this.invoke(version, event, more);
    return { ...report, body: JSON.parse(Buffer.from(report.outcome.payload).toString()) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pools[Symbol.asyncDispose]();
    await this.driver[Symbol.asyncDispose]();
    this.#launcherStop.abort(new Error("the test is over"));
    await this.#launcher;
    rmSync(this.#dataDir, { recursive: true, force: true });
  }
}
