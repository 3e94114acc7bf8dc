import type { Duplex } from "node:stream";
import { BackgroundLoop, type Clock, type Logger, Semaphore } from "@hearth/kit";
import type { AccountRegion } from "@hearth/model";
import { isTopicFilter, isTopicWithinLimits } from "@hearth/patterns";
import type { IotRetainedStore, IotSessionStore } from "@hearth/store";
import { Aedes, type Client, type PublishPacket, type Subscription } from "aedes";
import type { SessionQueues } from "../sessionQueues.ts";
import { MAX_PAYLOAD_BYTES, type Publication, topicProblem } from "../publication.ts";
import type { Device } from "./device.ts";
import { PublishRate } from "./publishRate.ts";
import { retainedMessages } from "./retainedMessages.ts";
import { Sessions } from "./sessions.ts";

export interface AccountBrokerDeps {
  /** Resolves when everything that a message causes is committed: with the id under which it waits in sessions, if it does. */
  readonly publish: (publication: Publication) => Promise<string | undefined>;
  readonly retained: Pick<IotRetainedStore, "withPrefix">;
  readonly sessionStore: IotSessionStore;
  readonly sessionQueues: SessionQueues;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** AWS's limits. https://docs.aws.amazon.com/general/latest/gr/iot-core.html */
const MAX_SUBSCRIPTIONS = 50;
const MAX_CLIENT_ID_BYTES = 128;
/** Sessions of clients that are connected are renewed so often; they expire an hour after the last time. */
const RENEW_MS = 600_000;
/** Messages of one account that are being committed at a time. */
const PARALLEL = 16;
const DAY_MS = 86_400_000;
const SLOW_CLIENT_MS = 10_000;
const NOT_AUTHORIZED = 5;

interface Connected {
  readonly device: Device;
  readonly sourceIp: string | undefined;
  readonly rate: PublishRate;
}

/**
 * The broker of one account and region. Its topics, client ids, sessions and subscriptions are its own: there is nothing that a client of another account
 * could name. A message is acknowledged when what it causes is committed.
 */
export class AccountBroker implements AsyncDisposable {
  readonly where: AccountRegion;
  readonly #deps: AccountBrokerDeps;
  readonly #connected = new WeakMap<object, Connected>();
  readonly #sessions: Sessions;
  readonly #renewals: BackgroundLoop;
  readonly #commits = new Semaphore(PARALLEL);
  readonly #aedes: Aedes;
  readonly #ready: Promise<void>;

