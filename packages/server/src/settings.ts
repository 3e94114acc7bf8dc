import { MASTER_KEY } from "@hearth/kit";
import { z } from "zod";
import { dataSettings } from "./dataSettings.ts";
import { eventSourceSettings } from "./eventSourceSettings.ts";
import { imageSettings } from "./imageSettings.ts";
import { mqttSettings } from "./mqttSettings.ts";
import { s3Settings } from "./s3Settings.ts";
import {
  certificateFiles,
  CIDR_PORT,
  commaList,
  fileSystems,
  flag,
  HOST_NAME,
  listenAddress,
  milliseconds,
  networks,
  outboundGrants,
  REGION,
  url,
  userAndGroup,
  whole,
} from "./settingTypes.ts";
import { tracingSettings } from "./tracingSettings.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Every setting of Hearth, read once from the environment. docs/configuration.md is written from it. */
export const Settings = z.object({
  HEARTH_LISTEN: listenAddress
    .prefault("127.0.0.1:4566")
    .describe("Address of the AWS endpoint, `host:port`. Beyond loopback only with a key of your own."),
  HEARTH_HOSTS: commaList
    .refine(
      (list) => list.every((name) => HOST_NAME.test(name)),
      "must be a list such as hearth.local,.lambda.example.org",
    )
    .prefault("")
    .describe(
      "Further host names under which clients call this Hearth, without ports, separated by commas; `.example.org` stands for all names below. While the default key is active, requests for other names are refused, and so are those of web pages; `/metrics` is always asked for by an address, a name without a domain, or one of these.",
    ),
  HEARTH_TLS_LISTEN: listenAddress
    .optional()
    .describe(
      "Address of a second port for the same requests that speaks TLS, `host:port`, with HTTP/2 and HTTP/1.1. Needs HEARTH_TLS_CERTIFICATES.",
    ),
  HEARTH_TLS_CERTIFICATES: certificateFiles
    .prefault("")
    .describe(
      "Files in PEM for HEARTH_TLS_LISTEN: a certificate with its chain and its key as `certificate:key`, further pairs after commas. Clients are shown the pair that has the name they ask for, else the first. They are read again when they change; the user of Hearth must be able to read them.",
    ),
  HEARTH_TRUSTED_PROXIES: networks
    .prefault("")
    .describe(
      "Addresses and networks of reverse proxies in front of this Hearth, separated by commas, such as `127.0.0.1,10.0.0.0/8`. Only from them `X-Forwarded-For`, `-Proto` and `-Port` are believed: for the client's address that functions and policies see, and for `https` in links.",
    ),
  HEARTH_CONNECTIONS: whole(16, 1_000_000)
    .default(8192)
    .describe(
      "Connections of clients to the AWS endpoint at a time. When there are more, those are closed first on which nothing is asked.",
    ),
  HEARTH_CONNECTIONS_PER_PEER: whole(8, 1_000_000)
    .default(1024)
    .describe(
      "Connections of one client address (one /64 network with IPv6) at a time. Of a client that a proxy of HEARTH_TRUSTED_PROXIES names: requests and web sockets at a time; those beyond are answered 429. Raise it where all clients come through a proxy that is not trusted.",
    ),
  HEARTH_DATA: z
    .string()
    .default(".hearth")
    .describe("Data directory: code archives, sandboxes, journals and the embedded PostgreSQL. Relative to the clone."),
  HEARTH_USER: z
    .union([z.literal("root"), userAndGroup])
    .optional()
    .describe(
      "Who control, events and invoker run as when root starts Hearth with the role `all`, `uid:gid`; the launcher keeps root. `root` keeps root for all. Default: the owner of the data directory; else the user `hearth`; else an id from 10001 on that no user has.",
    ),
  HEARTH_ROLE: z
    .enum(["all", "control", "events", "invoker", "launcher"])
    .default("all")
    .describe(
      "What this process plays. `all` is control, events and invoker in one process with the launcher as its child.",
    ),
  DATABASE_URL: url(["postgres:", "postgresql:"])
    .optional()
    .describe("PostgreSQL 15 to 18. Without it an embedded PostgreSQL runs in the data directory (role `all` only)."),
  REDIS_URL: url(["redis:", "rediss:"])
    .optional()
    .describe(
      "Redis for waking the event workers (`maxmemory-policy noeviction`). Without it PostgreSQL does that too.",
    ),
  HEARTH_REGION: z
    .string()
    .regex(REGION, "must look like us-east-1")
    .default("us-east-1")
    .describe("The region in ARNs, and the one that clients sign for."),
  HEARTH_REGIONS: commaList
    .refine((list) => list.every((name) => REGION.test(name)), "must be a list such as eu-west-1,eu-central-1")
    .prefault("")
    .describe(
      "Further regions that are served, separated by commas, each with functions and logs of its own. All are of HEARTH_REGION's partition.",
    ),
  HEARTH_ACCESS_KEY_ID: z
    .string()
    .regex(/^\w{3,128}$/, "must be 3 to 128 letters, digits or underscores")
    .default("test")
    .describe("Access key id of the owner."),
  HEARTH_SECRET_ACCESS_KEY: z
    .string()
    .min(4, "must have at least 4 characters")
    .default("test")
    .describe("Secret access key of the owner. The default is refused on an address beyond loopback."),
  HEARTH_MASTER_KEY: commaList
    .refine(
      (list) => list.every((key) => MASTER_KEY.test(key)),
      "must be 32 to 256 letters, digits or +/=_.-, or several such keys separated by commas",
    )
    .transform((list) => (list.length > 0 ? list : undefined))
    .optional()
    .describe(
      "Key that access keys' secrets and functions' variables are encrypted with in the database, the same for control, events and invoker. Keys after the first, separated by commas, are only read with (see `hearth master-key rotate`). Default: the file `master-key` in the data directory, made at the first start.",
    ),
  HEARTH_STRICT_ROLES: flag
    .prefault("0")
    .describe(
      "`1` refuses functions whose role is not in the account or does not trust lambda.amazonaws.com, as AWS does. Else any well-formed role ARN is taken.",
    ),
  HEARTH_EXACT_RUNTIMES: flag
    .prefault("0")
    .describe(
      "`1` refuses functions whose runtime would run on another version here, such as `python3.12` on Python 3.13. Where the version is known only when the runtime has been made ready, or by another process (roles apart), the function fails with `InvalidRuntime` instead. Set it alike for control and invoker. Else such functions run, and their `StateReason` and the log say so.",
    ),
  HEARTH_ARCHITECTURES: commaList
    .refine(
      (list) => list.every((one) => one === "x86_64" || one === "arm64"),
      "must be x86_64, arm64 or both, separated by a comma",
    )
    .transform((list) => (list.length > 0 ? (list as ("x86_64" | "arm64")[]) : undefined))
    .optional()
    .describe(
      "Processors whose programs run here: functions of others on `provided.al2023` and `provided.al2`, and those made of images, are refused. `x86_64,arm64` suits a host that emulates the other one (binfmt with statically linked programs). Default: the machine's own.",
    ),
  HEARTH_DRIVER: z
    .enum(["auto", "docker", "process"])
    .default("auto")
    .describe("What runs functions. `auto` is docker when an engine answers, else process, which isolates nothing."),
  ...imageSettings,
  HEARTH_CONCURRENCY: whole(1, 1_000_000)
    .default(1000)
    .describe("Concurrent executions of an account; beyond it callers get TooManyRequestsException."),
  HEARTH_REQUESTS_PER_SECOND: whole(1, 1_000_000)
    .default(500)
    .describe(
      "Requests of an account per second to each process, invocations excepted; ten seconds of them may come at once. Beyond it callers are throttled as by AWS. Invocations: ten times HEARTH_CONCURRENCY per second.",
    ),
  HEARTH_ACCOUNT_CONNECTIONS: whole(1, 1_000_000)
    .default(2000)
    .describe("Requests of an account that each process answers at a time; every one holds a connection."),
  HEARTH_EVENT_ARCHIVE_MB: whole(0, 1_000_000_000)
    .default(1024)
    .describe(
      "Megabytes that the event archives of one account may take; beyond it their oldest events are deleted. 0: no limit.",
    ),
  HEARTH_EVENT_RULES: whole(1, 100_000)
    .default(300)
    .describe("Rules that an event bus of EventBridge may have; beyond it callers get LimitExceededException."),
  HEARTH_FUNCTIONS: whole(1, 10_000_000)
    .default(10_000)
    .describe("Functions that an account may have; beyond it callers get CodeStorageExceededException."),
  HEARTH_CODE_STORAGE_MB: whole(1, 1_000_000_000)
    .default(76_800)
    .describe(
      "Megabytes (of 1,048,576 bytes) that all versions of an account's functions and layers may have together; beyond it callers get CodeStorageExceededException.",
    ),
  HEARTH_IDLE_TTL_MS: milliseconds(24 * HOUR_MS)
    .default(5 * MINUTE_MS)
    .describe("Idle time after which an execution environment is stopped."),
  HEARTH_FREEZE_AFTER_MS: milliseconds(HOUR_MS)
    .default(1000)
    .describe(
      "Idle time after which an execution environment is frozen; at once for ten minutes where its function was found working while idle. With 0 it is frozen as soon as its invocation is over, as on AWS, which makes the next invocation wait for the thaw (0.3 ms, or 25 ms where the cgroup files cannot be written).",
    ),
  HEARTH_BOOTED_SANDBOXES: whole(0, 100)
    .default(1)
    .describe(
      "Booted sandboxes kept waiting for each kind of sandbox in use (runtime, size of /tmp, mounted folder), so that a new function's first call is fast.",
    ),
  HEARTH_BOOTED_SANDBOXES_LIMIT: whole(0, 1_000)
    .default(8)
    .describe(
      "Booted sandboxes kept waiting for all kinds together. The kinds that were used most recently get them; creating or configuring functions alone brings at most two.",
    ),
  HEARTH_CREATED_SANDBOXES: whole(0, 100)
    .default(2)
    .describe(
      "Sandboxes that are made and not started, one for each of so many kinds that were used last (driver `docker`): they take no memory, each with the egress network one more ready network, and a start for which no booted sandbox is ready takes less time. 0 makes none.",
    ),
  HEARTH_MIN_FREE_MEMORY_MB: whole(0, 1_000_000)
    .default(512)
    .describe(
      "A new execution environment must leave this much memory free. Otherwise idle ones are stopped for it, or it waits, for 10 s at most, until its caller gets TooManyRequestsException. Below this much nothing is booted ahead, and idle environments are stopped.",
    ),
  HEARTH_SANDBOXES_MEMORY_MB: whole(0, 100_000_000)
    .default(0)
    .describe(
      "The memory that all sandboxes together may use. `0`: the host's without 15 %. Shortly before it is reached, the sandbox that has taken most beyond what was expected is ended. Set it alike for the launcher and its invokers.",
    ),
  HEARTH_ACCOUNT_TMP_PERCENT: whole(1, 100)
    .default(50)
    .describe(
      "Of that memory, the share that files in `/tmp` of all functions of one account may hold together. Beyond it the sandbox that holds most of them is ended.",
    ),
  HEARTH_ACCOUNT_PROCESS_PERCENT: whole(1, 100)
    .default(50)
    .describe(
      "Of the processes and threads that all sandboxes together may have (half of what the kernel allows), the share of one account, divided equally among its sandboxes. None gets more than 1,024 or less than 32.",
    ),
  HEARTH_MIN_FREE_DISK_MB: whole(0, 1_000_000_000)
    .default(512)
    .describe(
      "Below this much free disk space in the data directory new code and new events are refused (503) and log lines are dropped; everything else goes on. `0` turns that off.",
    ),
  HEARTH_LOG_RETENTION_DAYS: whole(0, 36_500)
    .default(30)
    .describe(
      "How long log events are kept in groups that have no retention of their own; such groups still show no `retentionInDays`. `0` keeps them for ever.",
    ),
  HEARTH_LOG_STORAGE_MB: whole(0, 1_000_000_000)
    .default(0)
    .describe(
      "What the log events of one account may take, uncompressed. Beyond it the oldest are removed, every five minutes. `0`: no limit.",
    ),
  HEARTH_LOG_RATE_KB: whole(0, 1_000_000)
    .default(1_024)
    .describe(
      "Kilobytes that a function may log each second, all its environments together, with 16 seconds' worth at once. Lines beyond it are dropped, and its log says how many. `0`: no limit.",
    ),
  ...dataSettings,
  ...eventSourceSettings,
  ...mqttSettings,
  ...tracingSettings,
  HEARTH_DRAIN_MS: milliseconds(HOUR_MS).default(30_000).describe("How long a stop waits for running invocations."),
  HEARTH_CPU: z
    .enum(["weight", "quota"])
    .default("weight")
    .describe(
      "`weight`: CPU in proportion to memory when there is competition. `quota`: also a cap, once init is over.",
    ),
  HEARTH_SECCOMP: z
    .enum(["required", "if-available"])
    .default("required")
    .describe(
      "`required` refuses a Docker Engine that cannot filter the system calls of functions. `if-available` runs functions there without the filter.",
    ),
  HEARTH_DISK_MB_PER_S: z.coerce
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(0)
    .describe(
      "What each sandbox may read, and as much again what it may write, on each of the disks that hold the data directory, the Docker Engine's files and file systems of functions, MB a second; 0 does not limit.",
    ),
  HEARTH_EGRESS: z
    .enum(["on", "off"])
    .default("on")
    .describe("Whether functions reach the network. Host, metadata, link-local and private ranges are always blocked."),
  HEARTH_EGRESS_ALLOW: commaList
    .refine(
      (list) => list.every((entry) => CIDR_PORT.test(entry)),
      "must be a list such as 10.1.2.0/24:5432,192.168.1.7:443",
    )
    .prefault("")
    .describe("Exceptions to the blocked ranges: `CIDR:port`, separated by commas."),
  HEARTH_EGRESS_UNFILTERED: flag
    .prefault("0")
    .describe("`1` gives functions the network also where the firewall cannot be installed. Then they reach the host."),
  HEARTH_NETWORK_MBIT_PER_S: whole(0, 100_000)
    .default(0)
    .describe(
      "What each sandbox may send to the network, and as much again what it may receive, megabits a second (driver `docker`); 0 does not limit. Packets beyond it are dropped, which slows TCP down.",
    ),
  HEARTH_READY_NETWORKS: whole(0, 64)
    .default(2)
    .describe(
      "Networks kept ready for sandboxes that are started while an invocation waits (driver `docker`, with the egress network): each is a container whose only process sleeps. 0 keeps none, and such starts take longer.",
    ),
  HEARTH_OUTBOUND_ALLOW: outboundGrants
    .prefault("")
    .describe(
      "Addresses that are not public to which Hearth itself connects for an account (HTTP subscriptions, API destinations), separated by commas: `<account>=<CIDR>:<port>`, such as `123456789012=10.0.0.0/8:443,*=192.168.1.5/32:25,*=[fd00::]/8:443`; `*` stands for every account. Without a port every port is meant, except those of Hearth, its PostgreSQL and its Redis. Default: public addresses only.",
    ),
  HEARTH_OUTBOUND_CA: z
    .string()
    .optional()
    .describe(
      "File with certificates (PEM) of authorities that are trusted for such connections, besides those of the system.",
    ),
  HEARTH_OUTBOUND_CONNECTIONS: whole(1, 10_000)
    .default(64)
    .describe("Such connections of one account at a time; all accounts together have 16 times as many per process."),
  HEARTH_PUBLIC_URL: url(["http:", "https:"])
    .refine((text) => !URL.canParse(text) || !/[?#@]/.test(text), "must have no user name, query or fragment")
    .transform((text) => text.replace(/\/+$/, ""))
    .optional()
    .describe(
      "Where recipients of notifications reach this Hearth, such as `https://hearth.example.org`: the beginning of the links in them (confirming and ending a subscription, the certificate of signatures). Default: `http://` and HEARTH_LISTEN.",
    ),
  HEARTH_SMTP_URL: url(["smtp:", "smtps:"])
    .optional()
    .describe(
      "Mail server for subscriptions with the protocols `email` and `email-json`, such as `smtp://user:password@mail.example.org:587`. It may be at any address. Without it such subscriptions are refused.",
    ),
  HEARTH_SMTP_FROM: z
    .string()
    .regex(
      /^([^<>\r\n"]{1,100} )?<?[^\s<>@",]+@[^\s<>@",]+>?$/,
      "must be an address such as Hearth <hearth@example.org>",
    )
    .optional()
    .describe("The sender of such mail, such as `Hearth <hearth@example.org>`. Required with HEARTH_SMTP_URL."),
  HEARTH_CONTROL_URL: url(["http:"])
    .optional()
    .describe("Where an invoker forwards requests that the role `control` serves. Required with the role `invoker`."),
  HEARTH_EVENTS_URL: url(["http:"])
    .optional()
    .describe("Where an invoker forwards requests that the role `events` serves. Required with the role `invoker`."),
  HEARTH_INVOKER_USER: userAndGroup
    .optional()
    .describe("Who the invoker runs as, `uid:gid`, where that is not the launcher's own user. Read by the launcher."),
  HEARTH_FILE_SYSTEMS: fileSystems
    .prefault("")
    .describe(
      "Folders of the host that functions of the account in the ARN may mount below /mnt (`FileSystemConfigs`): `<access point ARN>=/folder`, with `:ro` to be read only, separated by commas. Uid 993, gid 990 must be allowed to use them: functions with file systems share this user, all others have one of their own.",
    ),
  ...s3Settings,
  HEARTH_FUNCTION_URL_HOST: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/, "must be host or host:port, such as lambda.example.org:4566")
    .optional()
    .describe(
      "Where function URLs and APIs lie: `http://<id>.lambda-url.<region>.<this>/`, `http://<id>.execute-api.<region>.<this>/`. Default: the endpoint that the client used, `localhost` for an address.",
    ),
  HEARTH_MISSED_SCHEDULES: z
    .enum(["fire-once", "skip"])
    .default("fire-once")
    .describe(
      "What happens to occurrences of schedules that were due while Hearth was down, more than a minute ago: each schedule fires once when Hearth is back, or waits for its next time.",
    ),
  HEARTH_AUDIT_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3650)
    .default(90)
    .describe("Days that the audit trail is kept: calls that changed something or were denied."),
  HEARTH_AUDIT_INVOKES: flag
    .prefault("0")
    .describe(
      "`1` also puts data events into the audit trail: Invoke, InvokeAsync, InvokeWithResponseStream and PutLogEvents, without their payloads.",
    ),
  HEARTH_METRICS_LISTEN: z
    .union([z.literal("off").transform(() => undefined), listenAddress])
    .prefault("127.0.0.1:4567")
    .describe("Address of `/metrics`, `host:port`, or `off`. The embedded launcher takes the next port."),
  HEARTH_METRICS_FUNCTIONS: whole(0, 2_000)
    .default(200)
    .describe(
      "Functions of each account that metrics count by themselves, at most 2,000 of all accounts; further ones are counted together as `(others)`.",
    ),
  HEARTH_LOG_LEVEL: z
    .enum(["silent", "fatal", "error", "warn", "info", "debug", "trace"])
    .default("info")
    .describe("Least severe line of Hearth's own log, which goes to standard error."),
  HEARTH_LOG_FORMAT: z
    .enum(["auto", "json", "text"])
    .default("auto")
    .describe("`auto` is readable lines on a terminal and JSON elsewhere."),
});

/** The settings, with an absolute HEARTH_DATA. */
export type Config = z.output<typeof Settings>;
