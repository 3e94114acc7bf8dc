import { CodeCollector } from "@hearth/activation";
import type { Base, Running } from "../base.ts";
import { Endpoint } from "../endpoint.ts";
import { openHouse } from "../house.ts";
import { openBus } from "../openBus.ts";
import { openDelivery } from "../openDelivery.ts";
import { openBucketWork } from "../openBucketWork.ts";
import { openProcess, running } from "../process.ts";
import { servedBy } from "../servedBy.ts";
import { serviceHouse } from "../serviceHouse.ts";

/** The AWS APIs that manage things, behind the invokers. It starts no container and runs no function. */
export async function composeControl(base: Base): Promise<Running> {
  const { clock, logger, registry } = base;
  await using stack = new AsyncDisposableStack();
  const own = await openProcess(base, stack);
  const house = await openHouse(base, stack);
  const { database } = house.opened;
  stack.use(new CodeCollector({ database, code: house.stores.code, kinds: ["blobs"], clock, logger, registry }));
  const endpoint = new Endpoint(base, house);
  const sending = openDelivery(base, house, openBus(base, house.opened, stack), stack);
  await openBucketWork(base, house, stack);
  const rooms = serviceHouse(base, house, sending);
  const address = await endpoint.open({ services: servedBy(["control"], rooms), serviceHouse: rooms }, stack);
  return await running(base, { stack, own, address, endpoint, house });
}
