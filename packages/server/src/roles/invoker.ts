import { CodeCollector } from "@hearth/activation";
import { invokeService } from "@hearth/api";
import type { Base, Running } from "../base.ts";
import { Endpoint } from "../endpoint.ts";
import { EVENT_SERVICES } from "../openEvents.ts";
import { openForwarders } from "../forwarders.ts";
import { openHouse } from "../house.ts";
import { openBus } from "../openBus.ts";
import { openDriver } from "../openDriver.ts";
import { openInvoker } from "../openInvoker.ts";
import { openProcess, running } from "../process.ts";

/** The front door: runs invocations itself and passes every other request on to the role that serves it. */
export async function composeInvoker(base: Base): Promise<Running> {
  const { config, clock, logger, registry } = base;
  await using stack = new AsyncDisposableStack();
  const own = await openProcess(base, stack);
  const house = await openHouse(base, stack);
  const driver = stack.use(await openDriver(base));
  const endpoint = new Endpoint(base, house);
  const bus = openBus(base, house.opened, stack);
  const invoker = await openInvoker(base, house, { driver, bus, api: endpoint.sandboxApi(), ownsBlobs: false }, stack);
  const { database } = house.opened;
  stack.use(new CodeCollector({ database, code: house.stores.code, kinds: ["unpacked"], clock, logger, registry }));
  const { invoking, functions } = invoker;
  const services = [invokeService({ invoking, region: config.HEARTH_REGION })];
  const elsewhere = openForwarders(base, house, EVENT_SERVICES, stack);
  const address = await endpoint.open({ services, elsewhere, driver: driver.name, functions }, stack);
  return await running(base, { stack, own, address, endpoint, house, driver, invoker });
}
