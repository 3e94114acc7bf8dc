import type { Logger } from "@hearth/kit";
import type { Client } from "pg";
import type { Kept, MappedSource } from "../../eventSource.ts";
import type { OwnPlace } from "../ownSource.ts";
import { withClient } from "./postgresClient.ts";
import { dropSlot, slotOf } from "./slot.ts";

export interface RetainedLogOptions {
  readonly placeOf: (mapping: MappedSource) => OwnPlace;
  /** A slot for which the server keeps more is dropped; 0: none is. */
  readonly limitBytes: number;
  readonly logger: Logger;
}

interface Group {
  readonly place: OwnPlace;
  readonly mappings: MappedSource[];
}

/**
 * What servers keep of their logs for the slots of mappings. A slot beyond the limit is dropped, because otherwise a mapping that is disabled, or whose function
 * fails for long, fills the disk of its owner's database. The mapping says so then.
 */
export async function retainedLog(
  mappings: readonly MappedSource[],
  { placeOf, limitBytes, logger }: RetainedLogOptions,
): Promise<readonly Kept[]> {
  const groups = new Map<string, Group>();
  for (const mapping of mappings) {
    const place = placed(mapping, placeOf);
    if (!place) continue;
    const group = groups.get(place.url) ?? { place, mappings: [] };
    group.mappings.push(mapping);
    groups.set(place.url, group);
  }
  const kept = await Promise.all(
    [...groups.values()].map(async ({ place, mappings: own }): Promise<readonly Kept[]> => {
      const { connection } = place;
      try {
        return await withClient(place, undefined, async (client) => {
          const sizes = await sizesOf(client, own.map(slotOf));
          for (const mapping of own) {
            const bytes = sizes.get(slotOf(mapping)) ?? 0;
            if (limitBytes === 0 || bytes <= limitBytes) continue;
            await dropSlot(client, slotOf(mapping));
            const { accountId, region, UUID, EventSourceArn } = mapping;
            logger.error(
              { accountId, region, UUID, EventSourceArn, bytes, limitBytes },
              "dropped the replication slot of a mapping, for which the server kept more of its log than HEARTH_SOURCE_LOG_LIMIT_MB; changes are lost, and the mapping must be made again",
            );
          }
          return [{ connection, bytes: Math.max(0, ...sizes.values()) }];
        });
      } catch (error) {
        logger.debug({ err: error, connection }, "could not ask a server what it keeps for event source mappings");
        return []; // the mappings that are enabled say that it is away
      }
    }),
  );
  return kept.flat();
}

/** By slot. */
async function sizesOf(client: Client, slots: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ slot: string; bytes: number }>(
    `SELECT slot_name AS slot, pg_wal_lsn_diff(
              CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, restart_lsn)::float8 AS bytes
       FROM pg_replication_slots WHERE slot_name = ANY($1) AND restart_lsn IS NOT NULL`,
    [slots],
  );
  return new Map(rows.map(({ slot, bytes }) => [slot, bytes]));
}

/** `undefined` when the connection was taken away from the account. */
function placed(mapping: MappedSource, placeOf: (mapping: MappedSource) => OwnPlace): OwnPlace | undefined {
  try {
    return placeOf(mapping);
  } catch {
    return undefined; // the mapping says so
  }
}
