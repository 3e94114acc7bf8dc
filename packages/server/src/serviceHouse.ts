import { EventPublisher } from "@hearth/buses";
import { type Authorizer, lambdaMayAssume, Senders } from "@hearth/access";
import type { ApiDeps } from "@hearth/api";
import { targetActions } from "@hearth/delivery";
import { checkSource, openSources, type RoleRefusal } from "@hearth/event-sources";
import { assumedRuntimes, type LauncherClient } from "@hearth/drivers";
import { secretReader } from "@hearth/services";
import type { Base } from "./base.ts";
import { apiGatewayParts } from "./apiGatewayParts.ts";
import { environmentsOverview } from "./environmentsOverview.ts";
import { hostedCode } from "./hostedCode.ts";
import type { House } from "./house.ts";
import type { InvokerParts } from "./openInvoker.ts";
import { BYTES_PER_MB } from "./openStores.ts";
import { processFacts } from "./processFacts.ts";
import { publicUrl } from "./publicUrl.ts";
import type { Sending } from "./sending.ts";
import { sourceDeps } from "./sourceDeps.ts";
import type { ServiceHouse } from "./services.ts";

/** The part of a process that runs functions. */
export interface LocalInvoker extends Pick<InvokerParts, "invoking" | "functions" | "environments" | "flushUsage"> {
  readonly driver: LauncherClient;
}

/** What services get from this process. Without `local` it runs no functions, and does not know how the launcher serves runtimes. */
export function serviceHouse(base: Base, house: House, sending: Sending, local?: LocalInvoker): ServiceHouse {
  const { config, clock, random, logger } = base;
  const { opened, stores, access, serviceMetering, disk, queues, eventBuses, streams, streamStorage } = house;
  const sources = openSources(sourceDeps(base, house, () => senders()));
  const shared = { clock, random, logger, region: config.HEARTH_REGION, findAccessKey: access.keys.find };
  const lambda: Omit<ApiDeps, "invoking"> = {
    ...shared,
    ...stores,
    fileSystems: new Set(local?.driver.name === "process" ? [] : config.HEARTH_FILE_SYSTEMS.keys()),
    functionUrlHost: config.HEARTH_FUNCTION_URL_HOST,
    limits: {
      ConcurrentExecutions: config.HEARTH_CONCURRENCY,
      TotalCodeSize: config.HEARTH_CODE_STORAGE_MB * BYTES_PER_MB,
    },
    runtimes: async () => (local ? await local.driver.images.runtimes() : assumedRuntimes()),
    exactRuntimes: config.HEARTH_EXACT_RUNTIMES,
    architectures: new Set(config.HEARTH_ARCHITECTURES ?? [process.arch === "arm64" ? "arm64" : "x86_64"]),
    refusalOfSending: async (sender, TargetArn) => {
      for (const action of targetActions({ sender, TargetArn })) {
        const refused = await senders().refusalOf(sender, action);
        if (refused !== undefined) return refused;
      }
      return undefined;
    },
    checkSource: async (mapping, fn) => {
      const refusalOf: RoleRefusal = async (sender, needed) => await senders().refusalOf(sender, needed);
      await checkSource(mapping, fn, { sources, refusalOf });
    },
    hostedCode: hostedCode({ storage: house.objectStorage, authorizer: () => authorizer() }),
    codeGrant: (...said) => access.sessions.prove("code", said.join("\n")),
    ...(config.HEARTH_STRICT_ROLES && {
      mayAssume: (accountId, RoleArn) => lambdaMayAssume(access.identities, accountId, RoleArn),
    }),
  };
  const rooms: ServiceHouse = {
    ...shared,
    database: opened.database,
    identities: access.identities,
    sessions: access.sessions,
    usage: serviceMetering,
    disk,
    queues,
    objectStorage: house.objectStorage,
    maxBuckets: config.HEARTH_S3_BUCKETS_PER_ACCOUNT,
    hostNames: [new URL(publicUrl(config)).hostname, ...config.HEARTH_HOSTS],
    ...sending,
    timerChanges: house.timerChanges,
    secretReader: secretReader({
      database: opened.database,
      senders: { refusalOf: async (sender, action) => await senders().refusalOf(sender, action) },
    }),
    refusalOfSending: lambda.refusalOfSending,
    stop: base.stop,
    findFunction: async (key, Qualifier) => await stores.functions.find(key, Qualifier),
    metricSeries: stores.metrics.series,
    metricPoints: stores.metrics.points,
    eventBuses,
    eventPublisher: new EventPublisher({
      ...{ database: opened.database, directory: eventBuses, metrics: house.metricSink, clock, random },
      ...sending,
    }),
    eventBridgeLimits: { rules: config.HEARTH_EVENT_RULES },
    streams,
    streamStorage,
    tables: house.tables,
    passedTables: house.passedTables,
    tableStorage: house.tableStorage,
    ...apiGatewayParts(config),
    restTester: () => house.restTests.tester,
    sendsMail: config.HEARTH_SMTP_URL !== undefined,
    alarmNews: stores.alarmNews,
    lambda,
    ...(local && { runner: { invoking: local.invoking, functions: local.functions } }),
    functions: stores.functions,
    events: stores.events,
    facts: processFacts(base, house),
    ...(local && { environments: () => environmentsOverview(local.driver.name, local.environments) }),
    flushUsage: async () => {
      await Promise.all([serviceMetering.flush(), local?.flushUsage()]);
    },
  };
  // Made at the first use, because the authorizer finds the policies of resources in what is returned here.
  let made: Senders | undefined;
  let decides: Authorizer | undefined;
  const authorizer = (): Authorizer => (decides ??= access.authorizer(rooms));
  const senders = (): Senders => (made ??= new Senders({ authorizer: authorizer(), identities: access.identities }));
  return rooms;
}
