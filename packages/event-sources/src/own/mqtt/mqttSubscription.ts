import type { Clock, Random } from "@hearth/kit";
import type { IPublishPacket, MqttClient } from "mqtt";
import type { MappedSource, OpenQueue, QueueRecord, ReceiveOptions } from "../../eventSource.ts";
import { ownRecord } from "../ownRecord.ts";
import type { SecurePlace } from "../ownSource.ts";
import { PushedRecords } from "../pushedRecords.ts";

export interface MqttDeps {
  readonly clock: Clock;
  readonly random: Random;
}

const CONNECT_MS = 5_000;
/** How long the broker keeps messages while no process is connected: a week, in seconds. */
const SESSION_SECONDS = 7 * 24 * 60 * 60;
/** The broker sends so many messages before one is acknowledged. */
const MIN_IN_FLIGHT = 20;
const MAX_IN_FLIGHT = 1_000;
/** Of MQTT 5: retained messages are sent for a new subscription only. */
const RETAINED_ONCE = 1;
const FAILED = 0x80;

/**
 * A subscription with QoS 1 in a session that the broker keeps under the mapping's name. A message is acknowledged when its batch was settled. What was not
 * acknowledged is sent again to whoever opens the session next; opening it ends the connection of an owner that has lost the mapping.
 */
export class MqttSubscription implements OpenQueue {
  readonly redeliversAtOnce = true;
  readonly #client: MqttClient;
  readonly #place: SecurePlace;
  readonly #random: Random;
  readonly #records: PushedRecords;

  private constructor(client: MqttClient, place: SecurePlace, { clock, random }: MqttDeps) {
    this.#client = client;
    this.#place = place;
    this.#random = random;
    this.#records = new PushedRecords(clock);
    client.handleMessage = (packet, callback) => {
      this.#records.push(this.#record(packet));
      // With an error the library does not acknowledge the message; `settle` does.
      callback(new Error("it is acknowledged later"));
    };
    client.on("error", (error) => this.#records.fail(error));
    client.on("close", () => this.#records.fail(new Error("The broker has closed the connection.")));
  }

  /** Rejects when the broker cannot be reached, or refuses the subscription. */
  static async open(mapping: MappedSource, place: SecurePlace, deps: MqttDeps): Promise<MqttSubscription> {
    const { BatchSize = MIN_IN_FLIGHT } = mapping.settings;
    const receiveMaximum = Math.min(MAX_IN_FLIGHT, Math.max(MIN_IN_FLIGHT, 2 * BatchSize));
    const client = await clientOf(mapping, place, { sessionExpiryInterval: SESSION_SECONDS, receiveMaximum });
    const subscription = new MqttSubscription(client, place, deps);
    try {
      const connected = new Promise<void>((resolve, reject) => {
        client.once("connect", () => resolve());
        client.once("error", reject);
        client.once("close", () => reject(new Error("The broker has closed the connection.")));
      });
      client.connect();
      await connected;
      const [granted] = await client.subscribeAsync(place.rest, { qos: 1, rh: RETAINED_ONCE });
      if (granted && granted.qos >= FAILED) throw new Error(`The broker refuses a subscription to ${place.rest}.`);
      return subscription;
    } catch (error) {
      client.end(true);
      throw error;
    }
  }

  /** Ends the session of a mapping, and with it the messages that the broker keeps for it. */
  static async forget(mapping: MappedSource, place: SecurePlace): Promise<void> {
    const client = await clientOf(mapping, place, { sessionExpiryInterval: 0 }, true);
    try {
      await new Promise<void>((resolve, reject) => {
        client.once("connect", () => resolve());
        client.once("error", reject);
        client.once("close", () => reject(new Error("The broker has closed the connection.")));
        client.connect();
      });
    } finally {
      await client.endAsync().catch(() => undefined); // it is not connected
    }
  }

  async receive(options: ReceiveOptions, signal: AbortSignal): Promise<readonly QueueRecord[]> {
    return await this.#records.take(options, signal);
  }

  async settle({ done, failed }: Parameters<OpenQueue["settle"]>[0]): Promise<void> {
    for (const { receipt } of done) this.#acknowledge(Number(receipt));
    this.#records.giveBack(failed);
  }

  /** Writes PUBACK, which is the same in MQTT 3.1.1 and 5. Without a connection the broker sends the message again. */
  #acknowledge(messageId: number): void {
    if (messageId === 0 || !this.#client.connected) return;
    this.#client.stream.write(Buffer.from([0x40, 2, messageId >> 8, messageId & 0xff]));
  }

  #record(packet: IPublishPacket): QueueRecord {
    const { topic, payload, qos, retain, messageId, properties } = packet;
    const record = ownRecord(
      {
        messageId: this.#random.uuid(),
        eventSource: "hearth:mqtt",
        body: Buffer.from(payload),
        members: {
          topic,
          qos,
          retain,
          ...(properties?.contentType !== undefined && { contentType: properties.contentType }),
          ...(properties?.responseTopic !== undefined && { responseTopic: properties.responseTopic }),
          ...(properties?.correlationData && { correlationData: properties.correlationData.toString("base64") }),
          userProperties: { ...properties?.userProperties },
        },
      },
      this.#place,
    );
    return { ...record, receipt: String(qos === 0 ? 0 : (messageId ?? 0)) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(!this.#client.connected);
  }
}

/** A client that is not connected yet, and does not connect again by itself: the pipeline does that. */
async function clientOf(
  { UUID }: MappedSource,
  { url, authorities, client }: SecurePlace,
  properties: { readonly sessionExpiryInterval: number; readonly receiveMaximum?: number },
  clean = false,
): Promise<MqttClient> {
  const { connect } = await import("mqtt");
  const { address, isOld } = serverOf(url);
  return connect(address, {
    clientId: `hearth-${UUID}`,
    ca: [...authorities],
    ...client,
    clean,
    ...(isOld ? { protocolVersion: 4 } : { protocolVersion: 5, properties }),
    connectTimeout: CONNECT_MS,
    reconnectPeriod: 0,
    manualConnect: true,
    resubscribe: false,
  });
}

/** A URL with `protocol=3.1.1` in its query is that of a broker that does not speak MQTT 5, such as Hearth's embedded one. */
function serverOf(url: string): { readonly address: string; readonly isOld: boolean } {
  const parsed = new URL(url);
  const isOld = parsed.searchParams.get("protocol") === "3.1.1";
  if (isOld) parsed.searchParams.delete("protocol");
  return { address: parsed.href, isOld };
}
