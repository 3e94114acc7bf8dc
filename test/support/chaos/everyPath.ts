import { Arrivals } from "./arrivals.ts";
import { chaosPaths } from "./chaosPaths.ts";
import { type ChaosOptions, type ChaosReport, ChaosRun } from "./chaosRun.ts";
import type { ChaosTarget } from "./chaosTarget.ts";
import { ChaosWorld } from "./chaosWorld.ts";

/** Sends messages on every path and kills meanwhile. Resolves with what arrived. */
export async function everyPath(target: ChaosTarget, options: ChaosOptions): Promise<ChaosReport> {
  await using arrivals = await Arrivals.open();
  const paths = await chaosPaths(new ChaosWorld(target, arrivals));
  return await new ChaosRun(target, paths, options).run();
}
