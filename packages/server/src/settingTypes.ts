import { isIP } from "node:net";
import { type OutboundGrant, parseOutboundGrant } from "@hearth/kit";
import {
  type Broker,
  type Connection,
  MIN_LIST_SECONDS,
  OWNER_ACCOUNT,
  parseBrokers,
  parseConnection,
  parseWatch,
  type Watch,
} from "@hearth/model";
import { z } from "zod";

/** `host:port`; a host with colons stands in brackets. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export const listenAddress = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^:[\]]+):\d{1,5}$/, "must be host:port, such as 127.0.0.1:4566 or [::1]:4566")
  .transform((text): ListenAddress => {
    const colon = text.lastIndexOf(":");
    return { host: text.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(text.slice(colon + 1)) };
  })
  .refine(({ port }) => port <= 65_535, "has a port above 65535");

export const flag = z.enum(["0", "1", "false", "true"]).transform((text) => text === "1" || text === "true");
export const milliseconds = (max: number) => z.coerce.number().int().min(0).max(max);
export const url = (schemes: readonly string[]) =>
  z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), {
    message: `must be a URL that starts with ${schemes.map((scheme) => `${scheme}//`).join(" or ")}`,
  });
export const commaList = z.string().transform((text) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean),
);
/** Pairs of files. */
export const certificateFiles = commaList
  .refine(
    (list) => list.every((pair) => /^[^:]+:[^:]+$/.test(pair)),
    "must be a list such as /etc/hearth/one.pem:/etc/hearth/one.key,/etc/hearth/two.pem:/etc/hearth/two.key",
  )
  .transform((list) =>
    list.map((pair) => {
      const [certificate = "", key = ""] = pair.split(":");
      return { certificate, key };
    }),
  );
/** IP addresses, and networks such as 10.0.0.0/8. */
export const networks = commaList.refine(
  (list) => list.every(isNetwork),
  "must be a list such as 127.0.0.1,10.0.0.0/8,fd00::/8",
);
export const HOST_NAME = /^\.?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$|^\[[0-9a-f:.]+\]$/i;
const FILE_SYSTEM = /^(arn:[a-zA-Z0-9:/-]+)=(\/[^,:]*)(:ro)?$/;
export const fileSystems = commaList
  .refine(
    (list) => list.every((entry) => FILE_SYSTEM.test(entry)),
    "must be a list such as arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0=/srv/data:ro",
  )
  .transform(
    (list) =>
      new Map(
        list.map((entry) => {
          const [, arn = "", folder = "", readOnly] = FILE_SYSTEM.exec(entry) ?? [];
          return [arn, { folder, readOnly: readOnly !== undefined }];
        }),
      ),
  );
export const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d$/;
export const CIDR_PORT = /^([0-9.]+|\[[0-9a-fA-F:]+\])(\/\d{1,3})?(:\d{1,5})?$/;
/** Which account may connect to which addresses that are not public. */
export const outboundGrants = commaList
  .refine(
    (list) => list.every((entry) => parseOutboundGrant(entry) !== undefined),
    "must be a list such as 123456789012=10.0.0.0/8:443,*=192.168.1.5/32:25,*=[fd00::]/8:443",
  )
  .transform((list) => list.map(parseOutboundGrant).filter((grant): grant is OutboundGrant => grant !== undefined));

/** Where the brokers of event source mappings are. */
export const brokers = z.string().transform((text, context): readonly Broker[] => {
  const list = parseBrokers(text);
  if (list) return list;
  context.addIssue(
    "must be a list such as orders=amqps://mq.internal:5671,events=kafka://k1.internal:9092,k2.internal:9092",
  );
  return z.NEVER;
});

/** Servers that event source mappings name. The message does not repeat entries, because they have passwords. */
export const connectionList = commaList
  .refine(
    (list) => list.every((entry) => parseConnection(entry, OWNER_ACCOUNT) !== undefined),
    "must be a list such as cache=redis://user:password@10.0.0.5:6379,broker@123456789012=mqtts://10.0.0.6",
  )
  .transform((list) =>
    list
      .map((entry) => parseConnection(entry, OWNER_ACCOUNT))
      .filter((connection): connection is Connection => connection !== undefined),
  )
  .refine(
    (list) => new Set(list.map(({ name, accountId }) => `${name}@${accountId}`)).size === list.length,
    "must not name a connection twice for one account",
  );

/** A whole number. */
export const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

const BUCKET_GRANT = /^(\d{12})=([0-9A-Za-z._-]{3,63})(?:\/(.*))?$/;
/** Which account may take code from which bucket or folder of a bucket. */
export const bucketGrants = commaList
  .refine(
    (list) => list.every((entry) => BUCKET_GRANT.test(entry)),
    "must be a list such as 111111111111=builds/team-a,222222222222=releases",
  )
  .transform((list) =>
    list.map((entry) => {
      const [, accountId = "", bucket = "", prefix = ""] = BUCKET_GRANT.exec(entry) ?? [];
      return { accountId, bucket, prefix: prefix.replace(/^\/+|\/+$/g, "") };
    }),
  );

const GIVEN_BUCKET = /^(\d{12})(?:@([a-z0-9-]+))?=([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$/;
/** Which buckets of another server belong to which account. */
export const givenBuckets = commaList
  .refine(
    (list) => list.every((entry) => GIVEN_BUCKET.test(entry)),
    "must be a list such as 111111111111=photos,222222222222@eu-west-1=films",
  )
  .transform((list) =>
    list.map((entry) => {
      const [, accountId = "", region, bucket = ""] = GIVEN_BUCKET.exec(entry) ?? [];
      return { accountId, region, bucket };
    }),
  );

/** How writes to buckets are noticed that go around Hearth. */
export const bucketWatches = commaList
  .refine(
    (list) => list.every((entry) => parseWatch(entry) !== undefined),
    `must be a list such as photos=webhook:a-secret-of-16-characters,*=list:60, with at least ${MIN_LIST_SECONDS} seconds`,
  )
  .transform((list) => list.map(parseWatch).filter((watch): watch is Watch => watch !== undefined));

/** Repositories, or registries and paths above several; `<account>=` in front limits an entry to one account. */
export const imageRepositories = commaList.refine(
  (list) => list.every((entry) => /^(\d{12}=)?[^=\s]+$/.test(entry)),
  "must be a list such as registry.local/functions,111111111111=registry.local/team-a",
);

function isNetwork(entry: string): boolean {
  const [address = "", bits, ...more] = entry.split("/");
  const version = isIP(address);
  const largest = version === 6 ? 128 : 32;
  return (
    version !== 0 && more.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= largest))
  );
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

export function formatAddress({ host, port }: ListenAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

export const userAndGroup = z
  .string()
  .regex(/^[1-9]\d{0,9}:[1-9]\d{0,9}$/, "must be uid:gid, such as 10001:10001, and not root")
  .transform((text) => {
    const [uid, gid] = text.split(":").map(Number);
    return { uid: uid ?? 0, gid: gid ?? 0 };
  });
