import { BlockList, isIP } from "node:net";

/**
 * Networks that are not the public internet, from IANA's special-purpose registries: https://www.iana.org/assignments/iana-ipv4-special-registry and
 * https://www.iana.org/assignments/iana-ipv6-special-registry. Metadata services of clouds are within link-local, private and shared networks.
 */
const IPV4 = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"],
  ...["192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"],
  ...["198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
  "168.63.129.16/32", // Azure's host services, which are at a public address
];
/** Within 2000::/3, the only IPv6 network that has public addresses. */
const IPV6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48"];

const special = new BlockList();
const globalUnicast = new BlockList();
globalUnicast.addSubnet("2000::", 3, "ipv6");
for (const [networks, family] of [
  [IPV4, "ipv4"],
  [IPV6, "ipv6"],
] as const) {
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    special.addSubnet(address, Number(bits), family);
  }
}

/**
 * Whether `address` belongs to a host of the public internet. IPv6 addresses that carry an IPv4 address (mapped, NAT64, 6to4, Teredo) do not: what they
 * reach depends on translators that cannot be seen from here.
 */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !special.check(address, "ipv4");
  if (version !== 6 || address.includes("%")) return false;
  return globalUnicast.check(address, "ipv6") && !special.check(address, "ipv6");
}
