import { join } from "node:path";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Database, postgresPaths } from "@hearth/store";
import type { RunningHearth } from "@hearth/testkit";

/** Up to `max` connections to the embedded PostgreSQL of a running Hearth. */
export function databaseOf(hearth: RunningHearth, max = 2): Database {
  const { socket } = postgresPaths(join(hearth.dataDirectory, "postgres"));
  const connection = { host: socket, port: 5432, user: "hearth", database: "hearth" };
  return new Database({ connection, max }, { clock: new SystemClock(), random: systemRandom, logger: silentLogger });
}
