import { type Clock, Gauge, type Logger, type Registry } from "@hearth/kit";
import type { EventSourceMappingStore, SourceRemains, SourceRemainsStore } from "@hearth/store";
import type { EventSource, Upkeep } from "./eventSource.ts";

export interface SourceUpkeepDeps {
  readonly sources: readonly EventSource[];
  readonly mappings: Pick<EventSourceMappingStore, "findByArn">;
  readonly remains: SourceRemainsStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

const AT_A_TIME = 10;
const PAUSES = { pauseMs: 60_000, maxPauseMs: 60 * 60_000 };
/** A server that was away for so long will not come back under that name. */
const GIVE_UP_MS = 7 * 24 * 60 * 60_000;

/** Looks after what servers keep for mappings: removes what belongs to deleted ones, and watches what grows. */
export class SourceUpkeep {
  readonly #deps: SourceUpkeepDeps;
  readonly #kept: Gauge;

  constructor(deps: SourceUpkeepDeps) {
    this.#deps = deps;
    this.#kept = new Gauge({
      name: "hearth_event_source_retained_bytes",
      help: "What a server of HEARTH_SOURCE_CONNECTIONS keeps for the event source mapping that is furthest behind there, such as the log of PostgreSQL for a replication slot.",
      labelNames: ["connection"],
      registers: [deps.registry],
    });
  }

  async run(): Promise<void> {
    const { sources, remains } = this.#deps;
    for (let taken = AT_A_TIME; taken === AT_A_TIME;) {
      const due = await remains.take(AT_A_TIME, PAUSES);
      await Promise.all(due.map((one) => this.#remove(one)));
      taken = due.length;
    }
    this.#kept.reset();
    for (const { name, upkeep } of sources) if (upkeep) await this.#look(name, upkeep);
  }

  async #remove({ mapping, attempt, deletedAt }: SourceRemains): Promise<void> {
    const { sources, remains, clock, logger } = this.#deps;
    try {
      await sources.find((one) => one.serves(mapping))?.forget?.(mapping);
      await remains.delete(mapping.UUID);
    } catch (error) {
      const { accountId, region, UUID, EventSourceArn } = mapping;
      const isOver = clock.now() - deletedAt.getTime() > GIVE_UP_MS;
      if (isOver) await remains.delete(UUID);
      if (attempt > 1 && !isOver) return;
      logger.warn(
        { err: error, accountId, region, UUID, EventSourceArn },
        isOver
          ? "gave up removing what a server keeps for a mapping that was deleted, such as a consumer group: remove it there"
          : "could not remove what a server keeps for a mapping that was deleted, such as a consumer group; it is tried again for a week",
      );
    }
  }

  async #look(source: string, { arns, look }: Upkeep): Promise<void> {
    const { mappings, logger } = this.#deps;
    try {
      const found = await mappings.findByArn(arns);
      const kept = found.length === 0 ? [] : await look(found);
      for (const { connection, bytes } of kept) this.#kept.set({ connection }, bytes);
    } catch (error) {
      logger.warn({ err: error, source }, "could not look after what servers keep for event source mappings");
    }
  }
}
