import type { Clock, Logger, Random } from "@hearth/kit";
import type { Invoking, Sending } from "@hearth/invoke";
import type { Database, EventSourceMapping, EventSourceUnitStore, FunctionIndex } from "@hearth/store";
import type { ByteBudget } from "./byteBudget.ts";
import type { LastResult } from "./lastResult.ts";
import type { MappingMetrics } from "./mappingMetrics.ts";
import type { RecordFilter } from "./recordFilter.ts";
import type { RoleCheck } from "./roleCheck.ts";

/** What the pipeline works with in one process. */
export interface PipelineDeps {
  readonly invoking: Pick<Invoking, "invoke">;
  /** Finds the function's role, for what is sent in its name. */
  readonly functions: Pick<FunctionIndex, "load">;
  readonly sending: Sending;
  readonly database: Pick<Database, "transaction">;
  readonly units: EventSourceUnitStore;
  readonly budget: ByteBudget;
  readonly metrics: MappingMetrics;
  /** Aborts when running batches are to be given up, because the process stops. */
  readonly giveUp: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** One mapping while it is polled. */
export interface MappingRun extends PipelineDeps {
  readonly mapping: EventSourceMapping;
  readonly filter: RecordFilter | undefined;
  readonly role: RoleCheck;
  readonly result: LastResult;
}

/** A unit of a mapping that this process polls. */
export interface RunningUnit {
  /** Resolves when the source is polled, or was found to be out of reach. */
  readonly ready: Promise<void>;
  /** Takes no more records. Resolves when another process may take over. Never rejects. */
  stop(): Promise<void>;
  /** Resolves when everything that was taken is settled. Never rejects. */
  readonly drained: Promise<void>;
}
