import type { AccountRegion } from "@hearth/model";

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
  /** The trace header of what has caused it. */
  readonly traceId?: string | undefined;
  /** Deliveries since a function last ran, up to the topic. */
  readonly hops: number;
}

/** AWS's limit of a payload. https://docs.aws.amazon.com/general/latest/gr/iot-core.html */
export const MAX_PAYLOAD_BYTES = 128 * 1024;
