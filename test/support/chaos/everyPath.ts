import { Arrivals } from "./arrivals.ts";
import { kafkaPath, rabbitmqPath } from "./brokerPaths.ts";
import { chaosPaths } from "./chaosPaths.ts";
import { type ChaosOptions, type ChaosPath, type ChaosReport, ChaosRun } from "./chaosRun.ts";
import type { ChaosTarget } from "./chaosTarget.ts";
import { ChaosWorld } from "./chaosWorld.ts";
import { mqttPath, natsPath, postgresPath, redisPath } from "./ownSourcePaths.ts";
import { SourceServers } from "./sourceServers.ts";

/** Sends messages on every path and kills meanwhile. `open` starts Hearth with settings. Resolves with what arrived. */
export async function everyPath(
  open: (env: Readonly<Record<string, string>>) => Promise<ChaosTarget>,
  options: ChaosOptions,
): Promise<ChaosReport> {
  await using arrivals = await Arrivals.open();
  await using servers = await SourceServers.open();
  for (const reason of servers.missing) options.say(`a path is left out: ${reason}`);
  await using target = await open(servers.env);
  const world = new ChaosWorld(target, arrivals);
  const paths = await Promise.all([chaosPaths(world), sourcePaths(world, servers)]);
  return await new ChaosRun(target, paths.flat(), options).run();
}

/** Servers of other makes, and MQTT. Most share a function, since each of their messages names its path. */
async function sourcePaths(world: ChaosWorld, servers: SourceServers): Promise<readonly ChaosPath[]> {
  const FunctionName = "sources";
  await world.newFunction(FunctionName);
  const paths = await Promise.all([
    kafkaPath(world, FunctionName, servers),
    rabbitmqPath(world, FunctionName, servers),
    natsPath(world, FunctionName, servers),
    redisPath(world, FunctionName, servers),
    postgresPath(world, servers),
    mqttPath(world, FunctionName, servers),
  ]);
  return paths.filter((path) => path !== undefined);
}
