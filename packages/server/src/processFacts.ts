import { statfs } from "node:fs/promises";
import type { ProcessFacts } from "@hearth/admin";
import type { Base } from "./base.ts";
import { regionsOf } from "./config.ts";
import { hearthVersion } from "./hearthVersion.ts";
import type { House } from "./house.ts";
import { BYTES_PER_MB } from "./openStores.ts";

/** What `hearth status` shows of this process. */
export function processFacts(
  { config, clock }: Base,
  { opened, dependencies, objectStorage, passedTables }: House,
): ProcessFacts {
  return {
    version: hearthVersion(),
    startedAt: Math.round(clock.now() - process.uptime() * 1000),
    regions: regionsOf(config),
    database: opened.description,
    dataDirectory: config.HEARTH_DATA,
    maxEventPayloadBytes:
      config.HEARTH_EVENT_STORAGE_MB > 0 ? config.HEARTH_EVENT_STORAGE_MB * BYTES_PER_MB : undefined,
    concurrency: config.HEARTH_CONCURRENCY,
    isEgressUnfiltered: config.HEARTH_EGRESS_UNFILTERED,
    minFreeBytes: config.HEARTH_MIN_FREE_DISK_MB * BYTES_PER_MB,
    diskSpace: async () => {
      const { bavail, blocks, bsize } = await statfs(config.HEARTH_DATA);
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    },
    problems: () => [
      ...dependencies.problems,
      ...[objectStorage.passedOn, passedTables].flatMap((it) => it?.server.problem ?? []),
    ],
  };
}
