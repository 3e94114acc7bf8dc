import type { NamedServerMetrics } from "@hearth/kit";
import type { Database } from "@hearth/store";
import { PassedTables, TableServer } from "@hearth/tables";
import type { Base } from "./base.ts";

/** The tables of the server that HEARTH_DYNAMODB_ENDPOINT names; `undefined` without one. Opens no connection. */
export function openPassedTables(
  base: Base,
  database: Database,
  metrics: NamedServerMetrics,
  stack: Pick<AsyncDisposableStack, "use">,
): PassedTables | undefined {
  const server = openTableServer(base, metrics, stack);
  const { config, clock } = base;
  return server && new PassedTables({ database, server, clock, homeRegion: config.HEARTH_REGION });
}

/** The server of HEARTH_DYNAMODB_ENDPOINT; `undefined` without it. Opens no connection before the first request. */
export function openTableServer(
  { config, clock, logger }: Pick<Base, "config" | "clock" | "logger">,
  metrics: NamedServerMetrics,
  stack: Pick<AsyncDisposableStack, "use">,
): TableServer | undefined {
  const { HEARTH_DYNAMODB_ENDPOINT: endpoint } = config;
  if (endpoint === undefined) return undefined;
  const credentials = {
    accessKeyId: config.HEARTH_DYNAMODB_ACCESS_KEY_ID ?? "",
    secretAccessKey: config.HEARTH_DYNAMODB_SECRET_ACCESS_KEY ?? "",
  };
  const region = config.HEARTH_DYNAMODB_REGION ?? config.HEARTH_REGION;
  return stack.use(new TableServer({ endpoint, region, credentials }, { metrics, clock, logger }));
}
