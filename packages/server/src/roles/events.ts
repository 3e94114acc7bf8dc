import type { Base, Running } from "../base.ts";
import { Endpoint } from "../endpoint.ts";
import { openHouse } from "../house.ts";
import { openBus } from "../openBus.ts";
import { openDelivery } from "../openDelivery.ts";
import { openEvents } from "../openEvents.ts";
import { openLogs } from "../openLogs.ts";
import { openMqtt } from "../openMqtt.ts";
import { openProcess, running } from "../process.ts";
import { servedBy } from "../servedBy.ts";
import { serviceHouse } from "../serviceHouse.ts";

/** The data planes of hosted services, and periodic work: wake-ups of events that are due, retention. It starts no container. */
export async function composeEvents(base: Base): Promise<Running> {
  await using stack = new AsyncDisposableStack();
  const own = await openProcess(base, stack);
  const house = await openHouse(base, stack);
  const bus = openBus(base, house.opened, stack);
  const sending = openDelivery(base, house, bus, stack);
  openEvents(base, house, bus, sending, stack);
  openLogs(base, house, sending, stack);
  await openMqtt(base, house, sending, stack);
  const endpoint = new Endpoint(base, house);
  const rooms = serviceHouse(base, house, sending);
  const address = await endpoint.open({ services: servedBy(["events"], rooms), serviceHouse: rooms }, stack);
  return await running(base, { stack, own, address, endpoint, house });
}
