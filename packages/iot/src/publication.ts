import type { AccountRegion } from "@hearth/model";
import { isTopicName, isTopicWithinLimits } from "@hearth/patterns";

/** Of MQTT 5, as HTTP and republish actions give them. Only brokers that speak MQTT 5 pass them on. */
export interface MqttProperties {
  readonly payloadFormatIndicator?: boolean;
  readonly contentType?: string;
  readonly responseTopic?: string;
  /** Base64. */
  readonly correlationData?: string;
  readonly messageExpiry?: number;
  readonly userProperties?: readonly { readonly key: string; readonly value: string }[];
}

/** A message that is published to a topic of an account. */
export interface Publication extends AccountRegion {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** `undefined` for one that was not published over MQTT. */
  readonly clientId?: string | undefined;
  /** Who published it: the id of a certificate, or of a user or session. */
  readonly principal?: string | undefined;
  readonly sourceIp?: string | undefined;
  readonly properties?: MqttProperties | undefined;
  /** Of the filters whose rules it is for (`filterId`), where a broker sends it once for each filter; all that match without it. */
  readonly filterIds?: readonly number[] | undefined;
  /** Under which id it waits in sessions of clients of MQTT; `undefined` where it waits in none. */
  readonly messageId?: string | undefined;
  /** The trace header of what has caused it. */
  readonly traceId?: string | undefined;
  /** Deliveries since a function last ran, up to the topic. */
  readonly hops: number;
}

/** What topics start with that name a rule. https://docs.aws.amazon.com/iot/latest/developerguide/iot-basic-ingest.html */
export const BASIC_INGEST = "$aws/rules/";

/** Why nothing can be published to a topic; `undefined` when it can. */
export function topicProblem(topic: string): string | undefined {
  const isIngest = topic.startsWith(BASIC_INGEST);
  // The name of the rule and what is before it do not count.
  const counted = isIngest ? topic.slice(BASIC_INGEST.length).split("/").slice(1).join("/") : topic;
  if (!isTopicName(topic) || !isTopicWithinLimits(counted))
    return "The topic is not valid, too long or has too many levels";
  if (topic.startsWith("$") && !isIngest)
    return "Topics that start with $ are reserved, and Hearth has no things and shadows";
  return undefined;
}

/** AWS's limit of a payload. https://docs.aws.amazon.com/general/latest/gr/iot-core.html */
export const MAX_PAYLOAD_BYTES = 128 * 1024;
