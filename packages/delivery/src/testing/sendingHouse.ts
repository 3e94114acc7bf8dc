import { Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { DeliveryStore, FanOutStore, type Database } from "@hearth/store";
import { Queues } from "@hearth/queues";
import { Delivery, type DeliveryDeps } from "../delivery.ts";
import { DeliveryMetrics } from "../deliveryMetrics.ts";
import { FanOuts, type FanOutsOptions } from "../fanOuts.ts";
import { Outbox, type OutboxOptions } from "../outbox.ts";
import { outboxLimit } from "../outboxLimit.ts";
import { queueTarget } from "../queueTarget.ts";
import { HERE } from "./outgoing.ts";

export const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };

/** The parts of one process that send, with queues as targets. Senders may do everything unless `more` says otherwise. */
export interface TestSending {
  readonly delivery: Delivery;
  readonly fanOuts: FanOuts;
  readonly outbox: Outbox;
  readonly deliveries: DeliveryStore;
  readonly queues: Queues;
  /** Creates a queue. */
  newQueue(QueueName: string, attributes?: Readonly<Record<string, string>>): Promise<void>;
}

/** What it opens is put on `stack`. */
export function sendingHouse(
  database: Database,
  stack: AsyncDisposableStack,
  more: Partial<DeliveryDeps> & {
    readonly outboxOptions?: OutboxOptions;
    readonly fanOutsOptions?: FanOutsOptions;
    readonly limitBytes?: number;
  } = {},
): TestSending {
  const queues = stack.use(new Queues({ ...deps, database }));
  const deliveries = new DeliveryStore(database);
  const metrics = new DeliveryMetrics(new Registry());
  const { outboxOptions = {}, fanOutsOptions = {}, limitBytes = 1_000_000, ...ofDelivery } = more;
  const limit = stack.use(outboxLimit({ ...deps, outbox: deliveries, limitBytes }));
  const delivery: Delivery = new Delivery({
    database,
    kinds: [queueTarget({ queues })],
    outbox: deliveries,
    limit,
    refusalOf: () => Promise.resolve(undefined),
    onLater: () => outbox.wake(),
    metrics,
    logger: silentLogger,
    ...ofDelivery,
  });
  const fanOuts = stack.use(
    new FanOuts(
      { everyMs: 50, ...fanOutsOptions },
      { ...deps, database, fanOuts: new FanOutStore(database), delivery, limit },
    ),
  );
  const outbox = stack.use(
    new Outbox(
      { backoff: { baseMs: 5, maxMs: 10 }, ...outboxOptions },
      { ...deps, database, outbox: deliveries, delivery, metrics },
    ),
  );
  return {
    delivery,
    fanOuts,
    outbox,
    deliveries,
    queues,
    newQueue: async (QueueName, attributes = {}) => {
      const isFifo = QueueName.endsWith(".fifo");
      await queues.store.create({ ...HERE, QueueName }, { isFifo, attributes, tags: {} });
    },
  };
}
