import { BlockList, isIPv4 } from "node:net";
import { CLOSED_RANGES } from "../../firewall/ruleset.ts";

const closed = new BlockList();
for (const range of CLOSED_RANGES) {
  const [address = "", prefix] = range.split("/");
  closed.addSubnet(address, Number(prefix), "ipv4");
}

/** Whether `repository` is one of `repositories` or below one. */
export function isWithin(repository: string, repositories: readonly string[]): boolean {
  return repositories.some((own) => repository === own || repository.startsWith(own.endsWith("/") ? own : `${own}/`));
}

/** Names of Docker Hub may omit the host. */
export function isDockerHub(host: string | undefined): boolean {
  return host === undefined || host === "docker.io" || host === "index.docker.io";
}

/**
 * Whether the registry's host is, as it is written, the engine's own machine or an address of a private network: a user who may create
 * functions could otherwise probe which services answer there. Names are not resolved.
 */
export function isPrivateHost(host: string): boolean {
  if (!URL.canParse(`http://${host}`)) return true;
  const { hostname } = new URL(`http://${host}`); // 127.1 and 0x7f000001 are 127.0.0.1 to it, as to resolvers
  if (hostname === "localhost" || hostname.endsWith(".localhost")) return true;
  return isIPv4(hostname) && closed.check(hostname, "ipv4");
}
