import type { Bus } from "@hearth/bus";
import { Delivery, DeliveryMetrics, functionTarget, Outbox, queueTarget } from "@hearth/delivery";
import { WakeUps } from "@hearth/invoke";
import type { Base } from "./base.ts";
import type { House } from "./house.ts";
import { serviceHouse } from "./serviceHouse.ts";

const HOUR_MS = 3_600_000;

/** The one way out of this process, and the work on its outbox, which is put on `stack`. */
export function openDelivery(base: Base, house: House, bus: Bus, stack: AsyncDisposableStack): Delivery {
  const { config, clock, random, logger, registry } = base;
  const { database } = house.opened;
  const { deliveries } = house.stores;
  const { refusalOfSending } = serviceHouse(base, house).lambda;
  const metrics = new DeliveryMetrics(registry);
  const wakeUps = new WakeUps({ bus, logger });
  const delivery: Delivery = new Delivery({
    kinds: [functionTarget({ wakeUps }), queueTarget({ queues: house.queues })],
    outbox: deliveries,
    refusalOf: (sender, { resource }) => refusalOfSending(sender, resource),
    onLater: () => outbox.wake(),
    metrics,
    logger,
  });
  const keepDeadMs = config.HEARTH_EVENT_PAYLOAD_HOURS * HOUR_MS;
  const outbox = stack.use(
    new Outbox({ keepDeadMs }, { database, outbox: deliveries, delivery, metrics, clock, random, logger }),
  );
  return delivery;
}
