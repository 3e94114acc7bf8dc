import type { CodeStore } from "@hearth/code";
import type { ImageSource } from "@hearth/drivers";
import { BackgroundLoop, backoffMs, type Clock, type Logger, type Random } from "@hearth/kit";
import type { FunctionVersion } from "@hearth/model";
import { type Activation, type ActivationStore, type Database, isAcknowledged } from "@hearth/store";
import { differences } from "./differences.ts";
import { FunctionFault } from "./functionFault.ts";
import type { ImageMetrics } from "./imageMetrics.ts";
import { type ImageTrouble, Preparation } from "./preparation.ts";
import { StateReasons } from "./stateReasons.ts";

export interface ActivatorDeps {
  readonly database: Database;
  readonly functions: ActivationStore;
  readonly code: Pick<CodeStore, "unpack">;
  readonly imageSource: Pick<
    ImageSource,
    "ensureImage" | "ensureRuntime" | "ensureRuntimeVersion" | "runtimes" | "onProgress"
  >;
  /** Boots sandboxes ahead for a version that will be invoked soon. */
  readonly environments: { expect(version: FunctionVersion): void };
  readonly imageMetrics: Pick<ImageMetrics, "waited">;
  /** Fails versions whose runtime runs on another version here. */
  readonly exactRuntimes: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const LISTED_AT_ONCE = 200;
const POLL_MS = 1_000;
const RETRY = { baseMs: 1_000, maxMs: 30_000 };

/**
 * Activates versions. An update leaves a version `wanted`; then
 *
 *     wanted ─▶ applied ─▶ active      or      wanted ─▶ failed
 *
 * wanted: its code and its runtime or image are put on this host (`Preparation`). applied: the snapshot is what invokers load, and a change in the change log
 * says so; when every invoker with a live lease has acknowledged that change, the version is active. A fault of the function fails it; an error of the platform
 * goes into its StateReason and is retried.
 */
export class Activator implements AsyncDisposable {
  readonly #deps: ActivatorDeps;
  readonly #loop: BackgroundLoop;
  readonly #stop = new AbortController();
  readonly #stateReasons: StateReasons;
  readonly #preparation: Preparation;
  /** By the snapshot's id. */
  readonly #running = new Map<string, Promise<void>>();

  constructor(deps: ActivatorDeps) {
    this.#deps = deps;
    this.#stateReasons = new StateReasons(deps);
    this.#preparation = new Preparation({ ...deps, stateReasons: this.#stateReasons }, this.#stop.signal);
    this.#loop = new BackgroundLoop("activator", POLL_MS, () => this.#step(), deps);
  }

  /** Looks for work at once. Call it when the change log has moved. */
  wake(): void {
    this.#loop.wake();
  }

  async #step(): Promise<void> {
    // Without those that run: they may wait long for an image, and would fill the list.
    const activations = await this.#deps.functions.listActivations(LISTED_AT_ONCE, [...this.#running.keys()]);
    for (const activation of activations) {
      const { snapshotId } = activation.version;
      if (this.#running.has(snapshotId) || this.#stop.signal.aborted) continue;
      this.#running.set(
        snapshotId,
        this.#activate(activation).finally(() => this.#running.delete(snapshotId)),
      );
    }
  }

  /** Never rejects. */
  async #activate({ version, appliedSeq }: Activation): Promise<void> {
    const { clock, random, logger } = this.#deps;
    const { accountId, region, FunctionName, Version } = version;
    const signal = this.#stop.signal;
    const trouble: ImageTrouble = {};
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        const seq = appliedSeq ?? (await this.#prepareAndApply(version, trouble));
        if (seq === undefined) return; // a newer revision is wanted meanwhile
        await this.#untilAcknowledged(seq);
        return await this.#finish(version);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof FunctionFault && (await this.#fail(version, error))) return;
        logger.error(
          { err: error, accountId, region, FunctionName, Version, attempt },
          "a function could not be activated; trying again",
        );
        await this.#stateReasons.explain(
          version,
          "The function is being prepared; the last try failed for a reason of the platform and is repeated.",
        );
      }
      await clock.sleep(backoffMs(attempt, RETRY, random), signal).catch(() => undefined);
    }
  }

  /** Resolves with the number of the change that applied it; with undefined when the version wants a newer revision meanwhile. */
  async #prepareAndApply(version: FunctionVersion, trouble: ImageTrouble): Promise<bigint | undefined> {
    const prepared = await this.#preparation.prepare(version, trouble);
    this.#deps.environments.expect(prepared);
    return await this.#deps.functions.applyActivation(prepared);
  }

  /** An active version says in its StateReason, and Hearth in its log, what is different from AWS. */
  async #finish(version: FunctionVersion): Promise<void> {
    const { functions, logger } = this.#deps;
    const { accountId, region, FunctionName, Version, configuration } = version;
    const different = differences(configuration, await this.#preparation.runtimeOf(version));
    await functions.finishActivation(version, different);
    if (different !== undefined) {
      logger.warn({ accountId, region, FunctionName, Version }, `a function differs from AWS: ${different}`);
    }
  }

  async #untilAcknowledged(seq: bigint): Promise<void> {
    const { database, clock } = this.#deps;
    for (let waitMs = 4; !(await isAcknowledged(database, seq)); waitMs = Math.min(waitMs * 2, 200)) {
      await clock.sleep(waitMs, this.#stop.signal);
    }
  }

  /** Resolves with false when the failure could not be written. */
  async #fail(version: FunctionVersion, { reasonCode, message }: FunctionFault): Promise<boolean> {
    const { functions, logger } = this.#deps;
    const { accountId, region, FunctionName, Version } = version;
    try {
      await functions.failActivation(version, reasonCode, message);
      logger.warn(
        { accountId, region, FunctionName, Version, reasonCode, reason: message },
        "a function cannot be activated",
      );
      return true;
    } catch (error) {
      logger.error(
        { err: error, accountId, region, FunctionName, Version },
        "could not write that a function cannot be activated",
      );
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the activator is stopping"));
    await this.#loop[Symbol.asyncDispose]();
    await Promise.all(this.#running.values());
  }
}
