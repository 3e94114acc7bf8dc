import { Arrivals } from "./arrivals.ts";
import { kafkaPath, rabbitmqPath } from "./brokerPaths.ts";
import { chaosPaths } from "./chaosPaths.ts";
import { type ChaosOptions, type ChaosPath, type ChaosReport, ChaosRun } from "./chaosRun.ts";
import type { ChaosTarget } from "./chaosTarget.ts";
import { ChaosWorld } from "./chaosWorld.ts";
import { mqttPath, natsPath, postgresPath, redisPath } from "./ownSourcePaths.ts";
import { SourceServers } from "./sourceServers.ts";
import { MAKE_PATH_MS, withinLimit } from "./withinLimit.ts";

const START_MS = 90_000;
const STOP_MS = 90_000;
const LOG_LINES = 60;

/** Sends messages on every path and kills meanwhile. `open` starts Hearth with settings. Resolves with what arrived. */
export async function everyPath(
  open: (env: Readonly<Record<string, string>>) => Promise<ChaosTarget>,
  options: ChaosOptions,
): Promise<ChaosReport> {
  await using arrivals = await Arrivals.open();
  await using servers = await withinLimit("starting the servers of sources", START_MS, SourceServers.open());
  for (const reason of servers.missing) options.say(`a path is left out: ${reason}`);
  const target = await withinLimit("starting Hearth", START_MS, open(servers.env));
  await using _stopping = {
    async [Symbol.asyncDispose]() {
      await withinLimit("stopping Hearth", STOP_MS, Promise.resolve(target[Symbol.asyncDispose]()));
    },
  };
  options.say("Hearth runs");
  const world = new ChaosWorld(target, arrivals);
  const paths = await Promise.all([chaosPaths(world), sourcePaths(world, servers)]);
  options.say("all paths are made");
  try {
    return await new ChaosRun(target, paths.flat(), options).run();
  } catch (error) {
    options.say(warningsIn(target.logs()));
    throw error;
  }
}

/** The last lines of a log that are warnings, errors, or no lines of the logger at all. */
function warningsIn(logs: string): string {
  const lines = logs.split("\n").filter((line) => !/"level":"(debug|info)"|"level":[123]0/.test(line));
  return lines.slice(-LOG_LINES).join("\n");
}

/** Servers of other makes, and MQTT. Most share a function, since each of their messages names its path. */
async function sourcePaths(world: ChaosWorld, servers: SourceServers): Promise<readonly ChaosPath[]> {
  const FunctionName = "sources";
  await world.newFunction(FunctionName);
  const makers = [kafkaPath, rabbitmqPath, natsPath, redisPath, postgresPath, mqttPath];
  const paths = await Promise.all(
    makers.map((make) => withinLimit(make.name, MAKE_PATH_MS, make(world, FunctionName, servers))),
  );
  return paths.filter((path) => path !== undefined);
}
