import { isIPv6 } from "node:net";

/** What identifies a client: its IPv4 address, or its IPv6 network, since a client has all addresses of a /64. */
export function peerNetwork(address: string | undefined): string {
  if (address === undefined) return "";
  const plain = address.replace(/^::ffff:(?=\d+\.)/, "");
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = plain.replace(/%.*$/, "").split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: missing }, () => "0"), ...right];
  return `${groups.slice(0, 4).join(":")}::/64`;
}
