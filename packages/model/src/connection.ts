/** A server of the owner that event source mappings name by `name`: an entry of `HEARTH_SOURCE_CONNECTIONS`. */
export interface Connection {
  readonly name: string;
  /** The account whose mappings may use it; `*` for every account. */
  readonly accountId: string;
  /** With its credentials. */
  readonly url: string;
}

const ENTRY = /^([a-zA-Z0-9_-]{1,64})(?:@(\d{12}|\*))?=(.+)$/;
const CONNECTION_PROTOCOLS: readonly string[] = [
  "redis:",
  "rediss:",
  "mqtt:",
  "mqtts:",
  "ws:",
  "wss:",
  "nats:",
  "tls:",
  "postgres:",
  "postgresql:",
];

/** Reads `name=url`, `name@<account>=url` or `name@*=url`; without an account it is for `ownerAccount`. `undefined` for any other text. */
export function parseConnection(text: string, ownerAccount: string): Connection | undefined {
  const [, name = "", accountId = ownerAccount, url = ""] = ENTRY.exec(text) ?? [];
  if (!URL.canParse(url) || !CONNECTION_PROTOCOLS.includes(new URL(url).protocol) || new URL(url).host === "") {
    return undefined;
  }
  return { name, accountId, url };
}
