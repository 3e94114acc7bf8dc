import type { Delivery, FanOuts } from "@hearth/delivery";
import type { BrokerSinks, IotMetrics, IotPublisher, SessionQueues, TopicRules } from "@hearth/iot";
import type { Topics } from "@hearth/topics";

/** What a process sends with. */
export interface Sending {
  readonly delivery: Delivery;
  readonly fanOuts: FanOuts;
  /** Makes this process look for messages that are due. */
  readonly wakeOutbox: () => void;
  readonly topics: Topics;
  readonly topicRules: TopicRules;
  readonly iotPublisher: IotPublisher;
  /** Where a broker of this process gets messages from. */
  readonly brokerSinks: BrokerSinks;
  /** Sessions of clients of MQTT that messages wait in. */
  readonly sessionQueues: SessionQueues;
  readonly iotMetrics: IotMetrics;
  /** Announcements of messages that other processes have taken for the subscribers of this one's broker; `undefined` where no other process exists. */
  readonly otherBrokers:
    | { readonly processId: string; readonly listen: (onMessage: () => void) => Promise<void> }
    | undefined;
}
