import { Counter, Distribution, errorCode, ExportedHistogram, Gauge, type Registry } from "@hearth/kit";
import { isConnectionLoss, isSerializationFailure } from "./databaseErrors.ts";
import { DatabaseUnanswered } from "./statementDeadline.ts";

const BUCKETS_S = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60];
const KINDS = ["deadline", "connection", "conflict", "constraint", "other"] as const;
type Kind = (typeof KINDS)[number];
/** PostgreSQL has ended a statement at its timeout. */
const CANCELED = "57014";

export interface PoolFigures {
  readonly inUse: number;
  readonly idle: number;
  readonly waiting: number;
}

/** Metrics of statements and of the pool of connections of one process. */
export class DatabaseMetrics {
  readonly #durations = new Distribution(BUCKETS_S);
  readonly #errors = new Map<Kind, number>(KINDS.map((kind) => [kind, 0]));
  #pool: (() => PoolFigures) | undefined;

  constructor(registry: Registry) {
    const registers = [registry];
    const errors = this.#errors;
    const pool = (): PoolFigures => this.#pool?.() ?? { inUse: 0, idle: 0, waiting: 0 };
    new ExportedHistogram({
      name: "hearth_database_statement_duration_seconds",
      help: "From sending a statement to PostgreSQL to its answer, failed ones included.",
      labelNames: [],
      buckets: BUCKETS_S,
      registry,
      series: () => [[{}, this.#durations]],
    });
    new Counter({
      name: "hearth_database_errors_total",
      help: "Statements and connection attempts that failed, by kind: deadline (PostgreSQL ended the statement at its timeout, or did not answer at all), connection (none could be opened, or it broke), conflict (of concurrent transactions; they are repeated), constraint (mostly a name that exists already), other.",
      labelNames: ["kind"],
      registers,
      collect() {
        this.reset();
        for (const [kind, count] of errors) this.inc({ kind }, count);
      },
    });
    new Gauge({
      name: "hearth_database_pool_connections",
      help: "This process's connections to PostgreSQL, listeners apart, by state: in_use, idle.",
      labelNames: ["state"],
      registers,
      collect() {
        const { inUse, idle } = pool();
        this.set({ state: "in_use" }, inUse);
        this.set({ state: "idle" }, idle);
      },
    });
    new Gauge({
      name: "hearth_database_pool_waiting",
      help: "Statements and transactions of this process that wait for a connection.",
      registers,
      collect() {
        this.set(pool().waiting);
      },
    });
  }

  /** `figures` is called when the registry is scraped. */
  observePool(figures: () => PoolFigures): void {
    this.#pool = figures;
  }

  answered(ms: number): void {
    this.#durations.add(ms / 1000);
  }

  failed(error: unknown): void {
    const kind = kindOf(error);
    this.#errors.set(kind, (this.#errors.get(kind) ?? 0) + 1);
  }
}

function kindOf(error: unknown): Kind {
  const code = errorCode(error);
  if (error instanceof DatabaseUnanswered || code === CANCELED) return "deadline";
  if (isConnectionLoss(error)) return "connection";
  if (isSerializationFailure(error)) return "conflict";
  return code?.startsWith("23") ? "constraint" : "other";
}
