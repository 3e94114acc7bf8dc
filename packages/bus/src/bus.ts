import type { Clock, Logger } from "@hearth/kit";
import type { Backend, Complain } from "./backend.ts";
import { onPostgres, type PostgresConnection } from "./postgresBackend.ts";
import { onRedis } from "./redisBackend.ts";
import { Turns } from "./turns.ts";

/** The store of the bus: Redis in production, PostgreSQL when embedded. */
export type BusConnection =
  | { readonly kind: "redis"; readonly url: string }
  | { readonly kind: "postgres"; readonly connection: PostgresConnection };

export interface BusOptions {
  readonly connection: BusConnection;
  /** Separates installations that share a Redis. */
  readonly prefix: string;
}

export interface BusDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Wakes workers, in this process or another. It stores nothing that matters: PostgreSQL is the truth about events, and the sweeper finds events whose wake-up
 * was lost. Each wake-up reaches one worker, usually once.
 */
export class Bus implements AsyncDisposable {
  readonly #backend: Backend;
  readonly #logger: Logger;
  /** The worker of this process. */
  #local: Turns | undefined;

  /** Never throws because the connection is down; `wake` rejects. */
  constructor(topic: string, options: BusOptions, deps: BusDeps) {
    const { logger } = deps;
    this.#logger = logger;
    const complain: Complain = (error) => {
      logger.warn(
        { err: error, topic },
        "the event bus reported an error; events are safe in PostgreSQL and the sweeper wakes workers",
      );
    };
    const { connection, prefix } = options;
    this.#backend =
      connection.kind === "redis"
        ? onRedis(topic, prefix, connection.url, { ...deps, complain })
        : onPostgres(topic, prefix, connection.connection, { ...deps, complain });
  }

  /**
   * Wakes one worker with these ids: that of this process if it has nothing to do, which saves the way through the backend. Otherwise it rejects, soon, when
   * the connection is down.
   */
  async wake(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    if (this.#local?.isIdle) void this.#local.take(ids).catch((error: unknown) => this.#handlerFailed(error));
    else await this.#backend.add({ ids });
  }

  /**
   * Calls `handler` for each wake-up, one at a time, until disposed. It should claim the events and return, not run them. An error of it is logged and the
   * wake-up is dropped.
   */
  work(handler: (ids: readonly string[]) => Promise<void>): AsyncDisposable {
    const turns = new Turns(handler);
    const worker = this.#backend.work(
      (job) => turns.take(job.data.ids),
      (error) => this.#handlerFailed(error),
    );
    this.#local = turns;
    return {
      [Symbol.asyncDispose]: async () => {
        if (this.#local === turns) this.#local = undefined;
        await worker[Symbol.asyncDispose]();
        await turns.idle();
      },
    };
  }

  #handlerFailed(error: unknown): void {
    this.#logger.error({ err: error }, "could not handle a wake-up");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#backend[Symbol.asyncDispose]();
  }
}
