import { randomBytes } from "node:crypto";

/** An address of loopback that hardly any other test uses, for servers that cannot choose their port. */
export function loopbackAddress(): string {
  return `127.${[...randomBytes(3)].map((byte) => 1 + (byte % 254)).join(".")}`;
}
