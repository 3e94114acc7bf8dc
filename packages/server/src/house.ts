import { type Access, openAccess } from "./openAccess.ts";
import { openPassedTables } from "./openPassedTables.ts";
import type { Base } from "./base.ts";
import { Dependencies } from "./dependencies.ts";
import { type OpenDatabase, openDatabase } from "./openDatabase.ts";
import { openEventQuota } from "./openEventQuota.ts";
import { openObjectServer } from "./openObjectServer.ts";
import { openOutbound } from "./openOutbound.ts";
import { BYTES_PER_MB, openStores, type Stores } from "./openStores.ts";
import { BusDirectory } from "@hearth/buses";
import { FreeDisk } from "@hearth/code";
import type { EventQuota } from "@hearth/invoke";
import { NamedServerMetrics, observeDisks, observeMemory } from "@hearth/kit";
import { ServiceMetering } from "@hearth/metering";
import { Mailer, type Outbound } from "@hearth/outbound";
import type { MetricSink } from "@hearth/model";
import { MetricBuffer } from "@hearth/monitoring";
import { ObjectStorage, Watches } from "@hearth/objects";
import { Queues } from "@hearth/queues";
import { type RestTester, StreamStorage, TableStorage } from "@hearth/services";
import { Streams } from "@hearth/streams";
import { type PassedTables, Tables } from "@hearth/tables";
import { TimerChanges } from "@hearth/timetable";
import { AuditEventStore, AuditTrail } from "@hearth/store";

/** What every role except the launcher works with: PostgreSQL, its tables, and the decisions about permissions. */
export interface House {
  readonly opened: OpenDatabase;
  readonly stores: Stores;
  readonly access: Access;
  readonly serviceMetering: ServiceMetering;
  /** Free space in the data directory. */
  readonly disk: FreeDisk;
  readonly auditTrail: AuditTrail;
  readonly queues: Queues;
  /** The buckets of S3 and their objects. */
  readonly objectStorage: ObjectStorage;
  /** Services tell it that a timer was set, and the timetable of this process listens. */
  readonly timerChanges: TimerChanges;
  readonly eventBuses: BusDirectory;
  /** The only door to addresses that accounts choose. */
  readonly outbound: Outbound;
  /** `undefined` without HEARTH_SMTP_URL: then there are no subscriptions by mail. */
  readonly mailer: Mailer | undefined;
  /** Limits the payloads of events; `undefined` when they are not limited. */
  readonly eventQuota: EventQuota | undefined;
  /** Takes values of metrics that Hearth itself measures. */
  readonly metricSink: MetricSink;
  readonly streams: Streams;
  readonly streamStorage: StreamStorage;
  readonly tables: Tables;
  /** Present when tables lie on the server that HEARTH_DYNAMODB_ENDPOINT names. */
  readonly passedTables?: PassedTables | undefined;
  readonly tableStorage: TableStorage;
  /** Tests methods of REST APIs; set in a process that runs functions, once it serves requests. */
  readonly restTests: { tester?: RestTester };
  /** Whether the servers that this process needs answer. */
  readonly dependencies: Dependencies;
}

/** What it opens is put on `stack`. */
export async function openHouse(base: Base, stack: AsyncDisposableStack): Promise<House> {
  const outbound = openOutbound(base);
  const mailer = stack.use(openMailer(base));
  const opened = await openDatabase(base, stack);
  const { config, clock, random, logger } = base;
  const minFreeBytes = config.HEARTH_MIN_FREE_DISK_MB * BYTES_PER_MB;
  const disk = stack.use(new FreeDisk({ directory: config.HEARTH_DATA, minFreeBytes, clock, logger }));
  observeDisks(base.registry, { data: config.HEARTH_DATA });
  observeMemory(base.registry);
  const stores = openStores(base, opened.database, disk);
  const access = await openAccess(base, opened.database, stack);
  const { serviceUsage } = stores;
  const serviceMetering = stack.use(new ServiceMetering({ serviceUsage, clock, random, logger }));
  const events = new AuditEventStore(opened.database);
  const auditTrail = stack.use(new AuditTrail({ events, clock, random, logger, registry: base.registry }));
  const dependencies = stack.use(new Dependencies(base));
  dependencies.watch("PostgreSQL", "database", () => opened.database.ping());
  const { points } = stores.metrics;
  const metricSink = stack.use(new MetricBuffer({ points, disk, clock, random, logger, registry: base.registry }));
  const queues = stack.use(
    new Queues({
      database: opened.database,
      clock,
      random,
      logger,
      metrics: metricSink,
      ...(config.HEARTH_SQS_STORAGE_MB > 0 && { storageLimitBytes: config.HEARTH_SQS_STORAGE_MB * BYTES_PER_MB }),
      ...(config.HEARTH_SQS_QUEUES > 0 && { maxQueues: config.HEARTH_SQS_QUEUES }),
    }),
  );
  const eventBuses = stack.use(new BusDirectory({ database: opened.database, logger }));
  const passedOnMetrics = new NamedServerMetrics(base.registry);
  const objectStorage = stack.use(
    new ObjectStorage({
      database: opened.database,
      dataDir: config.HEARTH_DATA,
      disk,
      limitBytes: config.HEARTH_S3_STORAGE_MB * BYTES_PER_MB,
      server: openObjectServer(base, passedOnMetrics, stack),
      watches: new Watches(config.HEARTH_S3_EVENTS),
      maxOpenWrites: config.HEARTH_S3_OPEN_WRITES,
      clock,
      random,
      logger,
    }),
  );
  const eventQuota = await openEventQuota(base, stores, stack);
  const streams = stack.use(new Streams({ database: opened.database, clock, random, logger }));
  const limitBytes = config.HEARTH_KINESIS_STORAGE_MB * BYTES_PER_MB;
  const streamStorage = new StreamStorage({ store: streams.store, disk, clock, limitBytes });
  const tables = stack.use(new Tables({ database: opened.database, streams, clock, random, logger }));
  const tableLimitBytes = config.HEARTH_DYNAMODB_STORAGE_MB * BYTES_PER_MB;
  const tableStorage = new TableStorage({ usage: tables.usage, disk, clock, limitBytes: tableLimitBytes });
  return {
    ...{ outbound, mailer, eventQuota, metricSink, streams, streamStorage, tables, tableStorage },
    passedTables: openPassedTables(base, opened.database, passedOnMetrics, stack),
    timerChanges: new TimerChanges(),
    restTests: {},
    ...{ opened, stores, access, serviceMetering, disk, auditTrail, queues, objectStorage, eventBuses, dependencies },
  };
}

function openMailer({ config, clock }: Base): Mailer | undefined {
  const { HEARTH_SMTP_URL: url, HEARTH_SMTP_FROM: from } = config;
  return url === undefined || from === undefined ? undefined : new Mailer({ url, from }, { clock });
}
