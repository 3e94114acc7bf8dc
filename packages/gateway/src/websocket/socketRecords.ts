import type { Logger } from "@hearth/kit";
import type { WebSocketConnectionStore } from "@hearth/store";
import type { SocketFacts } from "./openSocket.ts";

export interface SocketRecordsDeps {
  readonly records: Pick<WebSocketConnectionStore, "add" | "remove">;
  readonly logger: Logger;
}

/**
 * Records the open connections of this process, for other processes to run `$disconnect` if it dies. What happens while a statement runs is written by the next
 * one together. Records are a help: without PostgreSQL connections open and close as well.
 */
export class SocketRecords {
  readonly #processId: string;
  readonly #deps: SocketRecordsDeps;
  #added = new Map<string, SocketFacts>();
  #removed = new Set<string>();
  #known = new Set<string>();
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(processId: string, deps: SocketRecordsDeps) {
    this.#processId = processId;
    this.#deps = deps;
  }

  /** Resolves when the connection is recorded, or cannot be. Never rejects. */
  async opened(facts: SocketFacts): Promise<void> {
    this.#known.add(facts.connectionId);
    this.#added.set(facts.connectionId, facts);
    await this.#flush();
  }

  /** Resolves when no other process can find the connection any more, so that none runs `$disconnect` too. Never rejects. */
  async closed({ connectionId }: SocketFacts): Promise<void> {
    if (!this.#known.delete(connectionId)) return;
    this.#added.delete(connectionId);
    this.#removed.add(connectionId);
    await this.#flush();
  }

  /** Resolves when what was asked for until now is written. */
  #flush(): Promise<void> {
    if (this.#next) return this.#next;
    const before = this.#writing ?? Promise.resolve();
    this.#next = before.then(async () => {
      this.#writing = this.#next;
      this.#next = undefined;
      await this.#write();
    });
    return this.#next;
  }

  async #write(): Promise<void> {
    const { records, logger } = this.#deps;
    const [added, removed] = [this.#added, this.#removed];
    this.#added = new Map();
    this.#removed = new Set();
    try {
      if (removed.size > 0) await records.remove([...removed]);
      const rows = [...added].map(([connectionId, facts]) => ({ connectionId, facts }));
      if (rows.length > 0) await records.add(this.#processId, rows);
    } catch (error) {
      logger.warn(
        { err: error },
        "connections of web sockets could not be recorded: $disconnect may not run if this process dies",
      );
    }
  }
}
