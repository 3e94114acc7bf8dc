import type { ImageSource } from "@hearth/drivers";
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
  readonly imageSource: Pick<ImageSource, "resolveImage">;
  readonly metrics: Pick<ImageMetrics, "lookedUp">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Finds requests whose notification was missed while the connection was lost. */
const POLL_MS = 2_000;
/** Limit of requests to registries at the same time. */
const MAX_RUNNING = 64;

/**
 * Resolves image names for `control`, which has no access to registries: `control` inserts a request row and notifies; this claims the row, asks the registry
 * through the launcher, and writes the answer. A request is open, then claimed, then answered; one that its caller has given up is deleted.
 */
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
    if (this.#running.size >= MAX_RUNNING) return; // the end of a running request wakes the loop again
    for (const request of await this.#deps.requests.claim()) {
      const running = this.#answer(request).finally(() => {
        this.#running.delete(running);
        this.#loop.wake();
      });
      this.#running.add(running);
    }
  }

  /** Never rejects. */
  async #answer({ id, ImageUri, accountId }: ImageRequest): Promise<void> {
    const { requests, logger, metrics } = this.#deps;
    try {
      const answer = await this.#resolve(ImageUri, accountId);
      metrics.lookedUp(answer.kind);
      logger.info({ ImageUri, accountId, ...answer }, "image looked up");
      await requests.answer(id, answer);
    } catch (error) {
      logger.error({ err: error, ImageUri }, "could not answer a request about an image");
    }
  }

  async #resolve(ImageUri: string, accountId: string): Promise<ImageAnswer> {
    const { imageSource, clock } = this.#deps;
    const late = new AbortController();
    const reason = `its registry did not answer within ${IMAGE_ANSWER_MS / 1000} s`;
    using _timer = clock.after(IMAGE_ANSWER_MS, () => late.abort(new Error(reason)));
    try {
      return await imageSource.resolveImage(ImageUri, accountId, AbortSignal.any([late.signal, this.#stop.signal]));
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
