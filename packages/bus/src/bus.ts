import type { Logger } from "@hearth/kit";
import { createPostgresBackend, type PostgresConnectionOptions, Queue, Worker } from "bullmq";
import { Redis, type RedisOptions } from "ioredis";

/** The store of the bus: Redis in production, PostgreSQL when embedded. */
export type BusConnection =
  | { readonly kind: "redis"; readonly url: string }
  | { readonly kind: "postgres"; readonly connection: PostgresConnection };

/** As `pg` takes it. */
export interface PostgresConnection {
  readonly connectionString?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
}

export interface BusOptions {
  readonly connection: BusConnection;
  /** Separates installations that share a Redis. */
  readonly prefix: string;
}

export interface BusDeps {
  readonly logger: Logger;
}

interface Wake {
  readonly ids: readonly string[];
}

type Handle = (job: { readonly data: Wake }) => Promise<void>;
type Complain = (error: Error) => void;

/** The parts of BullMQ that are used, for one kind of connection. */
interface Backend {
  add(wake: Wake): Promise<unknown>;
  work(handle: Handle, failed: Complain): AsyncDisposable;
  close(): Promise<void>;
}

/** A command that Redis does not answer fails; with it, the connection is made again. */
const ANSWER_MS = 5_000;
/** BullMQ's workers wait at Redis for at most 10 s. */
const BLOCKING_ANSWER_MS = 30_000;
const KEEP_ALIVE_MS = 10_000;
const FORGET_DONE = { removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } } as const;

/**
 * Wakes workers, in this process or another. It stores nothing that matters: PostgreSQL is the truth about events, and the sweeper finds events whose wake-up
 * was lost. Each wake-up reaches one worker, usually once.
 */
export class Bus implements AsyncDisposable {
  readonly #backend: Backend;
  readonly #logger: Logger;

  /** Never throws because the connection is down; `wake` rejects. */
  constructor(topic: string, options: BusOptions, { logger }: BusDeps) {
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
        ? onRedis(topic, prefix, connection.url, complain)
        : onPostgres(topic, prefix, connection.connection, complain);
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
    await this.#backend.close();
  }
}

function onRedis(topic: string, prefix: string, url: string, complain: Complain): Backend {
  const connection = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, ...deadlines(ANSWER_MS) });
  const queue = new Queue(topic, { connection, prefix });
  queue.on("error", complain);
  return {
    add: (wake) => queue.add("wake", wake, FORGET_DONE),
    work: (handle, failed) => {
      const own = new Redis(url, { maxRetriesPerRequest: null, ...deadlines(BLOCKING_ANSWER_MS) });
      const worker = new Worker(topic, handle, { connection: own, prefix, ...FORGET_DONE });
      return working(worker, failed, complain, () => own.disconnect());
    },
    close: async () => {
      await queue.close();
      connection.disconnect();
    },
  };
}

function deadlines(ms: number) {
  return {
    commandTimeout: ms,
    socketTimeout: 2 * ms,
    connectTimeout: ANSWER_MS,
    keepAlive: KEEP_ALIVE_MS,
  } satisfies RedisOptions;
}

function onPostgres(topic: string, prefix: string, connection: PostgresConnection, complain: Complain): Backend {
  const config: PostgresConnectionOptions = {
    ...connection,
    schema: "bus",
    migrate: true,
    max: 2,
    // No deadlines: when its first connection fails, a worker of BullMQ tries again without a pause, for ever. One that waits goes on when PostgreSQL does.
    keepAlive: true,
  };
  const queue = new Queue(topic, { connection: config, prefix }, createPostgresBackend);
  queue.on("error", complain);
  return {
    add: (wake) => queue.add("wake", wake, FORGET_DONE),
    work: (handle, failed) => {
      const worker = new Worker(topic, handle, { connection: config, prefix, ...FORGET_DONE }, createPostgresBackend);
      return working(worker, failed, complain, () => undefined);
    },
    close: () => queue.close(),
  };
}

/** The part of BullMQ's workers that both kinds of connection share. */
interface AnyWorker {
  on(event: "error", listener: Complain): unknown;
  on(event: "failed", listener: (job: unknown, error: Error) => void): unknown;
  close(): Promise<void>;
}

function working(worker: AnyWorker, failed: Complain, complain: Complain, closed: () => void): AsyncDisposable {
  worker.on("error", complain);
  worker.on("failed", (_job, error) => failed(error));
  return {
    [Symbol.asyncDispose]: async () => {
      await worker.close();
      closed();
    },
  };
}
