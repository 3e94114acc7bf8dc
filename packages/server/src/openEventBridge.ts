import { ArchiveRetention, EventPublisher, Replays } from "@hearth/buses";
import type { Base } from "./base.ts";
import type { House } from "./house.ts";
import type { Sending } from "./sending.ts";

/** Replays of archived events, and the retention of archives. What runs is put on `stack`. */
export function openEventBridge(
  { config, clock, random, logger }: Base,
  { opened, eventBuses: directory, metricSink: metrics }: House,
  { delivery, fanOuts }: Sending,
  stack: AsyncDisposableStack,
): void {
  const { database } = opened;
  const publisher = new EventPublisher({ database, directory, delivery, fanOuts, metrics, clock, random });
  stack.use(new Replays({ database, directory, publisher, clock, logger }));
  const limitBytes = config.HEARTH_EVENT_ARCHIVE_MB * 1024 ** 2;
  stack.use(new ArchiveRetention({ database, limitBytes, clock, logger }));
}
