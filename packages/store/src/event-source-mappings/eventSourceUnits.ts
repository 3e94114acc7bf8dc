import type { Database } from "../postgres/database.ts";
import type { Connection, Transaction } from "../postgres/queryable.ts";
import { EVENT_SOURCE_CHANNEL, type MappingState } from "./mappingState.ts";

/** The unit of a mapping's whole source. */
export const WHOLE_SOURCE = "";

/** A unit that this process owns, as it was when the process took it. */
export interface OwnedUnit {
  readonly UUID: string;
  readonly unit: string;
  readonly owner: string;
  readonly fence: string;
  readonly position: string | undefined;
  readonly windowState: unknown;
}

/** Names an owner's hold of a unit. Only the latest one may write. */
export type UnitHold = Pick<OwnedUnit, "UUID" | "unit" | "owner" | "fence">;

export interface UnitOutline {
  readonly unit: string;
  /** `none` too when the owner's lease has ended. */
  readonly owner: "me" | "other" | "none";
  readonly fence: string;
  readonly ended: boolean;
}

/** What a process that polls must know about each mapping. */
export interface MappingOutline {
  readonly UUID: string;
  readonly revision: string;
  readonly State: MappingState;
  readonly enabled: boolean;
  readonly units: readonly UnitOutline[];
}

export interface NewUnit {
  readonly unit: string;
  readonly position: string;
}

const HOLD = "mapping_id = $1 AND unit = $2 AND owner = $3 AND fence = $4";
const LIVE = "lease_until > clock_timestamp()";

function valuesOf({ UUID, unit, owner, fence }: UnitHold): [string, string, string, string] {
  return [UUID, unit, owner, fence];
}

