import { connect as connectPlain } from "node:net";
import { connect as connectTls } from "node:tls";
import { silentLogger } from "@hearth/kit";
import { Database } from "@hearth/store";
import type { Config } from "../config.ts";
import type { DoctorDeps } from "./doctorDeps.ts";
import { fail, type Finding, messageOf, ok, warn } from "./finding.ts";

const PATIENCE_MS = 5_000;
const OLDEST_POSTGRES = 15;
const NEWEST_POSTGRES = 18;
const CLOCK_DIFFERENCE_MS = 5_000;

/** PostgreSQL and Redis, where settings name them. */
export async function serverFindings(config: Config, deps: DoctorDeps): Promise<readonly Finding[]> {
  const { DATABASE_URL: database, REDIS_URL: redis } = config;
  return await Promise.all([
    database === undefined ? ok("PostgreSQL", "embedded: Hearth starts its own") : postgresFinding(database, deps),
    redis === undefined ? ok("Redis", "not used: PostgreSQL wakes the event workers") : redisFinding(redis),
  ]);
}

async function postgresFinding(url: string, { clock, random }: DoctorDeps): Promise<Finding> {
  const options = {
    connection: { connectionString: url },
    max: 1,
    applicationName: "hearth doctor",
    patienceMs: 0,
  };
  await using database = new Database(options, { clock, random, logger: silentLogger });
  const { host } = new URL(url);
  try {
    const [row] = await database.query<{ version: number; now: Date; full: string; mayCreate: boolean }>(
      `SELECT current_setting('server_version_num')::int AS version, clock_timestamp() AS now, current_setting('server_version') AS full,
              has_schema_privilege(current_schema(), 'CREATE') AS "mayCreate"`,
    );
    const major = Math.floor((row?.version ?? 0) / 10_000);
    const shown = `${row?.full.split(" ")[0] ?? ""} on ${host}`;
    if (major < OLDEST_POSTGRES || major > NEWEST_POSTGRES) {
      return warn(
        "PostgreSQL",
        `${shown}, which Hearth is not tested with`,
        `use version ${OLDEST_POSTGRES} to ${NEWEST_POSTGRES}`,
      );
    }
    if (!row?.mayCreate)
      return fail(
        "PostgreSQL",
        `${shown}; the user of DATABASE_URL may not make tables`,
        "make it the owner of the database",
      );
    const differenceMs = Math.abs(row.now.getTime() - clock.now());
    if (differenceMs > CLOCK_DIFFERENCE_MS) {
      return warn(
        "PostgreSQL",
        `${shown}; its clock differs from this machine's by ${Math.round(differenceMs / 1000)} s`,
        "synchronise both clocks",
      );
    }
    return ok("PostgreSQL", shown);
  } catch (error) {
    return fail("PostgreSQL", `${host} cannot be used: ${messageOf(error)}`, "start it, or correct DATABASE_URL");
  }
}

async function redisFinding(url: string): Promise<Finding> {
  const { host } = new URL(url);
  try {
    const policy = await redisPolicy(new URL(url));
    if (policy === undefined || policy === "noeviction") return ok("Redis", host);
    return warn(
      "Redis",
      `${host} has maxmemory-policy ${policy}, and may drop wake-ups`,
      "set maxmemory-policy noeviction",
    );
  } catch (error) {
    return fail("Redis", `${host} cannot be used: ${messageOf(error)}`, "start it, or correct REDIS_URL");
  }
}

/** The eviction policy, `undefined` when this user may not read it. Rejects when Redis does not answer or refuses the password. */
function redisPolicy({ protocol, hostname, port, username, password }: URL): Promise<string | undefined> {
  const auth = [username, password].filter(Boolean).map(decodeURIComponent);
  const commands = [
    ...(password ? [["AUTH", ...auth]] : []),
    ["PING"],
    ["CONFIG", "GET", "maxmemory-policy"],
    ["QUIT"],
  ];
  const wire = commands.map(
    (words) => `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`,
  );
  const address = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 6379) };
  return new Promise((resolve, reject) => {
    const socket = protocol === "rediss:" ? connectTls(address) : connectPlain(address);
    let said = "";
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error("it does not answer")));
    socket.on("error", reject);
    socket.on("data", (chunk: Buffer) => void (said += chunk.toString("latin1")));
    socket.on("close", () => {
      const refused = /^-(.*)\r$/m.exec(said.split("+PONG")[0] ?? "");
      if (refused) reject(new Error(refused[1]));
      else if (!said.includes("+PONG")) reject(new Error("it does not answer as Redis does"));
      else resolve(/maxmemory-policy\r\n\$\d+\r\n(\S+)/.exec(said)?.[1]);
    });
    socket.write(wire.join(""));
  });
}
