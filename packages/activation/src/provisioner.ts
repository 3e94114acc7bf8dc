import type { ProvisionedCounts } from "@hearth/environments";
import { BackgroundLoop, backoffMs, type Clock, Gauge, type Logger, type Random, type Registry } from "@hearth/kit";
import { type FunctionVersion, functionVersionKey } from "@hearth/model";
import type { FunctionIndex, ProvisionedConcurrencyStore, RequestedConcurrency } from "@hearth/store";

/** The part of the pools of environments that this uses. */
export interface ProvisionedEnvironments {
  /** Keeps `count` initialised environments. Each call starts a few of the missing ones. */
  provision(version: FunctionVersion, count: number): void;
  provisioned(version: FunctionVersion): ProvisionedCounts;
}

export interface ProvisionerDeps {
  readonly provisionedConcurrency: Pick<ProvisionedConcurrencyStore, "listRequested" | "report">;
  readonly index: Pick<FunctionIndex, "load" | "onApplied">;
  readonly environments: ProvisionedEnvironments;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly registry: Registry;
}

interface ProvisionedVersion {
  readonly version: FunctionVersion;
  /** Failures for which `notBeforeMs` has been set. */
  failures: number;
  notBeforeMs: number;
}

const EVERY_MS = 500;
const READ_EVERY_MS = 30_000;
const RETRY = { baseMs: 1_000, maxMs: 60_000 };
/** AWS's reason code. https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html */
const INIT_FAILED = "FUNCTION_ERROR_INIT_FAILURE";
const START_FAILED = "The environments cannot be started at the moment; Hearth goes on trying.";

/**
 * Makes the pools hold the environments that provisioned concurrency requests. Reads the configurations when the change log has moved; every half second has
 * missing environments started and surplus ones released, and reports how many there are. A configuration is READY exactly while all of its environments are
 * initialised; FAILED while the function's own init fails; IN_PROGRESS otherwise.
 */
export class Provisioner implements AsyncDisposable {
  readonly #deps: ProvisionerDeps;
  readonly #loop: BackgroundLoop;
  readonly #versions = new Map<string, ProvisionedVersion>();
  #requested: readonly RequestedConcurrency[] = [];
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
    for (const config of this.#requested) {
      const keys = await this.#keep(config);
      for (const key of keys) wanted.add(key);
    }
    for (const [key, { version }] of this.#versions) {
      if (wanted.has(key)) continue;
      this.#deps.environments.provision(version, 0);
      this.#versions.delete(key);
    }
  }

  async #read(): Promise<void> {
    const nowMs = this.#deps.clock.monotonicMs();
    if (!this.#changed && nowMs < this.#readAtMs + READ_EVERY_MS) return;
    this.#changed = false;
    try {
      this.#requested = await this.#deps.provisionedConcurrency.listRequested();
      this.#readAtMs = nowMs;
    } catch (error) {
      this.#changed = true;
      this.#deps.logger.warn(
        { err: error },
        "could not read provisioned concurrency; the last known configurations stay in force",
      );
    }
  }

  /** Resolves with the keys of the versions that `config` requests environments for. */
  async #keep(config: RequestedConcurrency): Promise<readonly string[]> {
    const { index, environments } = this.#deps;
    const keys: string[] = [];
    let available = 0;
    let status: Pick<RequestedConcurrency, "Status" | "StatusReason"> = {
      Status: "IN_PROGRESS",
      StatusReason: undefined,
    };
    for (const { Version, count } of config.shares) {
      const fn = await index.load(config, config.FunctionName, Version);
      const version = fn?.versions.get(Version);
      if (!version) continue; // not active yet
      const key = functionVersionKey(version);
      keys.push(key);
      this.#provision(key, version, count);
      const counts = environments.provisioned(version);
      available += Math.min(count, counts.available);
      if (counts.failures > 0 && counts.available < count) {
        status = counts.initFailed
          ? { Status: "FAILED", StatusReason: INIT_FAILED }
          : { Status: "IN_PROGRESS", StatusReason: START_FAILED };
      }
    }
    if (available === config.requested) status = { Status: "READY", StatusReason: undefined };
    await this.#report(config, { ...status, available });
    return keys;
  }

  /** After a failed start, waits before the next one. */
  #provision(key: string, version: FunctionVersion, count: number): void {
    const { environments, clock, random } = this.#deps;
    const { failures } = environments.provisioned(version);
    let provisioned = this.#versions.get(key);
    if (!provisioned) this.#versions.set(key, (provisioned = { version, failures: 0, notBeforeMs: 0 }));
    if (failures > provisioned.failures)
      provisioned.notBeforeMs = clock.monotonicMs() + backoffMs(failures, RETRY, random);
    provisioned.failures = failures;
    if (clock.monotonicMs() >= provisioned.notBeforeMs) environments.provision(version, count);
  }

  async #report(
    config: RequestedConcurrency,
    now: Pick<RequestedConcurrency, "Status" | "StatusReason" | "available">,
  ): Promise<void> {
    const known =
      config.Status === now.Status && config.StatusReason === now.StatusReason && config.available === now.available;
    if (known) return;
    await this.#deps.provisionedConcurrency.report(config, now);
    this.#requested = this.#requested.map((one) => (one.configId === config.configId ? { ...one, ...now } : one));
  }

  #observe(registry: Registry): void {
    const { environments } = this.#deps;
    const versions = this.#versions;
    new Gauge({
      name: "hearth_provisioned_environments",
      help: "Environments kept by provisioned concurrency, by function version: available (initialised) and in_use.",
      labelNames: ["account", "region", "function", "version", "state"],
      registers: [registry],
      collect() {
        this.reset();
        for (const { version } of versions.values()) {
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