/** Which process polls what of event source mappings, and how far it has come. */
export class EventSourceUnitStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Renews the lease of a process, and with it everything that it owns. */
  async renew(worker: string, leaseMs: number): Promise<void> {
    await this.#database.prepared(
      `INSERT INTO event_source_workers (id, lease_until) VALUES ($1, clock_timestamp() + $2 * interval '1 ms')
       ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until`,
      [worker, leaseMs],
    );
  }

  /** Ends the lease of a process that stops, and gives back what it owns. Also removes processes that died long ago. */
  async leave(worker: string): Promise<void> {
    await this.#database.transaction(async (tx) => {
      await tx.query("UPDATE event_source_units SET owner = NULL WHERE owner = $1", [worker]);
      await tx.query(
        "DELETE FROM event_source_workers WHERE id = $1 OR lease_until < clock_timestamp() - interval '1 hour'",
        [worker],
      );
      await announce(tx);
    });
  }

  /** How many processes poll. */
  async workers(): Promise<number> {
    const [row] = await this.#database.prepared<{ count: number }>(
      `SELECT count(*)::integer AS count FROM event_source_workers WHERE ${LIVE}`,
    );
    return row?.count ?? 0;
  }

  /** Every mapping with its units, as `worker` sees them. */
  async outlines(worker: string): Promise<readonly MappingOutline[]> {
    return await this.#database.prepared<MappingOutline>(
      `SELECT m.id::text AS "UUID", m.revision::text, m.state AS "State", m.enabled,
              coalesce(json_agg(json_build_object('unit', u.unit, 'fence', u.fence::text, 'ended', u.ended,
                'owner', CASE WHEN u.owner = $1 THEN 'me' WHEN w.id IS NOT NULL THEN 'other' ELSE 'none' END) ORDER BY u.unit)
                FILTER (WHERE u.unit IS NOT NULL), '[]') AS units
         FROM event_source_mappings m
         LEFT JOIN event_source_units u ON u.mapping_id = m.id
         LEFT JOIN event_source_workers w ON w.id = u.owner AND w.${LIVE}
        GROUP BY m.id`,
      [worker],
    );
  }

  /** Takes up to `limit` units that no live process owns, of mappings that are to be polled. */
  async claim(worker: string, limit: number): Promise<readonly OwnedUnit[]> {
    const rows = await this.#database.prepared<OwnedUnit & { readonly position: string | null }>(
      `WITH free AS MATERIALIZED (
         SELECT u.mapping_id, u.unit FROM event_source_units u JOIN event_source_mappings m ON m.id = u.mapping_id
          WHERE m.enabled AND m.state <> 'Deleting' AND NOT u.ended
            AND NOT EXISTS (SELECT FROM event_source_workers w WHERE w.id = u.owner AND w.${LIVE})
          ORDER BY u.mapping_id, u.unit LIMIT $2 FOR UPDATE OF u SKIP LOCKED)
       UPDATE event_source_units u SET owner = $1, fence = u.fence + 1 FROM free
        WHERE u.mapping_id = free.mapping_id AND u.unit = free.unit
       RETURNING u.mapping_id::text AS "UUID", u.unit, u.owner, u.fence::text, u.position, u.window_state AS "windowState"`,
      [worker, limit],
    );
    return rows.map((row) => ({ ...row, position: row.position ?? undefined }));
  }

  /** Gives a unit back. */
  async release(hold: UnitHold): Promise<void> {
    await this.#database.transaction(async (tx) => {
      await tx.prepared(`UPDATE event_source_units SET owner = NULL WHERE ${HOLD}`, valuesOf(hold));
      await announce(tx);
    });
  }

  /** Notes how far a shard was read. False when the process does not own it any longer. */
  async save(
    hold: UnitHold,
    { position, windowState }: { readonly position: string; readonly windowState?: unknown },
    connection: Connection = this.#database,
  ): Promise<boolean> {
    const rows = await connection.prepared(
      `UPDATE event_source_units SET position = $5, window_state = $6 WHERE ${HOLD} RETURNING 1`,
      [...valuesOf(hold), position, windowState === undefined ? null : JSON.stringify(windowState)],
    );
    return rows.length > 0;
  }

  /** Notes that a shard was read to its end, and gives it back. */
  async end(hold: UnitHold): Promise<void> {
    await this.#database.transaction(async (tx) => {
      await tx.prepared(
        `UPDATE event_source_units SET ended = true, owner = NULL, window_state = NULL WHERE ${HOLD}`,
        valuesOf(hold),
      );
      await announce(tx);
    });
  }

  /** The shards of a mapping that are known, the ended ones included. */
  async shards(UUID: string): Promise<readonly { readonly unit: string; readonly ended: boolean }[]> {
    return await this.#database.prepared(
      "SELECT unit, ended FROM event_source_units WHERE mapping_id = $1 AND unit <> ''",
      [UUID],
    );
  }

  /** Adds shards, and forgets ended ones that are gone. Does nothing when the process does not own the whole source any longer. */
  async setShards(hold: UnitHold, added: readonly NewUnit[], forgotten: readonly string[]): Promise<boolean> {
    return await this.#database.transaction(async (tx) => {
      const own = await tx.prepared(`SELECT 1 FROM event_source_units WHERE ${HOLD} FOR UPDATE`, valuesOf(hold));
      if (own.length === 0) return false;
      if (added.length > 0) {
        await tx.prepared(
          `INSERT INTO event_source_units (mapping_id, unit, position)
           SELECT $1, unit, position FROM json_to_recordset($2) AS s (unit text, position text) ON CONFLICT DO NOTHING`,
          [hold.UUID, JSON.stringify(added)],
        );
      }
      if (forgotten.length > 0) {
        await tx.prepared(
          "DELETE FROM event_source_units WHERE mapping_id = $1 AND unit <> '' AND ended AND unit = ANY($2)",
          [hold.UUID, forgotten],
        );
      }
      await announce(tx);
      return true;
    });
  }

  /** The mapping is polled as the user wants it. Does nothing when the user has changed it meanwhile. */
  async enabled(UUID: string, revision: string): Promise<void> {
    await this.#database.prepared(
      `UPDATE event_source_mappings SET state = 'Enabled'
        WHERE id = $1 AND revision = $2 AND state IN ('Creating', 'Enabling', 'Updating') AND enabled`,
      [UUID, revision],
    );
  }

  /**
   * Ends what the user wanted to end, once no live process polls it: mappings become Disabled, or are deleted. `keepsRemains`: what the source keeps for a
   * deleted mapping must be removed on its server.
   */
  async settleStopped(UUID: string, revision: string, keepsRemains: boolean): Promise<void> {
    const isStopped = `id = $1 AND revision = $2 AND NOT EXISTS (
      SELECT FROM event_source_units u JOIN event_source_workers w ON w.id = u.owner AND w.${LIVE} WHERE u.mapping_id = $1)`;
    await this.#database.transaction(async (tx) => {
      await tx.prepared(
        `WITH gone AS (DELETE FROM event_source_mappings WHERE ${isStopped} AND state = 'Deleting' RETURNING *)
         INSERT INTO event_source_remains (mapping_id, mapping)
         SELECT id, json_strip_nulls(json_build_object('UUID', id, 'accountId', account_id, 'region', region, 'FunctionName', "FunctionName",
                  'EventSourceArn', "EventSourceArn", 'settings', settings)) FROM gone WHERE $3`,
        [UUID, revision, keepsRemains],
      );
      await tx.prepared(
        `UPDATE event_source_mappings SET state = 'Disabled' WHERE ${isStopped} AND NOT enabled AND state <> 'Deleting'`,
        [UUID, revision],
      );
    });
  }

  /** `LastProcessingResult`. */
  async setResult(UUID: string, result: string): Promise<void> {
    await this.#database.prepared(
      "UPDATE event_source_mappings SET last_result = $2 WHERE id = $1 AND last_result IS DISTINCT FROM $2",
      [UUID, result],
    );
  }
}

/** Wakes the processes that poll when the transaction commits. */
async function announce(tx: Transaction): Promise<void> {
  await tx.prepared("SELECT pg_notify($1, '')", [EVENT_SOURCE_CHANNEL]);
}
