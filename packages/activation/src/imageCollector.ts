import type { ImageSource } from "@hearth/drivers";
import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import type { FunctionStore } from "@hearth/store";

export interface ImageCollectorDeps {
  readonly functions: Pick<FunctionStore, "imagesInUse">;
  readonly imageSource: Pick<ImageSource, "keptImages" | "releaseImage">;
  readonly clock: Clock;
  readonly logger: Logger;
}

const EVERY_MS = 10 * 60_000;

/** Every ten minutes removes the images that the engine keeps and that no version of a function needs any more. One that cannot be removed does not stop the others. */
export class ImageCollector implements AsyncDisposable {
  readonly #deps: ImageCollectorDeps;
  readonly #loop: BackgroundLoop;

  constructor(deps: ImageCollectorDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("image collection", EVERY_MS, (signal) => this.#step(signal), deps);
  }

  async #step(signal: AbortSignal): Promise<void> {
    const { functions, imageSource, logger } = this.#deps;
    const kept = await imageSource.keptImages();
    if (kept.length === 0) return;
    const used = new Set(await functions.imagesInUse(kept));
    for (const digest of kept) {
      if (signal.aborted) return;
      if (used.has(digest)) continue;
      try {
        await imageSource.releaseImage(digest);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ err: error, image: digest }, "could not remove an image that no function uses any more");
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
