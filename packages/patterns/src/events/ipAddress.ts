export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

const LONGEST = 45;

/** The address that `text` is, or undefined. IPv6 may be shortened by `::` and may end in an IPv4 address. */
export function parseIp(text: string): IpAddress | undefined {
  if (text.length > LONGEST || text.length < 2) return undefined;
  if (!text.includes(":")) {
    const value = parseIpV4(text);
    return value === undefined ? undefined : { family: 4, value: BigInt(value) };
  }
  const value = parseIpV6(text);
  return value === undefined ? undefined : { family: 6, value };
}

/** The first address of the network that holds `value` and has a prefix of `prefixLength` bits. */
export function networkOf({ family, value }: IpAddress, prefixLength: number): bigint {
  const rest = BigInt((family === 4 ? 32 : 128) - prefixLength);
  return (value >> rest) << rest;
}

function parseIpV4(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^[0-9]{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

function parseIpV6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])];
  return groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(parseInt(part, 16));
    else {
      const v4 = i === parts.length - 1 ? parseIpV4(part) : undefined;
      if (v4 === undefined) return undefined;
      groups.push(Math.floor(v4 / 65536), v4 % 65536);
    }
  }
  return groups;
}
