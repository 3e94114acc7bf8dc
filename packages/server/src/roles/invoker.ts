import { CodeCollector } from "@hearth/activation";
import type { Base, Running } from "../base.ts";
import { Endpoint } from "../endpoint.ts";
import { openForwarders } from "../forwarders.ts";
import { openEventSources } from "../openEventSources.ts";
import { openHouse } from "../house.ts";
import { openBus } from "../openBus.ts";
import { openDelivery } from "../openDelivery.ts";
import { openDriver } from "../openDriver.ts";
import { openInvoker } from "../openInvoker.ts";
import { openProcess, running } from "../process.ts";
import { servedBy, signingNamesOf } from "../servedBy.ts";
import { serviceHouse } from "../serviceHouse.ts";

/** The front door: runs invocations itself and passes every other request on to the role that serves it. */
export async function composeInvoker(base: Base): Promise<Running> {
  const { clock, logger, registry } = base;
  await using stack = new AsyncDisposableStack();
  const own = await openProcess(base, stack);
  const house = await openHouse(base, stack);
  const driver = stack.use(await openDriver(base));
  const endpoint = new Endpoint(base, house);
  const bus = openBus(base, house.opened, stack);
  const sending = openDelivery(base, house, bus, stack);
  const invoker = await openInvoker(
    base,
    house,
    { driver, bus, delivery: sending.delivery, api: endpoint.sandboxApi(), ownsBlobs: false },
    stack,
  );
  const eventSources = openEventSources(base, house, sending, invoker, stack);
  const { database } = house.opened;
  stack.use(new CodeCollector({ database, code: house.stores.code, kinds: ["unpacked"], clock, logger, registry }));
  const rooms = serviceHouse(base, house, sending, { ...invoker, driver });
  const services = servedBy(["invoker"], rooms);
  const elsewhere = openForwarders(base, house, signingNamesOf("events"), stack);
  const address = await endpoint.open(
    { services, invoker, serviceHouse: rooms, elsewhere, driver: driver.name },
    stack,
  );
  return await running(base, { stack, own, address, endpoint, house, driver, invoker, eventSources });
}
