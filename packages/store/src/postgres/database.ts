import { createHash } from "node:crypto";
import {
  type Backoff,
  backoffMs,
  type Clock,
  HangWatch,
  KeyRing,
  type Logger,
  type Random,
  type ServerHangs,
  SystemClock,
} from "@hearth/kit";
import {
  Client,
  Pool,
  type PoolClient,
  type PoolConfig,
  type QueryConfig,
  type QueryResult,
  type QueryResultRow,
  types,
} from "pg";
import { isConnectionLoss, isSerializationFailure } from "./databaseErrors.ts";
import type { DatabaseMetrics } from "./databaseMetrics.ts";
import { answered, cut, DatabaseUnanswered, STATEMENT_TIMEOUT_MS } from "./statementDeadline.ts";
import type { Queryable, Transaction } from "./queryable.ts";
import { type Listener, type ListenHandlers, openListener } from "./listener.ts";
import { SharedListener } from "./sharedListener.ts";

export type { Queryable, Transaction } from "./queryable.ts";

/** The address of PostgreSQL: a URL, or its parts (a `host` that starts with `/` is the folder of a Unix socket). */
export interface ConnectionOptions {
  readonly connectionString?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
}

export interface DatabaseOptions {
  readonly connection: ConnectionOptions;
  /** Maximum number of connections, not counting listeners. */
  readonly max?: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName?: string;
  /** How long a statement waits for PostgreSQL to become reachable before it rejects. Default: 10 s. */
  readonly patienceMs?: number;
  /** How long PostgreSQL may work on one statement. Default: 20 s. */
  readonly statementTimeoutMs?: number;
}

export interface DatabaseDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics?: DatabaseMetrics;
}

export interface TransactionOptions {
  /** With `repeatable read`, all statements see the same snapshot. Default: `read committed`. */
  readonly isolation?: "read committed" | "repeatable read" | "serializable";
  readonly readOnly?: boolean;
  /** For each statement, where it differs from the database's own. */
  readonly statementTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
const CONFLICT_ATTEMPTS = 8;
const CONFLICT_BACKOFF: Backoff = { baseMs: 5, maxMs: 200 };
const INT8_OID = 20;
const typeParsers: NonNullable<PoolConfig["types"]> = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === INT8_OID && format !== "binary" ? BigInt : types.getTypeParser(oid, format as "text"),
};

/**
 * PostgreSQL.
 *
 * When it cannot be reached (it restarts, or has no free connection), a statement waits up to `patienceMs` and then rejects. When the connection
 * breaks while a statement runs, only work that cannot have had an effect is retried: a statement that starts with SELECT, and a transaction whose
 * BEGIN was not answered. Everything else rejects, because it may have been committed; `isConnectionLoss` identifies these errors. A statement or
 * transaction that PostgreSQL refused because of concurrency (serialization failure, deadlock) wrote nothing and runs again, so `work` must have no
 * effects other than through its `tx`.
 *
 * Every statement has a deadline. PostgreSQL ends those that run for too long; when it does not answer at all, the statement rejects with
 * DatabaseUnanswered and its connection is closed.
 */
export class Database implements Queryable, AsyncDisposable {
  /** Empty until it is set, see `useMasterKeys`. */
  readonly keys = new KeyRing();
  readonly #pool: Pool;
  readonly #deps: DatabaseDeps;
  readonly #patienceMs: number;
  readonly #statementTimeoutMs: number;
  readonly #config: PoolConfig;
  readonly #shared: SharedListener;
  /** Those with a connection of their own. */
  readonly #listeners = new Set<Listener>();
  readonly #watch: HangWatch;

