import { type Driver, imageName, ImageUnavailable, RuntimeUnavailable } from "@hearth/drivers";
import { BackgroundLoop, backoffMs, type Clock, type Logger, type Random, Semaphore } from "@hearth/kit";
import { arn, type FunctionVersion } from "@hearth/model";
import { type Activation, type ActivationStore, type Database, isAcknowledged } from "@hearth/store";
import { type CodeStore, InvalidZip } from "@hearth/code";

import type { ImageMetrics } from "./imageMetrics.ts";
import { ImagePulls } from "./imagePulls.ts";

export interface ActivatorDeps {
  readonly database: Database;
  readonly functions: ActivationStore;
  readonly code: Pick<CodeStore, "unpack">;
  readonly driver: Pick<Driver, "ensureImage" | "ensureRuntime" | "runtimes" | "on">;
  /** Told that a version will be invoked soon, so that sandboxes can be booted for it. */
  readonly environments: { expect(version: FunctionVersion): void };
  readonly imageMetrics: Pick<ImageMetrics, "waited">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A finding about the function itself: AWS's reason code and words for its owner. */
class Unfit extends Error {
  readonly reasonCode: string;
  constructor(reasonCode: string, message: string) {
    super(message);
    this.reasonCode = reasonCode;
  }
}

const LISTED_AT_ONCE = 200;
const PARALLEL_ACTIVATIONS = 4;
/** A registry that is down for longer, counted from the first failed try, fails the functions that wait for it. */
const IMAGE_PATIENCE_MS = 3_600_000;
const POLL_MS = 1_000;
const RETRY = { baseMs: 1_000, maxMs: 30_000 };

/** How long an image could not be had, as far as this process knows. */
interface ImageTrouble {
  /** On the monotonic clock. */
  sinceMs?: number | undefined;
}

/**
 * Carries versions from wanted to active: unpacks the code, makes the runtime available, applies the snapshot, and when every invoker with a live lease
 * has acknowledged that change, finishes. All of it is work that is really done; nothing waits for a timer. What is the function's own fault fails it; trouble
 * of the platform is explained in its StateReason and tried again.
 */
export class Activator implements AsyncDisposable {
  readonly #deps: ActivatorDeps;
  readonly #loop: BackgroundLoop;
  readonly #stop = new AbortController();
  readonly #parallel = new Semaphore(PARALLEL_ACTIVATIONS);
  readonly #pulls: ImagePulls;
  /** By the snapshot's id. */
  readonly #running = new Map<string, Promise<void>>();
  /** Versions that wait for a runtime or an image that is being made available. */
  readonly #waiting = new Map<string, Set<FunctionVersion>>();

  constructor(deps: ActivatorDeps) {
    this.#deps = deps;
    this.#pulls = new ImagePulls(deps.driver, this.#stop.signal);
    deps.driver.on((event) => {
      if (event.kind === "progress") this.#tellProgress(event.runtime, event.message);
    });
    this.#loop = new BackgroundLoop("activator", POLL_MS, () => this.#step(), deps);
  }

  /** Looks for work at once: call it when the change log has moved. */
  wake(): void {
    this.#loop.wake();
  }

