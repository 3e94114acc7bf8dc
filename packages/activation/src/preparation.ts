import { type CodeStore, InvalidZip } from "@hearth/code";
import {
  imageName,
  type ImageSource,
  ImageUnavailable,
  type RuntimeSupport,
  RuntimeUnavailable,
} from "@hearth/drivers";
import { type Clock, Semaphore } from "@hearth/kit";
import type { FunctionVersion } from "@hearth/model";
import { FunctionFault } from "./functionFault.ts";
import type { ImageMetrics } from "./imageMetrics.ts";
import { ImagePulls } from "./imagePulls.ts";
import type { StateReasons } from "./stateReasons.ts";

export interface PreparationDeps {
  readonly code: Pick<CodeStore, "unpack">;
  readonly imageSource: Pick<ImageSource, "ensureImage" | "ensureRuntime" | "ensureRuntimeVersion" | "runtimes">;
  readonly stateReasons: StateReasons;
  readonly imageMetrics: Pick<ImageMetrics, "waited">;
  /** Fails a version whose runtime runs on another version here. */
  readonly exactRuntimes: boolean;
  readonly clock: Clock;
}

const PARALLEL_PREPARATIONS = 4;
/** A registry that does not answer for longer, counted from the first failed attempt, fails the versions that wait for it. */
const IMAGE_PATIENCE_MS = 3_600_000;

/** When the image of a version could first not be had, on the monotonic clock. Kept over the attempts of one activation. */
export interface ImageTrouble {
  sinceMs?: number | undefined;
}

/**
 * Puts on this host what a version runs with: its unpacked code and layers and its runtime, or its image. Rejects with `FunctionFault` when the version itself
 * is the reason, and with other errors when the platform is.
 */
export class Preparation {
  readonly #deps: PreparationDeps;
  readonly #stop: AbortSignal;
  readonly #parallel = new Semaphore(PARALLEL_PREPARATIONS);
  readonly #pulls: ImagePulls;

  /** Aborting `stop` ends everything that is under way. */
  constructor(deps: PreparationDeps, stop: AbortSignal) {
    this.#deps = deps;
    this.#stop = stop;
    this.#pulls = new ImagePulls(deps.imageSource, stop);
  }

  /** Resolves with the version as it is to run: with the version of its runtime, where that has some. */
  async prepare(version: FunctionVersion, trouble: ImageTrouble): Promise<FunctionVersion> {
    // A pull may take minutes: it holds none of the slots that other versions wait for.
    if (version.imageRepository !== undefined) await this.#ensureImage(version, version.imageRepository, trouble);
    using _slot = await this.#parallel.acquire(this.#stop);
    if (version.imageRepository === undefined) await this.#unpack(version);
    const { runtimeVersion: _wanted, ...others } = version;
    const runtimeVersion = await this.#ensureRuntime(version);
    return { ...others, ...(runtimeVersion !== undefined && { runtimeVersion }) };
  }

  /** How this machine runs the version's runtime; `undefined` for an image. */
  async runtimeOf({ configuration: { Runtime } }: FunctionVersion): Promise<RuntimeSupport | undefined> {
    if (Runtime === undefined) return undefined;
    return (await this.#deps.imageSource.runtimes()).find(({ runtime }) => runtime === Runtime);
  }

  async #unpack({ codeDigest, layerDigests }: FunctionVersion): Promise<void> {
    for (const digest of [codeDigest, ...layerDigests]) {
      try {
        await this.#deps.code.unpack(digest, this.#stop);
      } catch (error) {
        if (!(error instanceof InvalidZip)) throw error;
        throw new FunctionFault(
          "InvalidZipFileException",
          `The archive of the function's code or of a layer cannot be unpacked: ${error.message}`,
        );
      }
    }
  }

  async #ensureImage(version: FunctionVersion, repository: string, trouble: ImageTrouble): Promise<void> {
    const image = { accountId: version.accountId, repository, digest: version.codeDigest };
    const { clock, imageMetrics, stateReasons } = this.#deps;
    const since = clock.monotonicMs();
    try {
      await stateReasons.during(imageName(image), version, () => this.#pulls.ensure(image));
      trouble.sinceMs = undefined;
      imageMetrics.waited("ready", clock.monotonicMs() - since);
    } catch (error) {
      imageMetrics.waited("failed", clock.monotonicMs() - since);
      if (error instanceof ImageUnavailable) throw new FunctionFault(error.reasonCode, error.message);
      trouble.sinceMs ??= clock.monotonicMs();
      if (clock.monotonicMs() - trouble.sinceMs < IMAGE_PATIENCE_MS) throw error;
      throw new FunctionFault(
        "ImageAccessDenied",
        `The image could not be pulled for an hour: ${(error as Error).message}`,
      );
    }
  }

  async #ensureRuntime(version: FunctionVersion): Promise<string | undefined> {
    const runtime = version.configuration.Runtime;
    const wanted = version.runtimeVersion;
    if (runtime === undefined) return undefined;
    const { imageSource, stateReasons, exactRuntimes } = this.#deps;
    const support = await this.runtimeOf(version);
    if (support?.state !== "ready")
      await stateReasons.explain(version, `The runtime ${runtime} is being made ready on this machine.`);
    let found: string | undefined;
    try {
      found = await stateReasons.during(runtime, version, () =>
        wanted === undefined
          ? imageSource.ensureRuntime(runtime, this.#stop)
          : imageSource.ensureRuntimeVersion(runtime, wanted, this.#stop),
      );
    } catch (error) {
      if (!(error instanceof RuntimeUnavailable)) throw error;
      throw new FunctionFault("InvalidRuntime", error.message);
    }
    if (!exactRuntimes) return found;
    const servedBy = (await this.runtimeOf(version))?.servedBy ?? runtime;
    if (servedBy !== runtime) {
      throw new FunctionFault(
        "InvalidRuntime",
        `The runtime ${runtime} would run on ${servedBy} here, which HEARTH_EXACT_RUNTIMES=1 refuses.`,
      );
    }
    return found;
  }
}