  constructor(options: DatabaseOptions, deps: DatabaseDeps) {
    this.#deps = deps;
    this.#patienceMs = options.patienceMs ?? 10_000;
    this.#statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
    this.#config = {
      ...options.connection,
      application_name: options.applicationName ?? "hearth",
      types: typeParsers,
      keepAlive: true,
      keepAliveInitialDelayMillis: 30_000,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    };
    this.#shared = new SharedListener(this.#config, deps);
    // Not a start-up parameter of the connection: poolers such as PgBouncer refuse those.
    const limitStatements = (client: PoolClient): Promise<unknown> =>
      answered(client, timeoutOf(this.#statementTimeoutMs), CONNECT_TIMEOUT_MS);
    this.#pool = new Pool({
      ...this.#config,
      max: options.max ?? 10,
      idleTimeoutMillis: 60_000,
      onConnect: limitStatements as unknown as (client: object) => void, // the pool awaits it, its type does not say so
    });
    const pool = this.#pool;
    deps.metrics?.observePool(() => {
      const { totalCount, idleCount, waitingCount } = pool;
      return { inUse: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
    });
    // The server's time is real time, also in tests that stop the clock.
    const clock = new SystemClock();
    const ping = (signal: AbortSignal): Promise<void> => this.#ping(signal);
    this.#watch = new HangWatch({ name: "PostgreSQL", ping, clock, logger: deps.logger });
    this.#pool.on("error", (error) => {
      // Logs only the message, because pg attaches the whole client to the error. Logs nothing while the pool closes, because PostgreSQL may be
      // stopping too.
      if (!this.#pool.ending) deps.logger.warn({ reason: error.message }, "an idle PostgreSQL connection was lost");
    });
    // Also for connections in use: without a listener, a connection that ends between two statements would end the process. The next statement
    // rejects.
    this.#pool.on("connect", (client) =>
      client.on("error", (error) => deps.logger.debug({ reason: error.message }, "a PostgreSQL connection was lost")),
    );
  }

  query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]> {
    return this.#single<Row>(sql, statement(sql, values));
  }

  prepared<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]> {
    return this.#single<Row>(sql, namedStatement(sql, values));
  }

  /** For a statement that may take long, such as VACUUM. It runs on a connection of its own. */
  async patiently<Row extends object>(timeoutMs: number, sql: string, values?: readonly unknown[]): Promise<Row[]> {
    const client = await this.#connect();
    try {
      await this.#answered(client, timeoutOf(timeoutMs), this.#statementTimeoutMs, this.#watch);
      return (await this.#answered<Row>(client, statement(sql, values), timeoutMs)).rows;
    } finally {
      client.release(true); // the setting must not outlive the statement
    }
  }

  /** Whether PostgreSQL is on this host for certain: it is reached through a Unix socket. */
  get isLocal(): boolean {
    return this.#config.host?.startsWith("/") ?? false;
  }

  /** Whether PostgreSQL was found to answer nothing. Statements are refused then, until it answers. */
  get hangs(): boolean {
    return this.#watch.hangs;
  }

  /** Rejects when PostgreSQL refuses, cannot be reached, or is found to hang. Does not wait for it to become reachable. */
  async ping(): Promise<void> {
    this.#watch.check();
    const { promise: hanging, reject } = Promise.withResolvers<never>();
    using _call = this.#watch.begin(reject);
    const stop = new AbortController();
    try {
      await Promise.race([this.#ping(stop.signal), hanging]);
    } finally {
      stop.abort(new Error("done"));
    }
  }

  /** Asks on a new connection: those of the pool may all be in use. */
  async #ping(signal: AbortSignal): Promise<void> {
    const client = new Client({ ...this.#config, connectionTimeoutMillis: 0 });
    client.on("error", () => undefined); // the call that is under way rejects too
    const close = (): void => cut(client);
    signal.addEventListener("abort", close, { once: true });
    try {
      await client.connect();
      await client.query("SELECT 1");
      await client.end();
    } finally {
      signal.removeEventListener("abort", close);
      close();
    }
  }

  /** Runs `work` in a transaction: commits when it resolves, rolls back when it rejects. */
  async transaction<T>(work: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(work, options);
      } catch (error) {
        if (!isSerializationFailure(error) || attempt === CONFLICT_ATTEMPTS) throw error;
        await this.#deps.clock.sleep(backoffMs(attempt, CONFLICT_BACKOFF, this.#deps.random));
      }
    }
  }

  /**
   * Listens on `channel` with a connection that all channels share, and that reconnects by itself. Notifications sent while it is disconnected are lost:
   * `onLost` and `onConnected` report when this happens. Rejects when the first connection fails. Handlers that prepare their connection, or give it a name, have their own.
   */
  async listen(channel: string, handlers: ListenHandlers, applicationName?: string): Promise<AsyncDisposable> {
    if (handlers.prepare === undefined && applicationName === undefined)
      return await this.#shared.add(channel, handlers);
    const listener = await openListener(
      { ...this.#config, ...(applicationName !== undefined && { application_name: applicationName }) },
      {
        channels: () => [channel],
        prepare: handlers.prepare?.bind(handlers),
        onNotify: (_channel, payload) => handlers.onNotify(payload),
        onConnected: () => handlers.onConnected?.(),
        onLost: () => handlers.onLost?.(),
      },
      this.#deps,
    );
    this.#listeners.add(listener);
    return {
      [Symbol.asyncDispose]: async () => {
        this.#listeners.delete(listener);
        await listener[Symbol.asyncDispose]();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#shared, ...this.#listeners].map((listener) => listener[Symbol.asyncDispose]()));
    this.#listeners.clear();
    this.#watch[Symbol.dispose]();
    if (!this.#pool.ended) await this.#pool.end();
  }

  async #single<Row extends object>(sql: string, config: QueryConfig): Promise<Row[]> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.#connect();
      try {
        const result = await this.#answered<Row>(client, config, this.#statementTimeoutMs, this.#watch);
        client.release();
        return result.rows;
      } catch (error) {
        const lost = isConnectionLoss(error);
        client.release(lost);
        if (isSerializationFailure(error) && attempt < CONFLICT_ATTEMPTS) {
          await this.#deps.clock.sleep(backoffMs(attempt, CONFLICT_BACKOFF, this.#deps.random));
          continue;
        }
        const mayRepeat = /^\s*select\b/i.test(sql);
        // Repeating a statement that was not answered would double the time that its caller waits.
        if (!lost || !mayRepeat || attempt > 3 || error instanceof DatabaseUnanswered) throw error;
      }
    }
  }

  async #attempt<T>(work: (tx: Transaction) => Promise<T>, options: TransactionOptions): Promise<T> {
    const client = await this.#begin(options);
    const timeoutMs = options.statementTimeoutMs ?? this.#statementTimeoutMs;
    // A statement that may take very long is not ended for a pause of the server, only by its own deadline.
    const watch = timeoutMs > this.#statementTimeoutMs ? undefined : this.#watch;
    let broken = false;
    try {
      const result = await work({
        isTransaction: true,
        keys: this.keys,
        query: async <Row extends object>(sql: string, values?: readonly unknown[]) =>
          (await this.#answered<Row>(client, statement(sql, values), timeoutMs, watch)).rows,
        prepared: async <Row extends object>(sql: string, values?: readonly unknown[]) =>
          (await this.#answered<Row>(client, namedStatement(sql, values), timeoutMs, watch)).rows,
      });
      await this.#answered(client, { text: "COMMIT" }, timeoutMs, watch);
      return result;
    } catch (error) {
      broken = isConnectionLoss(error);
      if (!broken) {
        await this.#answered(client, { text: "ROLLBACK" }, this.#statementTimeoutMs, this.#watch).catch(
          (rollbackError: unknown) => {
            broken = true;
            this.#deps.logger.warn(
              { err: rollbackError },
              "a transaction could not be rolled back; its connection is closed",
            );
          },
        );
      }
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async #begin(options: TransactionOptions): Promise<PoolClient> {
    const { isolation = "read committed", readOnly = false, statementTimeoutMs } = options;
    const begin = `BEGIN ISOLATION LEVEL ${isolation.toUpperCase()}${readOnly ? " READ ONLY" : ""}`;
    const text =
      statementTimeoutMs === undefined ? begin : `${begin}; SET LOCAL statement_timeout = ${statementTimeoutMs}`;
    for (let attempt = 1; ; attempt++) {
      const client = await this.#connect();
      try {
        await this.#answered(client, { text }, this.#statementTimeoutMs, this.#watch);
        return client;
      } catch (error) {
        client.release(true);
        if (!isConnectionLoss(error) || attempt > 3 || error instanceof DatabaseUnanswered) throw error;
      }
    }
  }

  async #answered<Row extends QueryResultRow>(...args: Parameters<typeof answered>): Promise<QueryResult<Row>> {
    const { clock, metrics } = this.#deps;
    const since = clock.monotonicMs();
    try {
      return await answered<Row>(...args);
    } catch (error) {
      metrics?.failed(error);
      throw error;
    } finally {
      metrics?.answered(clock.monotonicMs() - since);
    }
  }

  #refuseWhileHanging(): void {
    try {
      this.#watch.check();
    } catch (error) {
      const unanswered = new DatabaseUnanswered((error as ServerHangs).message, { cause: error });
      this.#deps.metrics?.failed(unanswered);
      throw unanswered;
    }
  }

  async #connect(): Promise<PoolClient> {
    const { clock, random, logger } = this.#deps;
    const since = clock.monotonicMs();
    using _call = this.#watch.begin(() => undefined); // the pool has a time-out of its own
    this.#refuseWhileHanging();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#pool.connect();
      } catch (error) {
        this.#refuseWhileHanging();
        this.#deps.metrics?.failed(error);
        const waitedMs = clock.monotonicMs() - since;
        if (!isConnectionLoss(error) || waitedMs >= this.#patienceMs) throw error;
        if (attempt === 1) logger.warn({ err: error }, "PostgreSQL cannot be reached; trying again");
        await clock.sleep(backoffMs(attempt, { baseMs: 20, maxMs: 500 }, random));
      }
    }
  }
}

const names = new Map<string, string>();

function timeoutOf(ms: number): QueryConfig {
  return { text: `SET statement_timeout = ${Math.ceil(ms)}` };
}

function statement(sql: string, values: readonly unknown[] | undefined): QueryConfig {
  return values === undefined ? { text: sql } : { text: sql, values: values as unknown[] };
}

function namedStatement(sql: string, values: readonly unknown[] | undefined): QueryConfig {
  let name = names.get(sql);
  if (name === undefined) {
    name = createHash("sha256").update(sql).digest("hex").slice(0, 32);
    names.set(sql, name);
  }
  return { ...statement(sql, values), name };
}
