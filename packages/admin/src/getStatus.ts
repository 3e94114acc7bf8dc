import { AccessDeniedException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { type AdminDeps, ownerOnly } from "./deps.ts";

/** Names of connections to PostgreSQL begin like this: see `applicationName` of server. */
const PROCESS = /^hearth (all|control|events|invoker)( |$)/;
/** Events are due within seconds, unless they are retried after errors. */
const LATE_EVENT_MS = 6 * 3_600_000;

/** How this Hearth is, for its owner. It answers also when PostgreSQL does not. */
export const getStatus = operation({
  name: "GetStatus",
  http: ["GET", "/_hearth/status", 200],
  input: z.object({}),
  errors: [AccessDeniedException],
  async handle(
    _input,
    { caller },
    { facts, databaseFacts, events, logger }: Pick<AdminDeps, "facts" | "databaseFacts" | "events" | "logger">,
  ) {
    ownerOnly(caller, "GetStatus");
    const problems = [...facts.problems()];
    const orProblem = async <Found>(what: string, asked: Promise<Found>): Promise<Found | undefined> => {
      try {
        return await asked;
      } catch (error) {
        logger.warn({ err: error }, `the status of ${what} cannot be read`);
        problems.push(`The status of ${what} cannot be read; Hearth's log says why.`);
        return undefined;
      }
    };
    const [database, depth, space] = await Promise.all([
      orProblem("the database", databaseFacts()),
      orProblem("the queue of events", events.depth()),
      orProblem("the disk", facts.diskSpace()),
    ]);
    if (space && space.freeBytes < facts.minFreeBytes) {
      problems.push(
        `Little disk space is free in ${facts.dataDirectory}: new code, events and log lines are refused until there is more (HEARTH_MIN_FREE_DISK_MB).`,
      );
    }
    if (depth && depth.oldestAgeMs > LATE_EVENT_MS) {
      problems.push(
        "An event has been waiting for more than six hours: its function fails, is throttled, or no worker runs.",
      );
    }
    return {
      version: facts.version,
      processes: (database?.applications ?? []).flatMap((name) => PROCESS.exec(name)?.[1] ?? []),
      startedAt: new Date(facts.startedAt).toISOString(),
      regions: facts.regions,
      accounts: database?.accounts ?? null,
      functions: database?.functions ?? null,
      database: {
        description: facts.database,
        version: database?.version ?? null,
        sizeBytes: database?.sizeBytes ?? null,
      },
      disk: {
        directory: facts.dataDirectory,
        freeBytes: space?.freeBytes ?? null,
        totalBytes: space?.totalBytes ?? null,
        minFreeBytes: facts.minFreeBytes,
      },
      events: depth ?? null,
      problems,
    };
  },
});
