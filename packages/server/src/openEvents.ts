import type { Bus } from "@hearth/bus";
import { Sweeper } from "@hearth/invoke";
import { LogRetention } from "@hearth/store";
import type { Base } from "./base.ts";
import type { House } from "./house.ts";

/** The sweeper of events and the retention of logs. What runs is put on `stack`. */
export function openEvents(
  { clock, logger, registry }: Base,
  { opened, stores }: House,
  bus: Bus,
  stack: AsyncDisposableStack,
): void {
  stack.use(new LogRetention({ database: opened.database, clock, logger }));
  stack.use(new Sweeper({}, { bus, events: stores.events, clock, logger, registry }));
}
