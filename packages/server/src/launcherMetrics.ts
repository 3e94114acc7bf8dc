import type { Config, ListenAddress } from "./config.ts";

/** Where the embedded launcher serves its metrics: the port after this process's own. `undefined` when metrics are off. */
export function launcherMetrics({
  HEARTH_METRICS_LISTEN: own,
}: Pick<Config, "HEARTH_METRICS_LISTEN">): ListenAddress | undefined {
  return own && { host: own.host, port: own.port === 0 ? 0 : own.port + 1 };
}
