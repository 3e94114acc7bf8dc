import { BlockList, isIPv4 } from "node:net";

/**
 * What functions may not reach: this host, private networks, link-local (metadata services), multicast, and everything else in the IANA registry of
 * special-purpose addresses that is not part of the Internet; and 168.63.129.16, a public address at which Azure answers its virtual machines.
 * IPv6 is closed as a whole. https://www.iana.org/assignments/iana-ipv4-special-registry
 */
export const CLOSED_RANGES = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "168.63.129.16/32",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
] as const;

export interface Allowed {
  readonly cidr: string;
  /** Every TCP port when absent. */
  readonly port: number | undefined;
}

export interface RulesetOptions {
  readonly table: string;
  readonly bridge: string;
  readonly allow: readonly Allowed[];
  /** IPv4 addresses of the resolvers that the engine's own DNS asks on behalf of sandboxes. */
  readonly resolvers: readonly string[];
  /** What each sandbox may send, and as much again what it may receive; no limit when absent. */
  readonly bytesPerS?: number | undefined;
}

/** What may pass at once besides one second's worth: several of the largest packets that the kernel passes on as one. */
const BURST_BYTES = 256 * 1024;

/**
 * Drops what exceeds the limit, so that TCP slows down: one bucket of tokens for each sandbox's address and direction. The chains see everything that
 * passes between a sandbox and the rest of the world: what is forwarded, and what this host sends or receives itself.
 */
function bandwidth(bridge: string, bytesPerS: number): string {
  const bucket = `limit rate over ${bytesPerS} bytes/second burst ${BURST_BYTES} bytes`;
  const buckets = "type ipv4_addr; size 65535; flags dynamic,timeout; timeout 1m;";
  return `
  set sent { ${buckets} }
  set received { ${buckets} }
  chain prerouting {
    type filter hook prerouting priority -5; policy accept;
    iifname "${bridge}" update @sent { ip saddr ${bucket} } drop
  }
  chain postrouting {
    type filter hook postrouting priority -5; policy accept;
    oifname "${bridge}" update @received { ip daddr ${bucket} } drop
  }`;
}

/**
 * The whole firewall as one nftables transaction: an own table, replaced at once, that no other program's rules can open again, since a
 * verdict of drop or reject is final. The bridge has no IPv6 addresses but link-local ones, so all of IPv6 is closed.
 */
export function ruleset({ table, bridge, allow, resolvers, bytesPerS }: RulesetOptions): string {
  const open = [
    ...allow.map(({ cidr, port }) => `ip daddr ${cidr} tcp dport ${port ?? "0-65535"} accept`),
    ...resolvers.flatMap((address) =>
      ["udp", "tcp"].map((protocol) => `ip daddr ${address} ${protocol} dport 53 accept`),
    ),
  ];
  // The kernel limits the rate of its ICMP answers; a reset is always sent, so that functions fail at once instead of waiting.
  const refuse = (match: string): string =>
    `${match} meta l4proto tcp reject with tcp reset\n    ${match} reject with icmpx admin-prohibited`;
  const closed = `ip daddr { ${CLOSED_RANGES.join(", ")} }`;
  return `
table inet ${table} {}
delete table inet ${table}
table inet ${table} {${bytesPerS === undefined ? "" : bandwidth(bridge, bytesPerS)}
  chain open {
    ${open.join("\n    ")}
  }
  chain forward {
    type filter hook forward priority -5; policy accept;
    ${refuse(`oifname "${bridge}" ct state new`)}
    iifname != "${bridge}" accept
    jump open
    ${refuse("meta nfproto ipv6")}
    ${refuse(closed)}
  }
  chain input {
    type filter hook input priority -5; policy accept;
    iifname != "${bridge}" accept
    jump open
    ${refuse("")}
  }
}
`;
}

/** A listed table without the sandboxes that are in its sets at the moment: the rest stays the same as long as the rules do not change. */
export function rulesOf(listed: string): string {
  return listed.replace(/^\s*elements = \{[^}]*\}\n/gm, "").trim();
}

export function removal(table: string): string {
  return `table inet ${table} {}\ndelete table inet ${table}\n`;
}

/** `10.1.2.0/24:5432`, `10.1.2.3`. Throws for anything else: it becomes part of the rules. */
export function parseAllowed(text: string): Allowed {
  const [, address = "", prefix, port] = /^([0-9.]+)(?:\/(\d{1,2}))?(?::(\d{1,5}))?$/.exec(text) ?? [];
  const isValid = isIPv4(address) && Number(prefix ?? 32) <= 32 && Number(port ?? 1) <= 65_535 && Number(port ?? 1) > 0;
  if (!isValid) throw new Error(`${text} is not of the form 10.1.2.0/24:5432 (IPv4; functions have no IPv6)`);
  return {
    cidr: prefix === undefined ? address : `${address}/${Number(prefix)}`,
    port: port === undefined ? undefined : Number(port),
  };
}

/** The IPv4 name servers of a resolv.conf that a packet from a sandbox can be sent to. */
export function resolversOf(resolvConf: string): readonly string[] {
  const loopback = new BlockList();
  loopback.addSubnet("127.0.0.0", 8, "ipv4");
  const found = [...resolvConf.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1] ?? "");
  return [...new Set(found.filter((address) => isIPv4(address) && !loopback.check(address, "ipv4")))];
}
