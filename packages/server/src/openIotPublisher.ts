import type { Delivery, OutsideKind } from "@hearth/delivery";
import {
  BrokerSinks,
  errorActionTarget,
  ExternalPublisher,
  iotChunkReader,
  IotMetrics,
  IotPublisher,
  type Publication,
  republishTarget,
  SessionQueues,
  TopicRules,
} from "@hearth/iot";
import type { ChunkReader, FanOuts } from "@hearth/delivery";
import { type AccountRegion, OWNER_ACCOUNT } from "@hearth/model";
import { IotSessionStore, WakeChannel } from "@hearth/store";
import type { Config } from "./config.ts";
import type { Base } from "./base.ts";
import type { House } from "./house.ts";
import { BYTES_PER_MB } from "./openStores.ts";
import type { Sending } from "./sending.ts";

/** Announces that messages for brokers of other processes are stored. */
const BROKER_CHANNEL = "hearth_iot_messages";
const MAX_RETAINED = 10_000;
const RETAINED_MB = 64;

interface IotParts {
  readonly parts: Pick<
    Sending,
    "topicRules" | "iotPublisher" | "brokerSinks" | "sessionQueues" | "iotMetrics" | "otherBrokers"
  >;
  readonly targets: readonly OutsideKind[];
  readonly reader: ChunkReader;
}

/** The account, in the installation's first region, that HEARTH_MQTT_URL is for. */
export function mqttAccount({ HEARTH_MQTT_ACCOUNT, HEARTH_REGION }: Config): AccountRegion {
  return { accountId: HEARTH_MQTT_ACCOUNT ?? OWNER_ACCOUNT, region: HEARTH_REGION };
}

/** What takes messages for topics of IoT in this process. The rules are put on `stack`. */
export function openIotPublisher(
  base: Base,
  house: House,
  sending: { readonly delivery: () => Delivery; readonly addFanOut: FanOuts["add"] },
  stack: AsyncDisposableStack,
): IotParts {
  const { config, clock, random, logger, registry } = base;
  const { database } = house.opened;
  const topicRules = stack.use(new TopicRules({ database, logger }));
  const brokerSinks = new BrokerSinks();
  const sessionQueues = new SessionQueues({ store: new IotSessionStore(database), clock });
  const iotMetrics = new IotMetrics(registry);
  const processId = random.uuid();
  // One process that plays all roles has no other process whose broker could have subscribers.
  const isAlone = config.HEARTH_ROLE === "all";
  const listeners = new Set<() => void>();
  const onWake = (): void => {
    for (const listener of listeners) listener();
  };
  const channel = isAlone
    ? undefined
    : stack.use(new WakeChannel(BROKER_CHANNEL, { ...{ database, clock, logger, processId }, onWake, onGap: onWake }));
  const otherBrokers = channel && {
    processId,
    listen: async (listener: () => void) => {
      listeners.add(listener);
      await channel.listen();
    },
  };
  const { HEARTH_MQTT_URL: url } = config;
  const externalPublisher = url === undefined ? undefined : stack.use(new ExternalPublisher({ url, clock, logger }));
  const where = mqttAccount(config);
  const external = externalPublisher && {
    where,
    publish: async (publication: Publication) => await externalPublisher.publish(publication),
  };
  const iotPublisher = new IotPublisher({
    external,
    ...{ database, rules: topicRules, broker: brokerSinks, sessionQueues, metrics: iotMetrics, clock, random, logger },
    delivery: {
      prepare: async (messages) => await sending.delivery().prepare(messages),
      checkRoom: (accountId, bytes) => sending.delivery().checkRoom(accountId, bytes),
    },
    fanOuts: { add: sending.addFanOut },
    others: channel && { processId, announce: () => channel.announce("message") },
    retainedLimit: { messages: MAX_RETAINED, bytes: RETAINED_MB * BYTES_PER_MB },
  });
  const targets = [
    republishTarget({ publish: async (publication) => void (await iotPublisher.publish(publication, "republish")) }),
    errorActionTarget({
      rules: topicRules,
      sendNow: async (messages) => await sending.delivery().sendNow(messages),
      ...{ clock, random },
    }),
  ];
  const reader = iotChunkReader({ rules: topicRules, ...iotPublisher.evaluation });
  return { parts: { topicRules, iotPublisher, brokerSinks, sessionQueues, iotMetrics, otherBrokers }, targets, reader };
}