  async #step(): Promise<void> {
    // Those that wait for an image may wait for long: they must not hide the others.
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
    const { functions, clock, random, logger } = this.#deps;
    const { accountId, region, FunctionName, Version } = version;
    const signal = this.#stop.signal;
    const trouble: ImageTrouble = {};
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        const seq = appliedSeq ?? (await this.#prepareAndApply(version, trouble));
        if (seq === undefined) return; // a newer revision is wanted by now
        await this.#untilAcknowledged(seq);
        return await functions.finishActivation(version);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Unfit && (await this.#fail(version, error))) return;
        logger.error(
          { err: error, accountId, region, FunctionName, Version, attempt },
          "a function could not be activated; trying again",
        );
        await this.#explain(
          version,
          "The function is being prepared; the last try failed for a reason of the platform and is repeated.",
        );
      }
      await clock.sleep(backoffMs(attempt, RETRY, random), signal).catch(() => undefined);
    }
  }

  async #prepareAndApply(version: FunctionVersion, trouble: ImageTrouble): Promise<bigint | undefined> {
    // A pull may take minutes: nobody else's function waits for it.
    if (version.imageRepository !== undefined) await this.#ensureImage(version, version.imageRepository, trouble);
    using _slot = await this.#parallel.acquire(this.#stop.signal);
    if (version.imageRepository === undefined) await this.#unpack(version);
    const runtimeVersionArn = await this.#ensureRuntime(version);
    this.#deps.environments.expect(version);
    return await this.#deps.functions.applyActivation(version, runtimeVersionArn);
  }

  async #unpack({ codeDigest, layerDigests }: FunctionVersion): Promise<void> {
    for (const digest of [codeDigest, ...layerDigests]) {
      try {
        await this.#deps.code.unpack(digest, this.#stop.signal);
      } catch (error) {
        if (!(error instanceof InvalidZip)) throw error;
        throw new Unfit(
          "InvalidZipFileException",
          `The archive of the function's code or of a layer cannot be unpacked: ${error.message}`,
        );
      }
    }
  }

  async #ensureImage(version: FunctionVersion, repository: string, trouble: ImageTrouble): Promise<void> {
    const image = { repository, digest: version.codeDigest };
    const { clock, imageMetrics } = this.#deps;
    const since = clock.monotonicMs();
    try {
      await this.#explained(version, imageName(image), () => this.#pulls.ensure(version.accountId, image));
      trouble.sinceMs = undefined;
      imageMetrics.waited("ready", clock.monotonicMs() - since);
    } catch (error) {
      imageMetrics.waited("failed", clock.monotonicMs() - since);
      if (error instanceof ImageUnavailable) throw new Unfit(error.reasonCode, error.message);
      trouble.sinceMs ??= clock.monotonicMs();
      if (clock.monotonicMs() - trouble.sinceMs < IMAGE_PATIENCE_MS) throw error;
      throw new Unfit("ImageAccessDenied", `The image could not be pulled for an hour: ${(error as Error).message}`);
    }
  }

  /** Resolves with the ARN that names what really runs. */
  async #ensureRuntime(version: FunctionVersion): Promise<string | undefined> {
    const runtime = version.configuration.Runtime;
    if (runtime === undefined) return undefined;
    const { driver } = this.#deps;
    const support = (await driver.runtimes()).find((one) => one.runtime === runtime);
    if (support?.state !== "ready")
      await this.#explain(version, `The runtime ${runtime} is being made ready on this machine.`);
    try {
      await this.#explained(version, runtime, () => driver.ensureRuntime(runtime, this.#stop.signal));
    } catch (error) {
      if (!(error instanceof RuntimeUnavailable)) throw error;
      throw new Unfit("InvalidRuntime", error.message);
    }
    return arn({
      service: "lambda",
      region: version.region,
      accountId: "",
      resource: `runtime:${support?.servedBy ?? runtime}`,
    });
  }

  /** What is said of the progress of `what` meanwhile is the version's StateReason. */
  async #explained(version: FunctionVersion, what: string, work: () => Promise<unknown>): Promise<void> {
    const waiting = this.#waiting.get(what) ?? new Set();
    this.#waiting.set(what, waiting.add(version));
    try {
      await work();
    } finally {
      waiting.delete(version);
      if (waiting.size === 0) this.#waiting.delete(what);
    }
  }

  async #untilAcknowledged(seq: bigint): Promise<void> {
    const { database, clock } = this.#deps;
    for (let waitMs = 4; !(await isAcknowledged(database, seq)); waitMs = Math.min(waitMs * 2, 200)) {
      await clock.sleep(waitMs, this.#stop.signal);
    }
  }

  /** Resolves with false when it could not be written. */
  async #fail(version: FunctionVersion, { reasonCode, message }: Unfit): Promise<boolean> {
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
        "that a function cannot be activated cannot be written",
      );
      return false;
    }
  }

  /** An explanation is a courtesy: when it cannot be written, the work goes on. */
  async #explain(version: FunctionVersion, reason: string): Promise<void> {
    await this.#deps.functions
      .explainActivation(version, reason)
      .catch((error: unknown) =>
        this.#deps.logger.warn(
          { err: error, FunctionName: version.FunctionName },
          "why a function waits cannot be written",
        ),
      );
  }

  #tellProgress(runtime: string, message: string): void {
    for (const version of this.#waiting.get(runtime) ?? []) void this.#explain(version, message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the activator is stopping"));
    await this.#loop[Symbol.asyncDispose]();
    await Promise.all(this.#running.values());
  }
}
