import { partitionOf } from "@hearth/model";
import type { Config } from "./settings.ts";
import { formatAddress, isLoopback } from "./settingTypes.ts";

/** The minimum length of a secret that others can try to guess over the network. */
const MIN_SECRET_LENGTH = 16;

/** Users of sandboxes; see `SandboxUsers` of drivers. */
const FUNCTIONS_UID = 993;
const FIRST_SANDBOX_UID = 2_000_000_000;

/** Problems of settings that are valid one by one but not together; each problem is a line of its own. */
export function contradictions(config: Config): string[] {
  const problems: string[] = [];
  const { HEARTH_ROLE: role } = config;
  const split = role === "control" || role === "events" || role === "invoker";
  if (split && !config.DATABASE_URL) problems.push(`DATABASE_URL must be set with HEARTH_ROLE=${role}.`);
  for (const name of ["HEARTH_CONTROL_URL", "HEARTH_EVENTS_URL"] as const) {
    if (role === "invoker" && !config[name]) problems.push(`${name} must be set with HEARTH_ROLE=invoker.`);
  }
  const hasSqsKey = config.HEARTH_SQS_ACCESS_KEY_ID && config.HEARTH_SQS_SECRET_ACCESS_KEY;
  if ((config.HEARTH_SQS_ENDPOINT || config.HEARTH_SQS_ACCESS_KEY_ID) && !hasSqsKey) {
    problems.push("HEARTH_SQS_ACCESS_KEY_ID and HEARTH_SQS_SECRET_ACCESS_KEY must be set with HEARTH_SQS_ENDPOINT.");
  }
  if (config.HEARTH_S3_ENDPOINT && !(config.HEARTH_S3_ACCESS_KEY_ID && config.HEARTH_S3_SECRET_ACCESS_KEY)) {
    problems.push("HEARTH_S3_ACCESS_KEY_ID and HEARTH_S3_SECRET_ACCESS_KEY must be set with HEARTH_S3_ENDPOINT.");
  }
  const hasDynamoKey = config.HEARTH_DYNAMODB_ACCESS_KEY_ID && config.HEARTH_DYNAMODB_SECRET_ACCESS_KEY;
  if (config.HEARTH_DYNAMODB_ENDPOINT && !hasDynamoKey) {
    problems.push(
      "HEARTH_DYNAMODB_ACCESS_KEY_ID and HEARTH_DYNAMODB_SECRET_ACCESS_KEY must be set with HEARTH_DYNAMODB_ENDPOINT.",
    );
  }
  if (Boolean(config.HEARTH_SMTP_URL) !== Boolean(config.HEARTH_SMTP_FROM)) {
    problems.push("HEARTH_SMTP_URL and HEARTH_SMTP_FROM must be set together.");
  }
  if (Boolean(config.HEARTH_TLS_LISTEN) !== config.HEARTH_TLS_CERTIFICATES.length > 0) {
    problems.push("HEARTH_TLS_LISTEN and HEARTH_TLS_CERTIFICATES must be set together.");
  }
  problems.push(...mqttProblems(config));
  for (const region of config.HEARTH_REGIONS) {
    const [here, there] = [partitionOf(config.HEARTH_REGION), partitionOf(region)];
    if (here !== there) {
      problems.push(
        `HEARTH_REGIONS names ${region} of the partition ${there}, but HEARTH_REGION=${config.HEARTH_REGION} is in ${here}: ` +
          "an account and its roles belong to one partition. Run another Hearth for it.",
      );
    }
  }
  const open = role === "launcher" ? undefined : reachableAddress(config);
  if (open !== undefined && usesDefaultKey(config)) {
    problems.push(
      `${open} is reachable by others, and the secret key is the default one. ` +
        "Set HEARTH_ACCESS_KEY_ID and HEARTH_SECRET_ACCESS_KEY to a key of your own.",
    );
  }
  const { HEARTH_USER: user } = config;
  if (user && user !== "root" && (user.uid === FUNCTIONS_UID || user.uid >= FIRST_SANDBOX_UID)) {
    problems.push(`HEARTH_USER=${user.uid}:${user.gid} is a user that functions run as. Use another one.`);
  }
  const { length } = config.HEARTH_SECRET_ACCESS_KEY;
  if (open !== undefined && !usesDefaultKey(config) && length < MIN_SECRET_LENGTH) {
    problems.push(
      `${open} is reachable by others, and HEARTH_SECRET_ACCESS_KEY has ${length} characters. Use at least ${MIN_SECRET_LENGTH}.`,
    );
  }
  if (open !== undefined && config.HEARTH_DRIVER === "process") {
    problems.push(
      `HEARTH_DRIVER=process isolates nothing, and ${open} is reachable by others. Listen on a loopback address.`,
    );
  }
  return problems;
}

