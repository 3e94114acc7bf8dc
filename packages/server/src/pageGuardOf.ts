import { PageGuard } from "@hearth/wire";
import { type Config, usesDefaultKey } from "./config.ts";

const LOOPBACK_NAMES = ["localhost", ".localhost", "127.0.0.1", "[::1]"];

/** What refuses requests of web pages while the public default key is active; `undefined` with a key of the owner's own. */
export function pageGuardOf(config: Config): PageGuard | undefined {
  return usesDefaultKey(config) ? knownHosts(config) : undefined;
}

/** Knows the names under which this Hearth is reached, whatever its key. */
export function knownHosts(config: Config): PageGuard {
  const { host } = config.HEARTH_LISTEN;
  const urls = config.HEARTH_FUNCTION_URL_HOST?.replace(/:\d+$/, "");
  return new PageGuard({
    hosts: [
      ...LOOPBACK_NAMES,
      host.includes(":") ? `[${host}]` : host,
      ...(urls === undefined ? [] : [urls, `.${urls}`]),
      ...config.HEARTH_HOSTS,
    ],
  });
}
