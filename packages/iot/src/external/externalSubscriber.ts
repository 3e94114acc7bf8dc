import { backoffMs, type Clock, type Logger, Mutex, type Random } from "@hearth/kit";
import type { AccountRegion } from "@hearth/model";
import type { IPublishPacket, MqttClient } from "mqtt";
import { filterId } from "../filterId.ts";
import { MAX_PAYLOAD_BYTES, type Publication } from "../publication.ts";
import type { TopicRules } from "../topicRules.ts";

export interface ExternalSubscriberDeps {
  readonly url: string;
  /** The account whose rules get the messages. */
  readonly where: AccountRegion;
  readonly rules: Pick<TopicRules, "of" | "watch">;
  /** Resolves when what the message causes is committed. */
  readonly publish: (publication: Publication) => Promise<void>;
  /** The same after a restart: the broker keeps messages for it meanwhile. */
  readonly clientId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const SESSION_SECONDS = 24 * 60 * 60;
const IN_FLIGHT = 50;
const RECONNECT_MS = 2_000;
const BACKOFF = { baseMs: 200, maxMs: 10_000 };
const GROUP = "hearth";

/**
 * Subscribes to the filters of the account's rules at another server's broker. The subscriptions are shared: each message comes to one of the processes.
 * It is acknowledged when what it causes is committed; one that was not is sent again.
 */
export class ExternalSubscriber implements AsyncDisposable {
  readonly #deps: ExternalSubscriberDeps;
  readonly #stop = new AbortController();
  readonly #updating = new Mutex();
  readonly #subscribed = new Set<string>();
  #client: MqttClient | undefined;
  #watch: Disposable | undefined;

  constructor(deps: ExternalSubscriberDeps) {
    this.#deps = deps;
  }

  /** Connects, and goes on connecting where the broker cannot be reached. */
  async start(): Promise<void> {
    const { url, clientId, logger, rules } = this.#deps;
    const { connect } = await import("mqtt");
    const client = connect(url, {
      clientId,
      protocolVersion: 5,
      clean: false,
      properties: { sessionExpiryInterval: SESSION_SECONDS, receiveMaximum: IN_FLIGHT },
      reconnectPeriod: RECONNECT_MS,
      resubscribe: false,
    });
    this.#client = client;
    client.handleMessage = (packet, done) => {
      void this.#take(packet);
      // With an error the library does not acknowledge the message; `#take` does.
      done(new Error("it is acknowledged later"));
    };
    client.on("connect", () => {
      this.#subscribed.clear();
      void this.#update();
    });
    client.on("error", (error) => logger.warn({ reason: error.message }, "the MQTT broker refuses the connection"));
    client.on("offline", () => logger.warn({}, "the MQTT broker cannot be reached; trying again"));
    this.#watch = rules.watch(() => void this.#update());
  }

  /** Subscribes to what rules need, and ends the subscriptions that none needs. */
  async #update(): Promise<void> {
    const { rules, where, logger } = this.#deps;
    using _turn = await this.#updating.acquire();
    const client = this.#client;
    if (!client?.connected || this.#stop.signal.aborted) return;
    try {
      const found = await rules.of(where);
      const wanted = new Set(found.flatMap(({ statement }) => statement.filter?.filter ?? []));
      for (const filter of wanted) {
        if (this.#subscribed.has(filter)) continue;
        const properties = { subscriptionIdentifier: filterId(filter) };
        await client.subscribeAsync(shared(filter), { qos: 1, properties });
        this.#subscribed.add(filter);
      }
      for (const filter of [...this.#subscribed].filter((one) => !wanted.has(one))) {
        await client.unsubscribeAsync(shared(filter));
        this.#subscribed.delete(filter);
      }
    } catch (error) {
      logger.warn({ err: error }, "could not subscribe to what topic rules need at the MQTT broker");
    }
  }

  /** Never rejects. Tries again until what the message causes is committed, or this is stopped: then the broker sends it again. */
  async #take(packet: IPublishPacket): Promise<void> {
    const { where, publish, random, clock, logger } = this.#deps;
    const payload = Buffer.from(packet.payload);
    const given = packet.properties?.subscriptionIdentifier;
    const publication: Publication = {
      ...{ accountId: where.accountId, region: where.region, topic: packet.topic, payload, hops: 0 },
      qos: packet.qos === 0 ? 0 : 1,
      retain: packet.retain,
      ...(given !== undefined && { filterIds: Array.isArray(given) ? given : [given] }),
    };
    const signal = this.#stop.signal;
    if (payload.byteLength > MAX_PAYLOAD_BYTES) {
      logger.warn(
        { topic: packet.topic, bytes: payload.byteLength },
        "a message of the MQTT broker is too long for rules",
      );
      return this.#acknowledge(packet);
    }
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await publish(publication);
        return this.#acknowledge(packet);
      } catch (error) {
        logger.warn({ err: error, topic: packet.topic, attempt }, "could not take a message of the MQTT broker");
        await clock.sleep(backoffMs(attempt, BACKOFF, random), signal).catch(() => undefined);
      }
    }
  }

  /** Writes PUBACK of MQTT 5 without a reason. Without a connection the broker sends the message again. */
  #acknowledge({ qos, messageId }: IPublishPacket): void {
    const client = this.#client;
    if (qos !== 1 || messageId === undefined || !client?.connected) return;
    client.stream.write(Buffer.from([0x40, 2, messageId >> 8, messageId & 0xff]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("Hearth stops"));
    this.#watch?.[Symbol.dispose]();
    await this.#client?.endAsync(true);
  }
}

function shared(filter: string): string {
  return `$share/${GROUP}/${filter}`;
}
