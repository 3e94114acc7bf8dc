import type { ApiGatewayHouse } from "@hearth/services";
import type { Config } from "./config.ts";
import { knownHosts } from "./pageGuardOf.ts";
import { publicUrl } from "./publicUrl.ts";

/** Labels in names under which services of Hearth answer. */
const OF_SERVICES = /(?:^|\.)(?:s3|lambda-url|execute-api)\./;
/** Names that lead to this machine by themselves: an account may have one of at least two labels in front. */
const ON_THIS_MACHINE = /^(?:[a-z0-9-]+\.){2,}localhost$/;

/** The name of the host in containers, which call Hearth by it. */
const OF_CONTAINERS = /(?:^|\.)host\.docker\.internal$/;

/** Where clients and other processes reach this installation, besides its known hosts. */
function addressesOf(config: Config): readonly string[] {
  const { HEARTH_CONTROL_URL: control, HEARTH_EVENTS_URL: events } = config;
  return [publicUrl(config), control, events].filter((url) => url !== undefined);
}

/** What API Gateway's door gets from the settings. */
export function apiGatewayParts(
  config: Config,
): Pick<ApiGatewayHouse, "apiGatewayLimits" | "isOwnHost" | "apiEndpoint"> {
  const hosts = knownHosts(config);
  const names = new Set(addressesOf(config).map((url) => new URL(url).hostname.toLowerCase()));
  return {
    apiGatewayLimits: { apis: config.HEARTH_APIS, routes: config.HEARTH_ROUTES_PER_API },
    isOwnHost: (name) =>
      OF_SERVICES.test(name) ||
      OF_CONTAINERS.test(name) ||
      names.has(name) ||
      (hosts.knows(name) && !ON_THIS_MACHINE.test(name)),
    apiEndpoint: ({ apiId, region }, endpoint) => {
      const { protocol, hostname, port } = new URL(endpoint);
      const isAddress = /^[0-9.]+$/.test(hostname) || hostname.startsWith("[");
      const host = config.HEARTH_FUNCTION_URL_HOST ?? `${isAddress ? "localhost" : hostname}${port && `:${port}`}`;
      return `${protocol}//${apiId}.execute-api.${region}.${host}`;
    },
  };
}
