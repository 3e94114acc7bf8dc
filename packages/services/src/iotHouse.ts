import type { IotPublisher, TopicRules } from "@hearth/iot";
import type { SendingHouse } from "./sendingHouse.ts";

/** What the services of IoT need of a process, besides what every service needs. */
export interface IotHouse extends SendingHouse {
  readonly topicRules: Pick<TopicRules, "forget">;
  readonly iotPublisher: Pick<IotPublisher, "publish">;
}
