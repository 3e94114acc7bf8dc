import { CodeCollector } from "@hearth/activation";
import type { Base, Running } from "../base.ts";
import { Endpoint } from "../endpoint.ts";
import { openEvents } from "../openEvents.ts";
import { openLogs } from "../openLogs.ts";
import { openMqtt } from "../openMqtt.ts";
import { giveUpRoot, prepareServiceUser } from "../giveUpRoot.ts";
import { openEventSources } from "../openEventSources.ts";
import { openHouse } from "../house.ts";
import { LauncherChild } from "../launcherChild.ts";
import { reservePort } from "../listen.ts";
import { openBus } from "../openBus.ts";
import { openDelivery } from "../openDelivery.ts";
import { openDriver } from "../openDriver.ts";
import { openInvoker } from "../openInvoker.ts";
import { openBucketWork } from "../openBucketWork.ts";
import { openProcess, running } from "../process.ts";
import { servedBy } from "../servedBy.ts";
import { serviceHouse } from "../serviceHouse.ts";

/** Everything in one process, with the launcher as its child: what `npm start` runs. */
export async function composeAll(base: Base): Promise<Running> {
  const { config, clock, logger, registry } = base;
  await using stack = new AsyncDisposableStack();
  const own = await openProcess(base, stack);
  const serviceUser = await prepareServiceUser(base);
  const launcher = stack.use(new LauncherChild({ ...base, serviceUser }));
  const listener = serviceUser && (await reservePort(config.HEARTH_LISTEN, "HEARTH_LISTEN", stack));
  const tlsListener = serviceUser && (await reservePort(config.HEARTH_TLS_LISTEN, "HEARTH_TLS_LISTEN", stack));
  if (serviceUser) giveUpRoot(base, serviceUser);
  const house = await openHouse(base, stack);
  const driver = stack.use(await openDriver(base, launcher));
  const endpoint = new Endpoint(base, house);
  const bus = openBus(base, house.opened, stack);
  const sending = openDelivery(base, house, bus, stack);
  const invoker = await openInvoker(
    base,
    house,
    { driver, bus, delivery: sending.delivery, api: endpoint.sandboxApi(), ownsBlobs: true },
    stack,
  );
  const eventSources = openEventSources(base, house, sending, invoker, stack);
  openEvents(base, house, bus, sending, stack);
  openLogs(base, house, sending, stack);
  await openMqtt(base, house, sending, stack);
  const { database } = house.opened;
  const kinds = ["blobs", "unpacked"] as const;
  stack.use(new CodeCollector({ database, code: house.stores.code, kinds, clock, logger, registry }));
  await openBucketWork(base, house, stack);
  const rooms = serviceHouse(base, house, sending, { ...invoker, driver });
  const services = servedBy(["control", "events"], rooms);
  const address = await endpoint.open(
    { services, invoker, serviceHouse: rooms, driver: driver.name, listener, tlsListener },
    stack,
  );
  return await running(base, { stack, own, address, endpoint, house, driver, invoker, eventSources, launcher });
}
