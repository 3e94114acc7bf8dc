import { readFileSync } from "node:fs";
import {
  authorityCertificates,
  nameResolver,
  Outbound,
  OutboundMetrics,
  type OwnServer,
  trustedAuthorities,
} from "@hearth/outbound";
import type { Base } from "./base.ts";
import type { Config } from "./config.ts";
import { launcherMetrics } from "./launcherMetrics.ts";
import { StartError } from "./startError.ts";

const ACCOUNTS_WITH_ALL = 16;
const WAITING_PER_ACCOUNT = 1_000;
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  "http:": 80,
  "https:": 443,
  "postgres:": 5432,
  "postgresql:": 5432,
  "redis:": 6379,
  "rediss:": 6379,
};

/** The only door to addresses that accounts choose. Throws a StartError when HEARTH_OUTBOUND_CA cannot be used. */
export function openOutbound({ config, clock, logger, registry }: Base): Outbound {
  const perAccount = config.HEARTH_OUTBOUND_CONNECTIONS;
  return new Outbound(
    {
      grants: config.HEARTH_OUTBOUND_ALLOW,
      ownServers: ownServers(config),
      limits: { perAccount, total: ACCOUNTS_WITH_ALL * perAccount, waitingPerAccount: WAITING_PER_ACCOUNT },
    },
    {
      resolve: nameResolver(),
      authorities: withAuthorities(config, trustedAuthorities),
      metrics: new OutboundMetrics(registry),
      clock,
      logger,
    },
  );
}

/** The certificates of the authorities that are trusted for connections to the outside. Throws a StartError when HEARTH_OUTBOUND_CA cannot be used. */
export function outboundAuthorities(config: Config): readonly string[] {
  return withAuthorities(config, authorityCertificates);
}

function withAuthorities<T>({ HEARTH_OUTBOUND_CA: path }: Config, make: (more?: string) => T): T {
  if (path === undefined) return make();
  try {
    return make(readFileSync(path, "utf8"));
  } catch (error) {
    throw new StartError(`HEARTH_OUTBOUND_CA=${path} cannot be used: ${(error as Error).message}`);
  }
}

function ownServers(config: Config): readonly OwnServer[] {
  const urls = [
    ...[config.DATABASE_URL, config.REDIS_URL, config.HEARTH_CONTROL_URL, config.HEARTH_EVENTS_URL],
    config.HEARTH_S3_ENDPOINT,
  ];
  return [
    config.HEARTH_LISTEN,
    ...[config.HEARTH_METRICS_LISTEN, launcherMetrics(config)].filter((address) => address !== undefined),
    ...urls.flatMap((text) => {
      if (text === undefined || !URL.canParse(text)) return [];
      const { hostname: host, port, protocol } = new URL(text);
      return host === "" ? [] : [{ host, port: port === "" ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port) }];
    }),
  ];
}
