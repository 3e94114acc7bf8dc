import pg from "pg";

/**
 * A client of pg that always has a listener for errors: without one, an error that arrives between two statements ends the process. BullMQ's clients have
 * none while they connect, between two statements of a migration, and while they close; a PostgreSQL that is killed in that moment must not end Hearth. The
 * statement that is under way or comes next rejects, so nothing is hidden.
 */
export class GuardedClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on("error", ignore);
  }

  override removeAllListeners(event?: string | symbol): this {
    super.removeAllListeners(event);
    if (event === undefined || event === "error") this.on("error", ignore);
    return this;
  }
}

/** BullMQ makes the connection that listens from this property of pg; pools take the class as an option. */
export function guardClients(): void {
  if (pg.Client !== GuardedClient) Object.defineProperty(pg, "Client", { value: GuardedClient });
}

function ignore(): void {}
