import { type Clock, type Logger, Mutex } from "@hearth/kit";
import { abortable } from "../../abortable.ts";
import { type RuntimeSupport, RuntimeUnavailable } from "../../driver.ts";
import { notServed, RuntimeTable } from "../../runtimeTable.ts";
import type { EngineImages, Progress } from "./engineImages.ts";
import type { ImageMaker } from "./imageMaker.ts";
import type { RuntimeImageMetrics } from "./runtimeImageMetrics.ts";
import {
  candidates,
  debianServing,
  identifierOf,
  imageName,
  publishedBase,
  type RuntimeImage,
  runtimeImage,
} from "./runtimeImageNames.ts";

export interface RuntimeImagesDeps {
  readonly images: EngineImages;
  readonly maker: Pick<ImageMaker, "runtime">;
  readonly metrics?: Pick<RuntimeImageMetrics, "ended"> | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One image per runtime, named by its content, so that a changed bootstrap is another image. */
export class RuntimeImages {
  readonly #deps: RuntimeImagesDeps;
  readonly #table = new RuntimeTable();
  readonly #making = new Map<string, Promise<RuntimeImage>>();
  readonly #ready = new Map<string, RuntimeImage>();
  readonly #oneAtATime = new Mutex();
  readonly #stop: AbortSignal;

  /** Aborting `stop` ends every build. */
  constructor(deps: RuntimeImagesDeps, stop: AbortSignal) {
    this.#deps = deps;
    this.#stop = stop;
  }

  /** The image, if the engine has it. */
  async find(runtime: string): Promise<RuntimeImage | undefined> {
    const known = this.#ready.get(runtime);
    if (known) return known;
    const meaning = this.#table.meaningOf(runtime);
    if (!meaning) return undefined;
    for (const candidate of candidates(meaning)) {
      const image = imageName(candidate);
      if (!(await this.#deps.images.exists(image))) continue;
      const found = runtimeImage(candidate);
      this.#ready.set(runtime, found);
      return found;
    }
    return undefined;
  }

  /** Forgets that the engine has this image: it was removed. */
  forget(runtime: string): void {
    this.#ready.delete(runtime);
  }

  support(): Promise<readonly RuntimeSupport[]> {
    return this.#table.support(async (runtime, meaning) => {
      const image = await this.find(runtime);
      if (image) return { runtime, servedBy: image.servedBy, state: "ready" };
      const serving = debianServing(meaning);
      if (serving) return { runtime, servedBy: identifierOf(serving.serves), state: "obtainable" };
      if (publishedBase(meaning)) return { runtime, servedBy: runtime, state: "obtainable" };
      return { runtime, servedBy: runtime, state: "unavailable", reason: `Hearth has no image for ${runtime}` };
    });
  }

  /** Finds or makes the image. Concurrent callers share the work, which continues when one of them aborts. */
  async ensure(runtime: string, progress: Progress, signal: AbortSignal): Promise<RuntimeImage> {
    const found = await this.find(runtime);
    if (found) return found;
    if (!this.#table.meaningOf(runtime)) throw new RuntimeUnavailable(notServed(runtime).reason);
    let making = this.#making.get(runtime);
    if (!making) {
      making = this.#make(runtime, progress).finally(() => this.#making.delete(runtime));
      this.#making.set(runtime, making);
    }
    return await abortable(making, signal);
  }

  async #make(runtime: string, progress: Progress): Promise<RuntimeImage> {
    using _turn = await this.#oneAtATime.acquire(this.#stop);
    const { maker, metrics, clock, logger } = this.#deps;
    const sinceMs = clock.monotonicMs();
    let made: RuntimeImage | undefined;
    try {
      made = await maker.runtime(runtime, progress, this.#stop);
    } finally {
      metrics?.ended(runtime, made ? "made" : "failed", clock.monotonicMs() - sinceMs);
    }
    this.#ready.set(runtime, made);
    logger.info({ image: made.image }, "runtime image made");
    return made;
  }
}
