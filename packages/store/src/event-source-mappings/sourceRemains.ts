import type { AccountRegion, EventSourceSettings } from "@hearth/model";
import type { Database } from "../postgres/database.ts";

/** A mapping that is deleted, as far as its source must know it. */
export interface DeletedMapping extends AccountRegion {
  readonly UUID: string;
  readonly FunctionName: string;
  readonly EventSourceArn?: string;
  readonly settings: EventSourceSettings;
}

export interface SourceRemains {
  readonly mapping: DeletedMapping;
  /** The number of this attempt; the first is 1. */
  readonly attempt: number;
  readonly deletedAt: Date;
}

/** What sources keep on their servers for mappings that are deleted. */
export class SourceRemainsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Takes what is due, for one attempt to remove it. Further attempts are due after growing pauses, up to `maxPauseMs`; no other process takes it before. */
  async take(
    limit: number,
    { pauseMs, maxPauseMs }: { readonly pauseMs: number; readonly maxPauseMs: number },
  ): Promise<readonly SourceRemains[]> {
    return await this.#database.prepared<SourceRemains>(
      `UPDATE event_source_remains SET attempts = attempts + 1,
              next_at = now() + least($3::float8, $2::float8 * 2 ^ least(attempts, 20)) * interval '1 ms'
        WHERE mapping_id = ANY(ARRAY(SELECT mapping_id FROM event_source_remains WHERE next_at <= now() ORDER BY next_at LIMIT $1 FOR UPDATE SKIP LOCKED))
       RETURNING mapping, attempts AS attempt, deleted_at AS "deletedAt"`,
      [limit, pauseMs, maxPauseMs],
    );
  }

  /** It is removed, or given up. */
  async delete(UUID: string): Promise<void> {
    await this.#database.prepared("DELETE FROM event_source_remains WHERE mapping_id = $1", [UUID]);
  }
}