/** The first setting, with its value, by which others than this machine reach Hearth. */
export function reachableAddress(
  config: Pick<Config, "HEARTH_LISTEN"> & Partial<Pick<Config, "HEARTH_TLS_LISTEN">>,
): string | undefined {
  for (const name of ["HEARTH_LISTEN", "HEARTH_TLS_LISTEN"] as const) {
    const address = config[name];
    if (address && !isLoopback(address.host)) return `${name}=${formatAddress(address)}`;
  }
  return undefined;
}

function mqttProblems(config: Config): string[] {
  const problems: string[] = [];
  const hasTls = config.HEARTH_MQTT_TLS_CERT !== undefined && config.HEARTH_MQTT_TLS_KEY !== undefined;
  if (!hasTls && (config.HEARTH_MQTT_TLS_CERT ?? config.HEARTH_MQTT_TLS_KEY) !== undefined) {
    problems.push("HEARTH_MQTT_TLS_CERT and HEARTH_MQTT_TLS_KEY must be set together.");
  }
  if (config.HEARTH_MQTT_TLS_LISTEN && !hasTls) {
    problems.push("HEARTH_MQTT_TLS_CERT and HEARTH_MQTT_TLS_KEY must be set with HEARTH_MQTT_TLS_LISTEN.");
  }
  const places = [
    { name: "HEARTH_MQTT_LISTEN", isSecure: false },
    { name: "HEARTH_MQTT_WEBSOCKET_LISTEN", isSecure: hasTls },
    { name: "HEARTH_MQTT_TLS_LISTEN", isSecure: true },
  ] as const;
  for (const { name, isSecure } of places) {
    const address = config[name];
    if (!address || isLoopback(address.host)) continue;
    if (!isSecure) {
      problems.push(
        `${name}=${formatAddress(address)} is reachable by others, and keys would travel without TLS. ` +
          (name === "HEARTH_MQTT_LISTEN"
            ? "Use HEARTH_MQTT_TLS_LISTEN."
            : "Set HEARTH_MQTT_TLS_CERT and HEARTH_MQTT_TLS_KEY."),
      );
    } else if (usesDefaultKey(config)) {
      problems.push(
        `${name}=${formatAddress(address)} is reachable by others, and the secret key is the default one. ` +
          "Set HEARTH_ACCESS_KEY_ID and HEARTH_SECRET_ACCESS_KEY to a key of your own.",
      );
    }
  }
  if (config.HEARTH_MQTT_ACCOUNT !== undefined && config.HEARTH_MQTT_URL === undefined) {
    problems.push("HEARTH_MQTT_URL must be set with HEARTH_MQTT_ACCOUNT.");
  }
  return problems;
}

/** Whether the owner's key is the public default one. */
export function usesDefaultKey({ HEARTH_SECRET_ACCESS_KEY }: Pick<Config, "HEARTH_SECRET_ACCESS_KEY">): boolean {
  return HEARTH_SECRET_ACCESS_KEY === "test";
}
