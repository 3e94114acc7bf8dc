/** A server of a cluster. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** A RabbitMQ or a Kafka cluster of the owner's, as an entry of HEARTH_BROKERS names it. */
export interface Broker {
  /** The name or the id in the ARNs of mappings. */
  readonly name: string;
  /** The only account whose mappings may use it; absent: all may. */
  readonly accountId?: string | undefined;
  readonly protocol: "rabbitmq" | "kafka";
  readonly isSecure: boolean;
  readonly servers: readonly BrokerAddress[];
}

interface Scheme extends Pick<Broker, "protocol" | "isSecure"> {
  readonly port: number;
}

const SCHEMES: Readonly<Record<string, Scheme>> = {
  amqp: { protocol: "rabbitmq", isSecure: false, port: 5672 },
  amqps: { protocol: "rabbitmq", isSecure: true, port: 5671 },
  kafka: { protocol: "kafka", isSecure: false, port: 9092 },
  kafkas: { protocol: "kafka", isSecure: true, port: 9093 },
};
const ENTRY = /^(?:(\d{12}):)?([A-Za-z0-9_.-]{1,128})=([a-z]+):\/\/(.+)$/;
const SERVER = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5}))?$/;

/**
 * Reads `<account>:<name>=<scheme>://<host>:<port>,<host>:<port>`, of which the account, the port and further servers may be left out. Entries are separated by
 * commas too: what has no `=` is a further server of the entry before it. `undefined` when the text is not such a list.
 */
export function parseBrokers(text: string): readonly Broker[] | undefined {
  const brokers: Broker[] = [];
  for (const part of text.split(",").map((one) => one.trim())) {
    if (part === "") continue;
    const [, accountId, name = "", scheme = "", first = ""] = ENTRY.exec(part) ?? [];
    const kind = SCHEMES[scheme];
    const last = brokers.at(-1);
    if (kind) {
      const server = serverOf(first, kind.port);
      if (!server) return undefined;
      const { protocol, isSecure } = kind;
      brokers.push({ name, ...(accountId !== undefined && { accountId }), protocol, isSecure, servers: [server] });
    } else {
      const server = last && serverOf(part, portOf(last));
      if (!server) return undefined;
      brokers[brokers.length - 1] = { ...last, servers: [...last.servers, server] };
    }
  }
  return brokers;
}

/** Reads `host` or `host:port`; a host with colons stands in brackets. */
export function serverOf(text: string, defaultPort?: number): BrokerAddress | undefined {
  const [, host = "", given] = SERVER.exec(text) ?? [];
  const port = given === undefined ? defaultPort : Number(given);
  if (host === "" || port === undefined || port < 1 || port > 65_535) return undefined;
  return { host: host.replace(/^\[|\]$/g, ""), port };
}

/** `host:port`, as clients write it. */
export function addressText({ host, port }: BrokerAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The broker that an account's mapping means by one of `names`. An entry for the account itself comes first. */
export function findBroker(
  brokers: readonly Broker[],
  protocol: Broker["protocol"],
  accountId: string,
  names: readonly string[],
): Broker | undefined {
  const named = brokers.filter((broker) => broker.protocol === protocol && names.includes(broker.name));
  return named.find((broker) => broker.accountId === accountId) ?? named.find((broker) => !broker.accountId);
}

function portOf({ protocol, isSecure }: Broker): number {
  const scheme = Object.values(SCHEMES).find((one) => one.protocol === protocol && one.isSecure === isSecure);
  return scheme?.port ?? 0;
}
