import { BlockList, isIP } from "node:net";

/** An entry of HEARTH_OUTBOUND_ALLOW. */
export interface OutboundGrant {
  /** `undefined`: every account. */
  readonly accountId: string | undefined;
  /** `undefined`: every port, except those that Hearth itself listens on. */
  readonly port: number | undefined;
  contains(address: string): boolean;
}

const GRANT =
  /^(?<account>\d{12}|\*)=(?:(?<v4>[0-9.]+)|\[(?<v6>[0-9a-fA-F:.]+)\])(?:\/(?<bits>\d{1,3}))?(?::(?<port>\d{1,5}))?$/;

/** Parses `<account or *>=<CIDR>:<port>`, such as `123456789012=10.0.0.0/8:443` or `*=[fd00::]/8`; `undefined` when it is not one. */
export function parseOutboundGrant(text: string): OutboundGrant | undefined {
  const { account, v4, v6, bits, port } = GRANT.exec(text)?.groups ?? {};
  const network = v4 ?? v6 ?? "";
  const version = isIP(network);
  if (version !== (v4 === undefined ? 6 : 4)) return undefined;
  const allBits = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? allBits : Number(bits);
  const portNumber = port === undefined ? undefined : Number(port);
  if (prefix > allBits || portNumber === 0 || (portNumber ?? 0) > 65_535) return undefined;
  const family = version === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return {
    accountId: account === "*" ? undefined : account,
    port: portNumber,
    // BlockList takes an IPv4-mapped IPv6 address for the IPv4 address. The family is compared so that no such form slips through.
    contains: (address) => isIP(address) === version && list.check(address, family),
  };
}
