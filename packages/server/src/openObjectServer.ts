import { readFileSync } from "node:fs";
import { ObjectServer } from "@hearth/objects";
import type { NamedServerMetrics } from "@hearth/kit";
import { authorityCertificates } from "@hearth/outbound";
import type { Base } from "./base.ts";
import type { Config } from "./config.ts";
import { StartError } from "./startError.ts";

/** The server of HEARTH_S3_ENDPOINT; `undefined` without it. Opens no connection before the first request. */
export function openObjectServer(
  { config, clock, logger }: Pick<Base, "config" | "clock" | "logger">,
  metrics: NamedServerMetrics,
  stack: Pick<AsyncDisposableStack, "use">,
): ObjectServer | undefined {
  const { HEARTH_S3_ENDPOINT: endpoint } = config;
  if (endpoint === undefined) return undefined;
  return stack.use(
    new ObjectServer({
      endpoint,
      region: config.HEARTH_S3_REGION ?? config.HEARTH_REGION,
      pathStyle: config.HEARTH_S3_PATH_STYLE,
      credentials: {
        accessKeyId: config.HEARTH_S3_ACCESS_KEY_ID ?? "",
        secretAccessKey: config.HEARTH_S3_SECRET_ACCESS_KEY ?? "",
      },
      ca: objectServerAuthorities(config),
      ...{ metrics, clock, logger },
    }),
  );
}

/** The certificates of the authorities that are trusted for HEARTH_S3_ENDPOINT; `undefined`: those that Node trusts. Throws a StartError when HEARTH_S3_CA cannot be used. */
export function objectServerAuthorities({ HEARTH_S3_CA: path }: Pick<Config, "HEARTH_S3_CA">) {
  if (path === undefined) return undefined;
  try {
    return authorityCertificates(readFileSync(path, "utf8"));
  } catch (error) {
    throw new StartError(`HEARTH_S3_CA=${path} cannot be used: ${(error as Error).message}`);
  }
}
