import { isIP } from "node:net";

/** As URLs write hosts: lower case, no trailing dot, and every numeric form of an IPv4 address (`0x7f.1`, `2130706433`) as four numbers. IPv6 has no brackets. */
export function canonicalHost(host: string): string | undefined {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const written = isIP(bare) === 6 ? `[${bare}]` : bare;
  // Whatever else could be in a URL would make it one of another host.
  if (written === "" || /[\s/?#@\\%]/.test(written) || (!written.startsWith("[") && written.includes(":")))
    return undefined;
  if (!URL.canParse(`http://${written}/`)) return undefined;
  const { hostname } = new URL(`http://${written}/`);
  const canonical = hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  return canonical === "" || canonical.length > 253 ? undefined : canonical;
}
