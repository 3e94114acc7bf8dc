/** The evaluation of a statement took more than it may. */
export class SqlBudgetExceeded extends Error {
  constructor() {
    super("The evaluation of the rule takes too much work");
  }
}

/** What the rules of one message may take: one unit for each expression, and for each character or member that is made or compared. */
const UNITS = 1_000_000;

/** Bounds the work that one message causes, because accounts write the statements and the payloads. */
export class SqlBudget {
  #left: number;

  constructor(units = UNITS) {
    this.#left = units;
  }

  /** Throws SqlBudgetExceeded when nothing is left. */
  spend(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new SqlBudgetExceeded();
  }
}
