import type { Database } from "@hearth/store";
import { PassedTables, TableServer } from "@hearth/tables";
import type { Base } from "./base.ts";

/** The tables of the server that HEARTH_DYNAMODB_ENDPOINT names; `undefined` without one. Opens no connection. */
export function openPassedTables(
  { config, clock, logger }: Base,
  database: Database,
  stack: Pick<AsyncDisposableStack, "use">,
): PassedTables | undefined {
  const { HEARTH_DYNAMODB_ENDPOINT: endpoint, HEARTH_REGION: homeRegion } = config;
  if (endpoint === undefined) return undefined;
  const credentials = {
    accessKeyId: config.HEARTH_DYNAMODB_ACCESS_KEY_ID ?? "",
    secretAccessKey: config.HEARTH_DYNAMODB_SECRET_ACCESS_KEY ?? "",
  };
  const region = config.HEARTH_DYNAMODB_REGION ?? homeRegion;
  const server = stack.use(new TableServer({ endpoint, region, credentials }, { clock, logger }));
  return new PassedTables({ database, server, clock, homeRegion });
}
