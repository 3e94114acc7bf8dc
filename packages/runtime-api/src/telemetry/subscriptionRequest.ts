import { TELEMETRY_TYPES, type TelemetryApi, type TelemetryType } from "./telemetryEvent.ts";

/** What a subscriber has asked for. */
export interface SubscriptionSettings {
  readonly schemaVersion: string;
  readonly types: readonly TelemetryType[];
  readonly maxItems: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly destination: Destination;
}

export type Destination =
  | {
      readonly protocol: "HTTP";
      readonly method: "POST" | "PUT";
      readonly port: number;
      readonly host: string;
      readonly path: string;
    }
  | { readonly protocol: "TCP"; readonly port: number };

type Fields = Readonly<Record<string, unknown>>;

const SCHEMA_VERSIONS: Readonly<Record<TelemetryApi, readonly string[]>> = {
  telemetry: ["2022-07-01", "2022-12-13", "2025-01-29"],
  logs: ["2020-08-15", "2021-03-18"],
};
/** https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html#telemetry-api-buffering */
const LIMITS = {
  maxItems: { least: 1_000, most: 10_000, usual: 10_000 },
  maxBytes: { least: 262_144, most: 1_048_576, usual: 262_144 },
  timeoutMs: { least: 25, most: 30_000, usual: 1_000 },
};
const HOSTS = ["sandbox.localdomain", "sandbox"];
/** The port of the Runtime API itself. */
const RUNTIME_API_PORT = 9001;

/** The settings in a request to subscribe, or what is wrong with it. */
export function subscriptionSettings(
  api: TelemetryApi,
  { schemaVersion = SCHEMA_VERSIONS[api][0], types, buffering = {}, destination }: Fields,
): SubscriptionSettings | { readonly wrong: readonly string[] } {
  const wrong: string[] = [];
  if (typeof schemaVersion !== "string" || !SCHEMA_VERSIONS[api].includes(schemaVersion))
    wrong.push(`schemaVersion is not one of ${SCHEMA_VERSIONS[api].join(", ")}`);
  const wanted = typesOf(types, wrong);
  const limits = isObject(buffering) ? buffering : undefined;
  if (!limits) wrong.push("buffering is not an object");
  const limit = (name: keyof typeof LIMITS): number => {
    const { least, most, usual } = LIMITS[name];
    const value = limits?.[name] ?? usual;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    wrong.push(`buffering.${name} is not an integer between ${least} and ${most}`);
    return usual;
  };
  const buffers = { maxItems: limit("maxItems"), maxBytes: limit("maxBytes"), timeoutMs: limit("timeoutMs") };
  const to = destinationOf(api, destination, wrong);
  if (wrong.length > 0 || !to) return { wrong };
  return { schemaVersion: String(schemaVersion), types: wanted, ...buffers, destination: to };
}

function typesOf(types: unknown, wrong: string[]): readonly TelemetryType[] {
  if (!Array.isArray(types) || types.length === 0) {
    wrong.push("types should not be empty");
    return [];
  }
  const known: readonly unknown[] = TELEMETRY_TYPES;
  const unknown = types.find((type) => !known.includes(type));
  if (unknown !== undefined) wrong.push(`types has an unknown type: ${JSON.stringify(unknown)}`);
  return TELEMETRY_TYPES.filter((type) => types.includes(type));
}

function destinationOf(api: TelemetryApi, destination: unknown, wrong: string[]): Destination | undefined {
  if (!isObject(destination)) {
    wrong.push("destination is not provided");
    return undefined;
  }
  const { protocol, URI, port, method = "POST", encoding = "JSON" } = destination;
  const isMethod = method === "POST" || (method === "PUT" && api === "logs");
  if (!isMethod) wrong.push(`destination.method is not POST${api === "logs" ? " or PUT" : ""}`);
  if (encoding !== "JSON") wrong.push("destination.encoding is not JSON");
  if (protocol === "TCP") {
    if (isPort(port)) return { protocol, port };
    wrong.push("destination.port is not a port that can be used");
    return undefined;
  }
  if (protocol !== "HTTP") wrong.push("destination.protocol is neither HTTP nor TCP");
  else if (typeof URI !== "string" || !URL.canParse(URI)) wrong.push("destination.URI is not a URI");
  else {
    const url = new URL(URI);
    const uriPort = Number(url.port);
    if (url.protocol !== "http:" || !HOSTS.includes(url.hostname))
      wrong.push(`URI host is not ${HOSTS.join(" or ")}, by http`);
    else if (url.port === "") wrong.push("URI port is not provided");
    else if (!isPort(uriPort)) wrong.push("URI port cannot be used");
    else if (isMethod) return { protocol, method, port: uriPort, host: url.host, path: url.pathname + url.search };
  }
  return undefined;
}

function isPort(port: unknown): port is number {
  return typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65_536 && port !== RUNTIME_API_PORT;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
