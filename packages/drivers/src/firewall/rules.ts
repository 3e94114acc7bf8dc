import { isIPv4 } from "node:net";

/**
 * What functions must not reach: this host, metadata services, link-local and private networks, multicast.
 * https://www.iana.org/assignments/iana-ipv4-special-registry
 */
const CLOSED_RANGES = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "224.0.0.0/4",
  "240.0.0.0/4",
] as const;

export interface EgressRules {
  /** The bridge's interface: all that comes from it is a sandbox's. */
  readonly bridge: string;
  /** 8 hexadecimal digits that keep the installations of one host apart. */
  readonly installation: string;
  readonly allow: readonly Allowed[];
  /** The host's resolvers that Docker's embedded DNS asks from inside a sandbox's network: reachable on port 53 only. */
  readonly resolvers: readonly string[];
}

export interface Allowed {
  /** `10.1.2.0/24`, or one address. */
  readonly cidr: string;
  readonly port: number;
}

/** Reads `CIDR:port`, such as `10.1.2.0/24:5432`. Throws an error that says what is wrong. */
export function parseAllowed(text: string): Allowed {
  const match = /^([0-9.]+)(?:\/(\d{1,2}))?:(\d{1,5})$/.exec(text);
  const [, address = "", bits, portText = ""] = match ?? [];
  const port = Number(portText);
  if (!match || !isIPv4(address) || Number(bits ?? 32) > 32 || port < 1 || port > 65_535) {
    throw new Error(`"${text}" is not CIDR:port, such as 10.1.2.0/24:5432 (IPv4; sandboxes have no IPv6)`);
  }
  return { cidr: bits === undefined ? address : `${address}/${bits}`, port };
}

/** The IPv4 name servers of a resolv.conf that are not on loopback, where the engine itself asks them. */
export function resolversOf(resolvConf: string): readonly string[] {
  return [...resolvConf.matchAll(/^\s*nameserver\s+(\S+)/gm)].flatMap(([, address = ""]) =>
    isIPv4(address) && !address.startsWith("127.") ? [address] : [],
  );
}

/** Names of the two chains: one for packets to this host, one for packets that it would pass on. */
export function chains(installation: string): { readonly input: string; readonly forward: string } {
  return { input: `HEARTH-IN-${installation}`, forward: `HEARTH-FW-${installation}` };
}

/**
 * A shell script that puts the rules in place, whole or not at all for each table, and may run again and again. DOCKER-USER is where Docker keeps its hands
 * off and looks first; without it (an engine that writes no rules) FORWARD takes its place.
 */
export function installScript(rules: EgressRules): string {
  const { bridge } = rules;
  const { input, forward } = chains(rules.installation);
  const open = [
    ...rules.allow.map(({ cidr, port }) => `-d ${cidr} -p tcp --dport ${port}`),
    ...rules.resolvers.flatMap((address) => [`-d ${address} -p udp --dport 53`, `-d ${address} -p tcp --dport 53`]),
  ];
  const table = [
    "*filter",
    `:${input} - [0:0]`,
    `:${forward} - [0:0]`,
    ...open.map((match) => `-A ${input} ${match} -j ACCEPT`),
    `-A ${input} -j DROP`,
    ...open.map((match) => `-A ${forward} ${match} -j RETURN`),
    ...CLOSED_RANGES.map((range) => `-A ${forward} -d ${range} -j DROP`),
    `-A ${forward} -j RETURN`,
    "COMMIT",
  ];
  return `set -eu
iptables-restore -w --noflush <<'RULES'
${table.join("\n")}
RULES
first() {
  "$1" -w -C "$2" -i ${bridge} -j "$3" 2>/dev/null || "$1" -w -I "$2" 1 -i ${bridge} -j "$3"
}
first iptables INPUT ${input}
if iptables -w -n -L DOCKER-USER >/dev/null 2>&1; then first iptables DOCKER-USER ${forward}; else first iptables FORWARD ${forward}; fi
if [ -e /proc/sys/net/ipv6 ]; then
  first ip6tables INPUT DROP
  first ip6tables FORWARD DROP
fi
`;
}

/** A shell script that takes the rules away again. May run again and again. */
export function removeScript({ bridge, installation }: Pick<EgressRules, "bridge" | "installation">): string {
  const { input, forward } = chains(installation);
  return `for from in DOCKER-USER FORWARD; do
  while iptables -w -D "$from" -i ${bridge} -j ${forward} 2>/dev/null; do :; done
done
while iptables -w -D INPUT -i ${bridge} -j ${input} 2>/dev/null; do :; done
for chain in ${input} ${forward}; do
  iptables -w -F "$chain" 2>/dev/null && iptables -w -X "$chain" || :
done
for chain in INPUT FORWARD; do
  while ip6tables -w -D "$chain" -i ${bridge} -j DROP 2>/dev/null; do :; done
done
`;
}
