import { Senders } from "@hearth/access";
import type { Bus } from "@hearth/bus";
import { eventChunkReader } from "@hearth/buses";
import {
  busTarget,
  Delivery,
  DeliveryMetrics,
  FanOuts,
  functionTarget,
  Outbox,
  outboxLimit,
  queueTarget,
  streamTarget,
  topicTarget,
} from "@hearth/delivery";
import { WakeUps } from "@hearth/invoke";
import { ArchivedEventStore } from "@hearth/store";
import { bucketEvents } from "@hearth/services";
import { openIotPublisher } from "./openIotPublisher.ts";
import { Topics } from "@hearth/topics";
import type { Base } from "./base.ts";
import { publicUrl } from "./publicUrl.ts";
import type { House } from "./house.ts";
import { openOutsideKinds } from "./openOutsideKinds.ts";
import type { Sending } from "./sending.ts";
import { BYTES_PER_MB } from "./openStores.ts";
import { serviceHouse } from "./serviceHouse.ts";

const HOUR_MS = 3_600_000;

/** The one way out of this process, and the work on its outbox and on fan-outs, which is put on `stack`. */
export function openDelivery(base: Base, house: House, bus: Bus, stack: AsyncDisposableStack): Sending {
  const { config, clock, random, logger, registry } = base;
  const { database } = house.opened;
  const { deliveries, fanOuts: fanOutStore } = house.stores;
  const { disk, eventQuota: quota } = house;
  const metrics = new DeliveryMetrics(registry, { sink: house.metricSink, clock });
  const limitBytes = config.HEARTH_OUTBOX_MB * BYTES_PER_MB;
  const limit = limitBytes > 0 ? stack.use(outboxLimit({ outbox: deliveries, limitBytes, clock, logger })) : undefined;
  const wakeUps = new WakeUps({ bus, logger });
  const topics = new Topics({
    database,
    clock,
    random,
    metrics: house.metricSink,
    links: { publicUrl: publicUrl(config) },
    sending: {
      prepare: async (messages) => await delivery.prepare(messages),
      sendNow: async (messages) => await delivery.sendNow(messages),
    },
    fanOuts: {
      add: async (tx, fanOut) => await fanOuts.add(tx, fanOut),
      hasManyOf: async (accountId, limit) => await fanOuts.hasManyOf(accountId, limit),
    },
  });
  const iot = openIotPublisher(
    base,
    house,
    { delivery: () => delivery, addFanOut: async (tx, fanOut) => await fanOuts.add(tx, fanOut) },
    stack,
  );
  const archivedEvents = new ArchivedEventStore(database);
  const delivery: Delivery = new Delivery({
    database,
    kinds: [
      functionTarget({ wakeUps, disk, ...(quota && { quota }) }),
      queueTarget({ queues: house.queues }),
      streamTarget({ streams: house.streams }),
      topicTarget({ topics }),
      busTarget({
        directory: house.eventBuses,
        addFanOut: (tx, fanOut) => fanOuts.add(tx, fanOut),
        archive: (tx, events) => archivedEvents.add(tx, events),
        clock,
      }),
    ],
    outsideKinds: [...openOutsideKinds(base, house), ...iot.targets],
    outbox: deliveries,
    limit,
    refusalOf: async (sender, action) => await senders.refusalOf(sender, action),
    onLater: () => outbox.wake(),
    metrics,
    logger,
  });
  const fanOuts: FanOuts = new FanOuts({}, { database, fanOuts: fanOutStore, delivery, limit, clock, random, logger });
  fanOuts.register(topics.reader);
  fanOuts.register(eventChunkReader({ directory: house.eventBuses, random }));
  fanOuts.register(iot.reader);
  const { authorizer, identities } = house.access;
  const sending = { delivery, fanOuts, topics, wakeOutbox: () => outbox.wake(), ...iot.parts };
  const senders: Senders = new Senders({ authorizer: authorizer(serviceHouse(base, house, sending)), identities });
  stack.use(fanOuts);
  house.objectStorage.tell(bucketEvents({ delivery, fanOuts, buses: house.eventBuses, clock, random }));
  const keepDeadMs = config.HEARTH_EVENT_PAYLOAD_HOURS * HOUR_MS;
  const outbox = stack.use(
    new Outbox({ keepDeadMs }, { database, outbox: deliveries, delivery, metrics, clock, random, logger }),
  );
  return sending;
}