  constructor(where: AccountRegion, deps: AccountBrokerDeps) {
    this.where = where;
    this.#deps = deps;
    this.#sessions = new Sessions({
      where,
      retained: (filters) => retainedMessages(where, filters, deps.retained),
      store: deps.sessionStore,
      queues: deps.sessionQueues,
    });
    this.#aedes = new Aedes({
      persistence: this.#sessions,
      heartbeatInterval: DAY_MS, // it tells other brokers of a cluster that this one lives, and there are none
      drainTimeout: SLOW_CLIENT_MS,
      maxClientsIdLength: MAX_CLIENT_ID_BYTES,
      maxTopicLevels: 16,
      preConnect: (client, packet, done) => {
        const { clientId, will } = packet;
        const isTooLong = Buffer.byteLength(clientId) > MAX_CLIENT_ID_BYTES || /[\0+#]/.test(clientId);
        const hasBadWill = will && this.#problemOf({ ...will, cmd: "publish" } as PublishPacket) !== undefined;
        if (!isTooLong && !hasBadWill) return done(null, true);
        this.#close(client, new Error("the client id or the will is not allowed"));
      },
      authenticate: (client, _username, _password, done) => {
        const connected = this.#connected.get(client.conn);
        const allowed = connected?.device.may("Connect", `client/${client.id}`, client.id) ?? Promise.resolve(false);
        void allowed
          .catch((error: unknown) => this.#failed(error))
          .then((may) => {
            if (may) return done(null, true);
            const refused = Object.assign(new Error("not authorized"), { returnCode: NOT_AUTHORIZED });
            return done(refused as Parameters<typeof done>[0], false);
          });
      },
      authorizePublish: (client, packet, done) => {
        void this.#publish(client, packet).then(
          () => done(null),
          (error: unknown) => done(error as Error),
        );
      },
      authorizeSubscribe: (client, subscription, done) => {
        void this.#maySubscribe(client, subscription)
          .catch((error: unknown) => this.#failed(error))
          .then((may) => {
            if (!may) return done(null, null);
            if (subscription.qos > 1) subscription.qos = 1;
            return done(null, subscription);
          });
      },
      authorizeForward: (client, packet) => {
        const connected = this.#connected.get(client.conn);
        return connected?.device.mayReceive(packet.topic, client.id) ? packet : null;
      },
    });
    this.#aedes.on("clientDisconnect", ({ id }) => {
      void this.#sessions.renew([id]).catch((error: unknown) => {
        deps.logger.warn({ err: error, ...where }, "could not put off the expiry of a session of MQTT");
      });
    });
    this.#aedes.on("clientError", (client, error) => {
      deps.logger.debug({ ...where, clientId: client.id, reason: error.message }, "a client of MQTT was disconnected");
    });
    this.#aedes.on("connectionError", (_client, error) => {
      deps.logger.debug({ ...where, reason: error.message }, "a connection of MQTT was closed");
    });
    this.#ready = this.#aedes.listen();
    this.#renewals = new BackgroundLoop("sessions of MQTT", RENEW_MS, () => this.#renew(), deps);
  }

  /** Takes a client over; its CONNECT packet is still to be read from `stream`. */
  async serve(stream: Duplex, device: Device, sourceIp: string | undefined): Promise<void> {
    await this.#ready;
    if (stream.destroyed) return;
    this.#connected.set(stream, { device, sourceIp, rate: new PublishRate(this.#deps.clock) });
    this.#aedes.handle(stream);
  }

  /** Passes a message on that did not come from its clients. */
  deliver({ topic, payload: bytes, qos, messageId }: Publication): void {
    const payload = Buffer.from(bytes);
    this.#sessions.storedAs(payload, messageId);
    const packet = { cmd: "publish", topic, payload, qos, retain: false, dup: false } as const;
    this.#aedes.publish(packet, (error) => {
      if (error) this.#deps.logger.warn({ err: error, ...this.where }, "could not pass a message on to subscribers");
    });
  }

  /** Disconnects clients whose keys or certificates do not hold any more. */
  async checkClients(): Promise<void> {
    for (const client of this.#clients()) {
      const connected = this.#connected.get(client.conn);
      if (connected && !(await connected.device.isValid()))
        this.#close(client, new Error("its credentials were withdrawn"));
    }
  }

  #clients(): readonly Client[] {
    return Object.values((this.#aedes as unknown as { readonly clients: Readonly<Record<string, Client>> }).clients);
  }

  async #publish(client: Client | null, packet: PublishPacket): Promise<void> {
    const connected = client && this.#connected.get(client.conn);
    if (!client || !connected) throw new Error("the client is gone");
    const problem = this.#problemOf(packet);
    if (problem !== undefined) throw new Error(problem);
    const { device, sourceIp, rate } = connected;
    const { topic, retain, qos } = packet;
    await rate.wait();
    const actions = retain ? (["Publish", "RetainPublish"] as const) : (["Publish"] as const);
    for (const action of actions) {
      if (!(await device.may(action, `topic/${topic}`, client.id))) throw new Error(`it may not publish to ${topic}`);
    }
    const { accountId, region } = this.where;
    using _turn = await this.#commits.acquire();
    const payload = Buffer.from(packet.payload);
    const messageId = await this.#deps.publish({
      ...{ accountId, region, topic, payload, retain, hops: 0 },
      qos: qos === 1 ? 1 : 0,
      clientId: client.id,
      principal: device.principal,
      sourceIp,
    });
    packet.payload = payload;
    this.#sessions.storedAs(payload, messageId);
  }

  /** Why a message cannot be published. */
  #problemOf({ topic, payload, qos }: PublishPacket): string | undefined {
    if (qos > 1) return "QoS 2 is not supported";
    if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) return "the payload is too long";
    return topicProblem(topic);
  }

  async #maySubscribe(client: Client, { topic }: Subscription): Promise<boolean> {
    const connected = this.#connected.get(client.conn);
    if (!connected || !isTopicFilter(topic) || !isTopicWithinLimits(topic) || topic.startsWith("$")) return false;
    const { subscriptions } = client as unknown as { readonly subscriptions: Readonly<Record<string, unknown>> };
    if (!(topic in subscriptions) && Object.keys(subscriptions).length >= MAX_SUBSCRIPTIONS) return false;
    return await connected.device.may("Subscribe", `topicfilter/${topic}`, client.id);
  }

  async #renew(): Promise<void> {
    const connected = new Set(this.#clients().map(({ id }) => id));
    await this.#sessions.renew([...connected]);
    await this.#sessions.removeExpired((id) => connected.has(id));
  }

  #close(client: Client, error: Error): void {
    client.emit("error", error);
  }

  #failed(error: unknown): false {
    this.#deps.logger.warn({ err: error, ...this.where }, "could not decide what a client of MQTT may do");
    return false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#renewals[Symbol.asyncDispose]();
    await this.#ready;
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
  }
}
