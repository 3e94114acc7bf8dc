import { type Clock, type Logger, Mutex } from "@hearth/kit";
import { AwsError } from "@hearth/model";
import type { IClientPublishOptions, MqttClient } from "mqtt";
import type { Publication } from "../publication.ts";

/** The broker of the operator cannot be reached. */
export class BrokerUnavailable extends AwsError {
  readonly code = "ServiceUnavailableException";
  readonly httpStatus = 503;
}

export interface ExternalPublisherDeps {
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const CONNECT_MS = 5_000;
const ANSWER_MS = 10_000;

/** Publishes to another server's broker, over a connection that is made when it is first needed, and again when it was lost. */
export class ExternalPublisher implements AsyncDisposable {
  readonly #deps: ExternalPublisherDeps;
  readonly #connecting = new Mutex();
  #client: MqttClient | undefined;

  constructor(deps: ExternalPublisherDeps) {
    this.#deps = deps;
  }

  /** Resolves when the broker has acknowledged the message. Rejects with BrokerUnavailable. */
  async publish({ topic, payload, retain, properties = {} }: Publication): Promise<void> {
    const { correlationData, userProperties = [], messageExpiry, ...rest } = properties;
    const mqtt5: IClientPublishOptions["properties"] = {
      ...rest,
      ...(correlationData !== undefined && { correlationData: Buffer.from(correlationData, "base64") }),
      ...(messageExpiry !== undefined && { messageExpiryInterval: messageExpiry }),
      ...(userProperties.length > 0 && { userProperties: grouped(userProperties) }),
    };
    const late = Promise.withResolvers<never>();
    using _deadline = this.#deps.clock.after(ANSWER_MS, () => late.reject(new Error("no answer in time")));
    try {
      const client = await this.#connected();
      const options = { qos: 1 as const, retain, ...(Object.keys(mqtt5).length > 0 && { properties: mqtt5 }) };
      await Promise.race([client.publishAsync(topic, Buffer.from(payload), options), late.promise]);
    } catch (error) {
      this.#client?.end(true);
      this.#client = undefined;
      this.#deps.logger.warn({ reason: (error as Error).message }, "could not publish to the MQTT broker");
      throw new BrokerUnavailable("The MQTT broker cannot be reached, or did not take the message.");
    }
  }

  async #connected(): Promise<MqttClient> {
    if (this.#client?.connected) return this.#client;
    using _turn = await this.#connecting.acquire();
    if (this.#client?.connected) return this.#client;
    const { connectAsync } = await import("mqtt");
    const client = await connectAsync(
      this.#deps.url,
      { protocolVersion: 5, reconnectPeriod: 0, connectTimeout: CONNECT_MS, clean: true },
      false,
    );
    client.on("error", () => undefined); // the next message connects again
    this.#client = client;
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.endAsync(true);
  }
}

/** A key may occur several times. */
function grouped(pairs: readonly { readonly key: string; readonly value: string }[]): Record<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { key, value } of pairs) groups.set(key, [...(groups.get(key) ?? []), value]);
  return Object.fromEntries(groups);
}
