import { InvalidParameterValueException } from "@hearth/model";
import type { StreamSource } from "../../eventSource.ts";
import type { SourceDeps } from "../../sourceDeps.ts";
import { ownSource } from "../ownSource.ts";
import { changesOf, ChangeStream } from "./changeStream.ts";
import { POSTGRES_PROTOCOLS, withClient } from "./postgresClient.ts";
import { retainedLog } from "./retainedLog.ts";
import { dropSlot, obstacle, slotOf } from "./slot.ts";

const STATUS_MS = 10_000;

/** Changes of tables of PostgreSQL by logical replication: `postgres/<connection>/changes/<publication>[/<schema>.<table>,…]`. */
export function changesSource(
  deps: Pick<SourceDeps, "connections" | "authorities" | "clock" | "logger" | "logLimitBytes">,
  statusMs = STATUS_MS,
): StreamSource {
  const { placeOf, ...common } = ownSource(
    {
      name: "postgres-changes",
      kind: "postgres",
      rest: /^changes\/[^/]+(\/[^/,]+\.[^/,]+(,[^/,]+\.[^/,]+)*)?$/s,
      protocols: POSTGRES_PROTOCOLS,
    },
    deps,
  );
  const { clock, logger, logLimitBytes } = deps;
  return {
    ...common,
    shape: "stream",
    async check(mapping) {
      const place = placeOf(mapping);
      let found: string | undefined;
      try {
        found = await withClient(place, undefined, (client) => obstacle(client, changesOf(place).publication));
      } catch (error) {
        // It may come later: until then the mapping says why it reads nothing.
        logger.info(
          { err: error, connection: place.connection },
          "a mapping was made of a server that does not answer",
        );
      }
      if (found !== undefined) throw new InvalidParameterValueException(found);
    },
    open: async (mapping) => new ChangeStream(mapping, placeOf(mapping), { clock, statusMs }),
    forget: (mapping) => withClient(placeOf(mapping), undefined, (client) => dropSlot(client, slotOf(mapping))),
    upkeep: {
      arns: "arn:%:hearth:%:postgres/%/changes/%",
      look: (mappings) => retainedLog(mappings, { placeOf, limitBytes: logLimitBytes, logger }),
    },
    batchInfo: ({ EventSourceArn }, _shard, records) => ({
      PostgresBatchInfo: {
        startPosition: records[0]?.id,
        endPosition: records.at(-1)?.id,
        approximateArrivalOfFirstRecord: isoTime(records[0]?.arrivedAtMs),
        approximateArrivalOfLastRecord: isoTime(records.at(-1)?.arrivedAtMs),
        batchSize: records.length,
        eventSourceArn: EventSourceArn,
      },
    }),
  };
}

function isoTime(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
