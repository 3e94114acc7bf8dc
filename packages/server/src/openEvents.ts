import type { Bus } from "@hearth/bus";
import { Sweeper } from "@hearth/invoke";
import { MoveTasks, QueueRetention } from "@hearth/queues";
import { removalOwner, rotationOwner, ruleOwner, scheduleOwner } from "@hearth/services";
import {
  AuditRetention,
  ClockWatch,
  DatabaseSize,
  EventPayloadLimit,
  KinesisRetention,
  LogRetention,
  LogStorageLimit,
} from "@hearth/store";
import { TableWork } from "@hearth/tables";
import { TopicRetention } from "@hearth/topics";
import { Timetable } from "@hearth/timetable";
import type { Base } from "./base.ts";
import type { House } from "./house.ts";
import { openEventBridge } from "./openEventBridge.ts";
import { openMonitoring } from "./openMonitoring.ts";
import type { Sending } from "./sending.ts";

const HOUR_MS = 3_600_000;

/** The sweeper of events, what schedules do when they are due, tasks that move messages, and the retention of logs, of the audit trail and of messages. What runs is put on `stack`. */
export function openEvents(base: Base, house: House, bus: Bus, sending: Sending, stack: AsyncDisposableStack): void {
  const { config, clock, random, logger, registry } = base;
  const { opened, stores, queues, timerChanges } = house;
  const { delivery } = sending;
  openMonitoring(base, house, sending, stack);
  openEventBridge(base, house, sending, stack);
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
  stack.use(new TableWork({ tables: house.tables, streams: house.streams, clock, logger }));
  stack.use(new QueueRetention({ database: opened.database, clock, logger }));
  stack.use(new TopicRetention({ database: opened.database, clock, logger }));
  stack.use(new MoveTasks({ database: opened.database, queues, clock, random, logger }));
  const { database } = opened;
  const missed = config.HEARTH_MISSED_SCHEDULES;
  const owners = [
    scheduleOwner({ database, delivery, missed, random, logger }),
    ruleOwner({ database, delivery, missed, random }),
    rotationOwner({ database, delivery, random, logger }),
    removalOwner({ database }),
  ];
  stack.use(new Timetable({ database, owners, changes: timerChanges, clock, logger }));
  const keptMs = {
    keepFinishedMs: config.HEARTH_EVENT_RETENTION_HOURS * HOUR_MS,
    keepPayloadsMs: config.HEARTH_EVENT_PAYLOAD_HOURS * HOUR_MS,
  };
  const clockWatch = new ClockWatch({ database: opened.database, clock, logger });
  stack.use(new Sweeper(keptMs, { bus, events: stores.events, payloads, clockWatch, clock, logger, registry }));
}
