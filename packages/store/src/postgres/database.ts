import { createHash } from "node:crypto";
import { backoffMs, type Clock, KeyRing, type Logger, type Random } from "@hearth/kit";
import { Pool, type PoolClient, type PoolConfig, type QueryConfig, types } from "pg";
import { isConnectionLoss, isSerializationFailure } from "./databaseErrors.ts";
import type { Queryable, Transaction } from "./queryable.ts";
import { type Listener, type ListenHandlers, openListener } from "./listener.ts";

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
}

export interface DatabaseDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface TransactionOptions {
  /** With `repeatable read`, all statements see the same snapshot. Default: `read committed`. */
  readonly isolation?: "read committed" | "repeatable read" | "serializable";
  readonly readOnly?: boolean;
}

const TRANSACTION_ATTEMPTS = 8;
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
 * BEGIN was not answered. Everything else rejects, because it may have been committed; `isConnectionLoss` identifies these errors. A transaction
 * that PostgreSQL refused because of concurrency (serialization failure, deadlock) runs again, so `work` must have no effects other than through
 * its `tx`.
 */
export class Database implements Queryable, AsyncDisposable {
  /** Empty until it is set, see `useMasterKeys`. */
  readonly keys = new KeyRing();
  readonly #pool: Pool;
  readonly #deps: DatabaseDeps;
  readonly #patienceMs: number;
  readonly #config: PoolConfig;
  readonly #listeners = new Set<Listener>();

  constructor(options: DatabaseOptions, deps: DatabaseDeps) {
    this.#deps = deps;
    this.#patienceMs = options.patienceMs ?? 10_000;
    this.#config = {
      ...options.connection,
      application_name: options.applicationName ?? "hearth",
      types: typeParsers,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    };
    this.#pool = new Pool({ ...this.#config, max: options.max ?? 10, idleTimeoutMillis: 60_000 });
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

  /** Runs `work` in a transaction: commits when it resolves, rolls back when it rejects. */
  async transaction<T>(work: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(work, options);
      } catch (error) {
        if (!isSerializationFailure(error) || attempt === TRANSACTION_ATTEMPTS) throw error;
        await this.#deps.clock.sleep(backoffMs(attempt, { baseMs: 5, maxMs: 200 }, this.#deps.random));
      }
    }
  }

  /**
   * Opens a separate connection that listens on `channel` and reconnects by itself. Notifications sent while it is disconnected are lost: `onLost`
   * and `onConnected` report when this happens. Resolves when it listens.
   */
  async listen(
    channel: string,
    handlers: ListenHandlers,
    applicationName = this.#config.application_name,
  ): Promise<AsyncDisposable> {
    const config =
      applicationName === undefined ? this.#config : { ...this.#config, application_name: applicationName };
    const listener = await openListener(config, channel, handlers, this.#deps);
    this.#listeners.add(listener);
    return {
      [Symbol.asyncDispose]: async () => {
        this.#listeners.delete(listener);
        await listener[Symbol.asyncDispose]();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener[Symbol.asyncDispose]()));
    this.#listeners.clear();
    if (!this.#pool.ended) await this.#pool.end();
  }

  async #single<Row extends object>(sql: string, config: QueryConfig): Promise<Row[]> {
    const mayRepeat = /^\s*select\b/i.test(sql);
    for (let attempt = 1; ; attempt++) {
      const client = await this.#connect();
      try {
        const result = await client.query<Row>(config);
        client.release();
        return result.rows;
      } catch (error) {
        const lost = isConnectionLoss(error);
        client.release(lost);
        if (!lost || !mayRepeat || attempt > 3) throw error;
      }
    }
  }

  async #attempt<T>(work: (tx: Transaction) => Promise<T>, options: TransactionOptions): Promise<T> {
    const client = await this.#begin(options);
    let broken = false;
    try {
      const result = await work({
        isTransaction: true,
        keys: this.keys,
        query: async <Row extends object>(sql: string, values?: readonly unknown[]) =>
          (await client.query<Row>(statement(sql, values))).rows,
        prepared: async <Row extends object>(sql: string, values?: readonly unknown[]) =>
          (await client.query<Row>(namedStatement(sql, values))).rows,
      });
      await client.query("COMMIT");
      return result;
    } catch (error) {
      broken = isConnectionLoss(error);
      if (!broken) {
        await client.query("ROLLBACK").catch((rollbackError: unknown) => {
          broken = true;
          this.#deps.logger.warn(
            { err: rollbackError },
            "a transaction could not be rolled back; its connection is closed",
          );
        });
      }
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async #begin({ isolation = "read committed", readOnly = false }: TransactionOptions): Promise<PoolClient> {
    const sql = `BEGIN ISOLATION LEVEL ${isolation.toUpperCase()}${readOnly ? " READ ONLY" : ""}`;
    for (let attempt = 1; ; attempt++) {
      const client = await this.#connect();
      try {
        await client.query(sql);
        return client;
      } catch (error) {
        client.release(true);
        if (!isConnectionLoss(error) || attempt > 3) throw error;
      }
    }
  }

  async #connect(): Promise<PoolClient> {
    const { clock, random, logger } = this.#deps;
    const since = clock.monotonicMs();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#pool.connect();
      } catch (error) {
        const waitedMs = clock.monotonicMs() - since;
        if (!isConnectionLoss(error) || waitedMs >= this.#patienceMs) throw error;
        if (attempt === 1) logger.warn({ err: error }, "PostgreSQL cannot be reached; trying again");
        await clock.sleep(backoffMs(attempt, { baseMs: 20, maxMs: 500 }, random));
      }
    }
  }
}

const names = new Map<string, string>();

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
