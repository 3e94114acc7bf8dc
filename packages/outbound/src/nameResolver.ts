import { Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import { errorCode } from "@hearth/kit";
import { HostsFile } from "./hostsFile.ts";
import { OutboundFailed } from "./outboundErrors.ts";

/** Resolves a canonical host name to its addresses, IPv4 first. Rejects with OutboundFailed when it has none. */
export type ResolveName = (host: string) => Promise<readonly string[]>;

/** Errors that say that there is no address of this family; others say that the name server did not answer. */
const NONE = new Set(["ENOTFOUND", "ENODATA"]);

/**
 * Asks /etc/hosts and then the name servers. `dns.lookup` would occupy one of the few threads that also read files: names whose servers do not answer would
 * hold up all of Hearth.
 */
export function nameResolver(): ResolveName {
  const hostsFile = new HostsFile();
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  return async (host) => {
    if (isIP(host) !== 0) return [host];
    const local = await hostsFile.find(host);
    if (local.length > 0) return [...local].sort((a, b) => isIP(a) - isIP(b));
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const addresses = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    if (addresses.length > 0) return addresses;
    const codes = answers.map((answer) => (answer.status === "rejected" ? (errorCode(answer.reason) ?? "") : ""));
    const code = codes.find((one) => !NONE.has(one)) ?? "ENOTFOUND";
    throw new OutboundFailed("dns", `the name ${host} could not be resolved (${code})`);
  };
}
