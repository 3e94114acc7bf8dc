import type { Bus } from "@hearth/bus";
import { Sweeper } from "@hearth/invoke";
import { logsService } from "@hearth/services";
import { LogRetention } from "@hearth/store";
import type { Service } from "@hearth/wire";
import type { Base } from "./base.ts";
import type { House } from "./house.ts";

/** Signing names of the services that the role `events` serves. */
export const EVENT_SERVICES: readonly string[] = ["logs"];

/** The data planes of hosted services, the sweeper of events and the retention of logs. What runs is put on `stack`. */
export function openEvents(
  { config, clock, logger, registry }: Base,
  { opened, stores }: House,
  bus: Bus,
  stack: AsyncDisposableStack,
): readonly Service[] {
  stack.use(new LogRetention({ database: opened.database, clock, logger }));
  stack.use(new Sweeper({}, { bus, events: stores.events, clock, logger, registry }));
  return [logsService({ ...stores.logs, region: config.HEARTH_REGION, clock })];
}
