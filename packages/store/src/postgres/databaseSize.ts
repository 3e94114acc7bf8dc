import { BackgroundLoop, type Clock, Gauge, type Logger, type Registry } from "@hearth/kit";
import type { Database } from "./database.ts";
import { isConnectionLoss } from "./databaseErrors.ts";

const EVERY_MS = 60_000;

export interface DatabaseSizeDeps {
  readonly database: Pick<Database, "query">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

interface Row {
  readonly bytes: number;
  readonly connections: number;
  readonly limit: number;
}

/** Measures the database every minute, for metrics. They have no value while PostgreSQL cannot be asked. */
export class DatabaseSize implements AsyncDisposable {
  readonly #deps: DatabaseSizeDeps;
  readonly #loop: BackgroundLoop;
  #measured: Row | undefined;

  constructor(deps: DatabaseSizeDeps) {
    this.#deps = deps;
    const gauge = (name: string, help: string, read: (row: Row) => number): void => {
      const measured = (): Row | undefined => this.#measured;
      new Gauge({
        name,
        help,
        registers: [deps.registry],
        collect() {
          const row = measured();
          if (row) this.set(read(row));
          else this.remove();
        },
      });
    };
    gauge("hearth_database_size_bytes", "What Hearth's database takes on disk.", (row) => row.bytes);
    gauge(
      "hearth_database_connections",
      "Connections of all clients to Hearth's database, as PostgreSQL counts them.",
      (row) => row.connections,
    );
    gauge(
      "hearth_database_connections_limit",
      "Connections that PostgreSQL accepts (max_connections), for all its databases.",
      (row) => row.limit,
    );
    this.#loop = new BackgroundLoop("database size", EVERY_MS, () => this.measure(), deps);
  }

  async measure(): Promise<void> {
    try {
      [this.#measured] = await this.#deps.database.query<Row>(
        `SELECT pg_database_size(current_database())::float8 AS bytes, current_setting('max_connections')::int AS "limit",
                (SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database()) AS connections`,
      );
    } catch (error) {
      this.#measured = undefined;
      if (!isConnectionLoss(error)) throw error; // the log says already that PostgreSQL is away
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
