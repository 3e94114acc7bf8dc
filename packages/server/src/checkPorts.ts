import type { Config } from "./config.ts";
import { checkFree } from "./listen.ts";
import { launcherMetrics } from "./launcherMetrics.ts";

const METRICS_REMEDY = "another host:port, or to off";

/** Throws a StartError that names the first port of this process that another program has: the one for clients comes first. */
export async function checkPorts(config: Config): Promise<void> {
  const { HEARTH_ROLE: role, HEARTH_LISTEN: endpoint, HEARTH_METRICS_LISTEN: metrics } = config;
  if (role !== "launcher") await checkFree(endpoint, "HEARTH_LISTEN");
  if (role !== "launcher" && config.HEARTH_TLS_LISTEN) await checkFree(config.HEARTH_TLS_LISTEN, "HEARTH_TLS_LISTEN");
  if (metrics) await checkFree(metrics, "HEARTH_METRICS_LISTEN", METRICS_REMEDY);
  const next = role === "all" ? launcherMetrics(config) : undefined;
  if (next) await checkFree(next, "HEARTH_METRICS_LISTEN", `${METRICS_REMEDY} (the launcher takes the port after it)`);
}
