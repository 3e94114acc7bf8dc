import type { Bus } from "@hearth/bus";
import { Sweeper } from "@hearth/invoke";
import { MoveTasks, QueueRetention } from "@hearth/queues";
import {
  AuditRetention,
  ClockWatch,
  DatabaseSize,
  EventPayloadLimit,
  KinesisRetention,
  LogRetention,
  LogStorageLimit,
  MetricRetention,
} from "@hearth/store";
import { TopicRetention } from "@hearth/topics";
import type { Base } from "./base.ts";
import type { House } from "./house.ts";

const HOUR_MS = 3_600_000;

/** The sweeper of events, tasks that move messages, and the retention of logs, of the audit trail and of messages. What runs is put on `stack`. */
export function openEvents(
  { config, clock, random, logger, registry }: Base,
  { opened, stores, queues }: House,
  bus: Bus,
  stack: AsyncDisposableStack,
): void {
  const defaultDays = config.HEARTH_LOG_RETENTION_DAYS;
  stack.use(new LogRetention({ database: opened.database, clock, logger, ...(defaultDays > 0 && { defaultDays }) }));
  if (config.HEARTH_LOG_STORAGE_MB > 0) {
    const limitBytes = config.HEARTH_LOG_STORAGE_MB * 1024 ** 2;
    stack.use(new LogStorageLimit({ database: opened.database, limitBytes, clock, logger, registry }));
  }
  stack.use(new AuditRetention({ database: opened.database, days: config.HEARTH_AUDIT_DAYS, clock, logger }));
  stack.use(new DatabaseSize({ database: opened.database, clock, logger, registry }));
  const payloads = stores.eventPayloads;
  if (config.HEARTH_EVENT_STORAGE_MB > 0) {
    const limitBytes = config.HEARTH_EVENT_STORAGE_MB * 1024 ** 2;
    stack.use(new EventPayloadLimit({ database: opened.database, limitBytes, clock, logger, registry }));
  }
  stack.use(new KinesisRetention({ database: opened.database, clock, logger }));
  stack.use(new QueueRetention({ database: opened.database, clock, logger }));
  stack.use(new MetricRetention({ database: opened.database, clock, logger }));
  stack.use(new TopicRetention({ database: opened.database, clock, logger }));
  stack.use(new MoveTasks({ database: opened.database, queues, clock, random, logger }));
  const keptMs = {
    keepFinishedMs: config.HEARTH_EVENT_RETENTION_HOURS * HOUR_MS,
    keepPayloadsMs: config.HEARTH_EVENT_PAYLOAD_HOURS * HOUR_MS,
  };
  const clockWatch = new ClockWatch({ database: opened.database, clock, logger });
  stack.use(new Sweeper(keptMs, { bus, events: stores.events, payloads, clockWatch, clock, logger, registry }));
}
