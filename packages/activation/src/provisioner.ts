import type { ProvisionedCounts } from "@hearth/environments";
import { BackgroundLoop, backoffMs, type Clock, Gauge, type Logger, type Random, type Registry } from "@hearth/kit";
import { type FunctionVersion, functionVersionKey } from "@hearth/model";
import type { FunctionIndex, ProvisionedConcurrencyStore, ProvisionedWish } from "@hearth/store";

/** What is needed of the pools of environments. */
export interface ProvisionedEnvironments {
  /** Keeps `count` initialised environments; what is missing is started bit by bit, each time it is called. */
  provision(version: FunctionVersion, count: number): void;
  provisioned(version: FunctionVersion): ProvisionedCounts;
}

export interface ProvisionerDeps {
  readonly wishes: Pick<ProvisionedConcurrencyStore, "wishes" | "report">;
  readonly index: Pick<FunctionIndex, "load" | "onApplied">;
  readonly environments: ProvisionedEnvironments;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
}

interface Kept {
  readonly version: FunctionVersion;
  /** Failures that have been waited for. */
  failures: number;
  notBeforeMs: number;
}

const EVERY_MS = 500;
const READ_EVERY_MS = 30_000;
const RETRY = { baseMs: 1_000, maxMs: 60_000 };
/** AWS's word for it. https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html */
const INIT_FAILED = "FUNCTION_ERROR_INIT_FAILURE";
const NO_ROOM = "The environments cannot be started at the moment; Hearth goes on trying.";

/**
 * Makes the pools hold what provisioned concurrency wishes: reads the wishes when the change log has moved, has environments started, replaced and released,
 * and writes back how many there really are. A wish is READY exactly while all of its environments are initialised.
 */
export class Provisioner implements AsyncDisposable {
  readonly #deps: ProvisionerDeps;
  readonly #loop: BackgroundLoop;
  readonly #kept = new Map<string, Kept>();
  #wishes: readonly ProvisionedWish[] = [];
  #readAtMs = Number.NEGATIVE_INFINITY;
  #changed = true;

  constructor(deps: ProvisionerDeps) {
    this.#deps = deps;
    this.#observe(deps.registry);
    this.#loop = new BackgroundLoop("provisioned concurrency", EVERY_MS, () => this.#step(), deps);
    deps.index.onApplied(() => {
      this.#changed = true;
      this.#loop.wake();
    });
  }

  async #step(): Promise<void> {
    await this.#read();
    const wanted = new Set<string>();
    for (const wish of this.#wishes) {
      const kept = await this.#keep(wish);
      for (const key of kept) wanted.add(key);
    }
    for (const [key, { version }] of this.#kept) {
      if (wanted.has(key)) continue;
      this.#deps.environments.provision(version, 0);
      this.#kept.delete(key);
    }
  }

  async #read(): Promise<void> {
    const nowMs = this.#deps.clock.monotonicMs();
    if (!this.#changed && nowMs < this.#readAtMs + READ_EVERY_MS) return;
    this.#changed = false;
    try {
      this.#wishes = await this.#deps.wishes.wishes();
      this.#readAtMs = nowMs;
    } catch (error) {
      this.#changed = true;
      this.#deps.logger.warn({ err: error }, "provisioned concurrency cannot be read; the last wishes stay");
    }
  }

  /** Resolves with the keys of the versions that `wish` is for. */
  async #keep(wish: ProvisionedWish): Promise<readonly string[]> {
    const { index, environments } = this.#deps;
    const keys: string[] = [];
    let available = 0;
    let status: Pick<ProvisionedWish, "Status" | "StatusReason"> = { Status: "IN_PROGRESS", StatusReason: undefined };
    for (const { Version, count } of wish.shares) {
      const fn = await index.load(wish, wish.FunctionName, Version);
      const version = fn?.versions.get(Version);
      if (!version) continue; // it is not active yet
      const key = functionVersionKey(version);
      keys.push(key);
      this.#provision(key, version, count);
      const counts = environments.provisioned(version);
      available += Math.min(count, counts.available);
      if (counts.failures > 0 && counts.available < count) {
        status = counts.initFailed
          ? { Status: "FAILED", StatusReason: INIT_FAILED }
          : { Status: "IN_PROGRESS", StatusReason: NO_ROOM };
      }
    }
    if (available === wish.requested) status = { Status: "READY", StatusReason: undefined };
    await this.#report(wish, { ...status, available });
    return keys;
  }

  /** After a start that failed, none is tried for a while. */
  #provision(key: string, version: FunctionVersion, count: number): void {
    const { environments, clock, random } = this.#deps;
    const { failures } = environments.provisioned(version);
    let kept = this.#kept.get(key);
    if (!kept) this.#kept.set(key, (kept = { version, failures: 0, notBeforeMs: 0 }));
    if (failures > kept.failures) kept.notBeforeMs = clock.monotonicMs() + backoffMs(failures, RETRY, random);
    kept.failures = failures;
    if (clock.monotonicMs() >= kept.notBeforeMs) environments.provision(version, count);
  }

  async #report(
    wish: ProvisionedWish,
    now: Pick<ProvisionedWish, "Status" | "StatusReason" | "available">,
  ): Promise<void> {
    const known =
      wish.Status === now.Status && wish.StatusReason === now.StatusReason && wish.available === now.available;
    if (known) return;
    await this.#deps.wishes.report(wish, now);
    this.#wishes = this.#wishes.map((one) => (one.wishId === wish.wishId ? { ...one, ...now } : one));
  }

  #observe(registry: Registry): void {
    const { environments } = this.#deps;
    const kept = this.#kept;
    new Gauge({
      name: "hearth_provisioned_environments",
      help: "Environments kept by provisioned concurrency, by function version: available (initialised) and in_use.",
      labelNames: ["account", "region", "function", "version", "state"],
      registers: [registry],
      collect() {
        this.reset();
        for (const { version } of kept.values()) {
          const { accountId: account, region, FunctionName, Version } = version;
          const labels = { account, region, function: FunctionName, version: Version };
          const { available, inUse } = environments.provisioned(version);
          this.set({ ...labels, state: "available" }, available);
          this.set({ ...labels, state: "in_use" }, inUse);
        }
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
