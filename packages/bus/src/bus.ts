import type { Clock, Logger } from "@hearth/kit";
import type { Backend, Complain } from "./backend.ts";
import { onPostgres, type PostgresConnection } from "./postgresBackend.ts";
import { onRedis } from "./redisBackend.ts";

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

  /** Wakes one worker with these ids. Rejects, soon, when the connection is down. */
  async wake(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#backend.add({ ids });
  }

  /**
   * Calls `handler` for each wake-up, one at a time, until disposed. It should claim the events and return, not run them. An error of it is logged and the
   * wake-up is dropped.
   */
  work(handler: (ids: readonly string[]) => Promise<void>): AsyncDisposable {
    return this.#backend.work(
      (job) => handler(job.data.ids),
      (error) => this.#logger.error({ err: error }, "could not handle a wake-up from the bus"),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#backend[Symbol.asyncDispose]();
  }
}
