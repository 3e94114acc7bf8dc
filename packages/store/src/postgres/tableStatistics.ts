import type { Logger } from "@hearth/kit";
import type { Database } from "./database.ts";

/** So many rows are read quickly, whatever the plan. */
const CHECK_ROWS = 2_000;
const GROWTH = 4;
const SMALL_PAGES = 8;

/**
 * Keeps what PostgreSQL believes about the size of a table near the truth while rows are inserted. A connection keeps its plans, and those that were made while
 * the table was small read all of it; they are made anew after ANALYZE, which autovacuum runs a minute or two after the table has grown.
 */
export class TableStatistics {
  readonly #database: Pick<Database, "query">;
  readonly #table: string;
  readonly #logger: Logger | undefined;
  #inserted = 0;
  #running: Promise<void> | undefined;

  constructor(database: Pick<Database, "query">, table: string, logger?: Logger) {
    this.#database = database;
    this.#table = table;
    this.#logger = logger;
  }

  /** To be called after rows were inserted. Does not wait. */
  inserted(rows: number): void {
    this.#inserted += rows;
    if (this.#inserted < CHECK_ROWS || this.#running) return;
    this.#inserted = 0;
    this.#running = this.#refresh()
      .catch((err: unknown) =>
        this.#logger?.debug({ err, table: this.#table }, "could not analyze a table that has grown"),
      )
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #refresh(): Promise<void> {
    const grown = await this.#database.query(
      `SELECT 1 FROM pg_class WHERE oid = $1::regclass
          AND pg_relation_size(oid) > ${GROWTH} * greatest(relpages, ${SMALL_PAGES}) * current_setting('block_size')::bigint`,
      [this.#table],
    );
    // Not while it is being vacuumed: it would wait, or end the vacuum.
    if (grown.length > 0) await this.#database.query(`ANALYZE (SKIP_LOCKED) ${this.#table}`);
  }
}
