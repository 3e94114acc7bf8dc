import type { Driver } from "@hearth/drivers";
import { BackgroundLoop, type Clock, type Logger } from "@hearth/kit";
import {
  type Database,
  IMAGE_ANSWER_MS,
  IMAGE_REQUEST_CHANNEL,
  type ImageAnswer,
  type ImageRequest,
  type ImageRequestStore,
} from "@hearth/store";
import type { ImageMetrics } from "./imageMetrics.ts";

export interface ImageResolverDeps {
  readonly database: Pick<Database, "listen">;
  readonly requests: Pick<ImageRequestStore, "claim" | "answer">;
  readonly driver: Pick<Driver, "resolveImage">;
  readonly metrics: Pick<ImageMetrics, "lookedUp">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A notification can be missed while the connection is lost. */
const POLL_MS = 2_000;
/** Registries asked at a time. */
const MAX_RUNNING = 64;
/** Answers control's questions about images, through the launcher. */
export class ImageResolver implements AsyncDisposable {
  readonly #deps: ImageResolverDeps;
  readonly #stop = new AbortController();
  readonly #loop: BackgroundLoop;
  readonly #running = new Set<Promise<void>>();
  #listening: AsyncDisposable | undefined;

  private constructor(deps: ImageResolverDeps) {
    this.#deps = deps;
    this.#loop = new BackgroundLoop("image requests", POLL_MS, () => this.#step(), deps);
  }

  static async start(deps: ImageResolverDeps): Promise<ImageResolver> {
    const resolver = new ImageResolver(deps);
    const wake = (): void => resolver.#loop.wake();
    try {
      resolver.#listening = await deps.database.listen(IMAGE_REQUEST_CHANNEL, { onNotify: wake, onConnected: wake });
    } catch (error) {
      await resolver[Symbol.asyncDispose]();
      throw error;
    }
    return resolver;
  }

  async #step(): Promise<void> {
    if (this.#running.size >= MAX_RUNNING) return; // woken again when one of them has ended
    for (const request of await this.#deps.requests.claim()) {
      const running = this.#answer(request).finally(() => {
        this.#running.delete(running);
        this.#loop.wake();
      });
      this.#running.add(running);
    }
  }

  /** Never rejects. */
  async #answer({ id, ImageUri }: ImageRequest): Promise<void> {
    const { requests, logger, metrics } = this.#deps;
    try {
      const answer = await this.#resolve(ImageUri);
      metrics.lookedUp(answer.kind);
      logger.info({ ImageUri, ...answer }, "image looked up");
      await requests.answer(id, answer);
    } catch (error) {
      logger.error({ err: error, ImageUri }, "a question about an image could not be answered");
    }
  }

  async #resolve(ImageUri: string): Promise<ImageAnswer> {
    const { driver, clock } = this.#deps;
    const late = new AbortController();
    const reason = `its registry did not answer within ${IMAGE_ANSWER_MS / 1000} s`;
    using _timer = clock.after(IMAGE_ANSWER_MS, () => late.abort(new Error(reason)));
    try {
      return await driver.resolveImage(ImageUri, AbortSignal.any([late.signal, this.#stop.signal]));
    } catch (error) {
      if (late.signal.aborted) return { kind: "unknown", reason };
      return { kind: "failed", reason: (error as Error).message };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("Hearth is stopping"));
    await this.#listening?.[Symbol.asyncDispose]();
    await this.#loop[Symbol.asyncDispose]();
    await Promise.all(this.#running);
  }
}
