import type { Clock, Random } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import { parseIotArn } from "./iotArn.ts";
import type { MqttProperties, Publication } from "./publication.ts";
import { errorActionMessage } from "./ruleError.ts";
import type { TopicRules } from "./topicRules.ts";

export interface IotTargetsDeps {
  readonly rules: Pick<TopicRules, "find">;
  readonly publish: (publication: Publication) => Promise<void>;
  readonly sendNow: (messages: readonly OutgoingMessage[]) => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
}

/** A kind of target whose messages are sent from the outbox: see `OutsideKind` of delivery. */
interface SentFromOutbox {
  readonly name: string;
  readonly targets: readonly string[];
  attempt(message: OutgoingMessage): Promise<void>;
}

/** A message to a topic of IoT is published there, and may match rules again. */
export function republishTarget({ publish }: Pick<IotTargetsDeps, "publish">): SentFromOutbox {
  return {
    name: "iot-topic",
    targets: ["iot/topic"],
    async attempt({ TargetArn, body, traceId, hops, parameters }) {
      const named = parseIotArn(TargetArn, "topic");
      if (!named) throw new Error(`${TargetArn} is not the ARN of a topic`);
      const { accountId, region, name: topic } = named;
      const properties = parameters?.["properties"] as MqttProperties | undefined;
      await publish({
        accountId,
        region,
        topic,
        payload: body,
        qos: parameters?.["qos"] === 1 ? 1 : 0,
        retain: false,
        ...(properties && { properties }),
        ...(traceId !== undefined && { traceId }),
        hops,
      });
    },
  };
}

/** A message that an action could not deliver comes back to its rule, which carries out its error action. */
export function errorActionTarget({ sendNow, ...deps }: Omit<IotTargetsDeps, "publish">): SentFromOutbox {
  return {
    name: "iot-error-action",
    targets: ["iot/rule"],
    async attempt(letter) {
      const message = await errorActionMessage(letter, deps);
      if (message) await sendNow([message]);
    },
  };
}
