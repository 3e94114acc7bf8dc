import { BackgroundLoop, type Clock, Counter, type Logger, Mutex, type Registry } from "@hearth/kit";
import { codeInUse } from "@hearth/store";
import type { CodeStore } from "@hearth/code";
import type { Queryable } from "@hearth/store";

export interface CodeCollectorDeps {
  readonly database: Queryable;
  readonly code: Pick<CodeStore, "list" | "remove" | "restore">;
  /** `blobs` in the process that stores archives, `unpacked` in one that runs functions. */
  readonly kinds: readonly Kind[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

type Kind = "blobs" | "unpacked";

const EVERY_MS = 3_600_000;

/**
 * Hourly removes archives and unpacked copies of code that no version of a function or layer needs any more. It removes only what was unneeded in two collections
 * in a row and was neither stored nor used in the hour before: an upload is on disk before its row is committed, and an environment of a function that was
 * just deleted may still start.
 */
export class CodeCollector implements AsyncDisposable {
  readonly #deps: CodeCollectorDeps;
  readonly #loop: BackgroundLoop;
  readonly #collected: Counter<"kind">;
  readonly #one = new Mutex();
  #unneeded: ReadonlySet<string> = new Set();

  constructor(deps: CodeCollectorDeps) {
    this.#deps = deps;
    this.#collected = new Counter({
      name: "hearth_code_collected_total",
      help: "Code archives (blobs) and unpacked copies that nothing needed any more and that were removed.",
      labelNames: ["kind"],
      registers: [deps.registry],
    });
    this.#loop = new BackgroundLoop("code collection", EVERY_MS, () => this.collect(), deps);
  }

  /** One collection. */
  async collect(): Promise<void> {
    using _one = await this.#one.acquire();
    const { database, code, kinds, clock, logger } = this.#deps;
    const beforeMs = clock.now() - EVERY_MS;
    const unneeded = new Set<string>();
    for (const kind of kinds) {
      await code.restore(kind);
      const stored = await code.list(kind);
      const inUse = await codeInUse(database);
      let removed = 0;
      let bytes = 0;
      for (const one of stored) {
        if (one.digest !== undefined && inUse.has(one.digest)) continue;
        const key = `${kind}/${one.name}`;
        unneeded.add(key);
        if (!this.#unneeded.has(key) || one.usedAtMs >= beforeMs) continue;
        if (!(await code.remove(kind, one, beforeMs))) continue;
        unneeded.delete(key);
        removed++;
        bytes += one.sizeBytes;
      }
      this.#collected.inc({ kind }, removed);
      if (removed > 0) logger.info({ kind, removed, bytes }, "removed code that nothing needs any more");
    }
    this.#unneeded = unneeded;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
  }
}
