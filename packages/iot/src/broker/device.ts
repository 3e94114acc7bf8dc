import type { AccountRegion } from "@hearth/model";

export type DeviceAction = "Connect" | "Publish" | "RetainPublish" | "Subscribe" | "Receive";

/** A client of MQTT that has shown who it is. */
export interface Device extends AccountRegion {
  /** As the function principal() of rules returns it. */
  readonly principal: string;
  /** `resource` is the last part of an ARN of IoT, such as `topic/a/b` or `client/c`. */
  may(action: DeviceAction, resource: string, clientId: string): Promise<boolean>;
  /** Whether it may receive messages of a topic, decided at once. */
  mayReceive(topic: string, clientId: string): boolean;
  /** Whether its key or certificate still holds. */
  isValid(): Promise<boolean>;
}

/** Finds out who a client is. `undefined` for one that shows nothing valid. */
export interface DeviceDoor {
  byKey(username: string, password: Uint8Array, sourceIp: string | undefined): Promise<Device | undefined>;
  /** The SHA-256 of the certificate, in hexadecimal: the client has proved that it has the key. */
  byCertificate(certificateId: string, sourceIp: string | undefined): Promise<Device | undefined>;
}
