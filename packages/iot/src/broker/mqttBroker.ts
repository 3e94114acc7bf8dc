import type { Duplex } from "node:stream";
import type { Clock, Logger } from "@hearth/kit";
import type { IConnectPacket } from "mqtt-packet";
import type { BrokerSink } from "../brokerSink.ts";
import type { IotMetrics } from "../iotMetrics.ts";
import type { Publication } from "../publication.ts";
import { keyOf } from "../topicRules.ts";
import { AccountBroker, type AccountBrokerDeps } from "./accountBroker.ts";
import type { Device, DeviceDoor } from "./device.ts";
import { GuardedStream } from "./guardedStream.ts";
import { readConnect, refuse } from "./readConnect.ts";

export interface MqttBrokerDeps extends Omit<AccountBrokerDeps, "logger"> {
  readonly door: DeviceDoor;
  /** Clients at a time; one account may have half of them. */
  readonly maxConnections: number;
  readonly metrics: Pick<IotMetrics, "connected">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A connection that has arrived. */
export interface Arrival {
  readonly stream: Duplex;
  readonly sourceIp: string | undefined;
  /** Of a client that has proved that it has the key of this certificate. */
  readonly certificateId?: string | undefined;
}

const CONNECT_MS = 10_000;

/** The embedded broker of MQTT 3.1.1: finds out who a client is, and hands it to the broker of its account and region. */
export class MqttBroker implements BrokerSink, AsyncDisposable {
  readonly #deps: MqttBrokerDeps;
  readonly #accounts = new Map<string, AccountBroker>();
  readonly #connections = new Map<string, number>();
  readonly #open = new Set<Duplex>();
  #isClosed = false;

  constructor(deps: MqttBrokerDeps) {
    this.#deps = deps;
  }

  /** Serves a connection until it ends. Never rejects. */
  async accept({ stream: inner, sourceIp, certificateId }: Arrival): Promise<void> {
    const { maxConnections, logger } = this.#deps;
    inner.on("error", () => undefined); // it is closed then
    if (this.#isClosed || this.#open.size >= maxConnections) return void inner.destroy();
    const stream = new GuardedStream(inner);
    stream.on("error", () => undefined);
    this.#count(stream);
    try {
      const packet = await this.#readConnect(stream);
      if (packet.protocolVersion !== 4 && packet.protocolVersion !== 3) return refuse(stream, packet, "version");
      const device = await this.#deviceOf(packet, sourceIp, certificateId);
      if (!device || !this.#hasRoomFor(device, stream)) {
        logger.info({ sourceIp, clientId: packet.clientId }, "a client of MQTT was refused");
        return refuse(stream, packet, "credentials");
      }
      await this.#brokerOf(device).serve(stream, device, sourceIp);
    } catch (error) {
      logger.debug({ sourceIp, reason: String(error) }, "a connection of MQTT was closed before it said who it is");
      stream.destroy();
    }
  }

  deliver(publication: Publication): void {
    this.#accounts.get(keyOf(publication))?.deliver(publication);
  }

  /** Certificates, policies or keys of an account, or of all without a key, may have changed. */
  async checkClients(key: string | undefined): Promise<void> {
    const changed = key === undefined ? [...this.#accounts.values()] : [this.#accounts.get(key)];
    for (const broker of changed) {
      await broker?.checkClients().catch((error: unknown) => {
        this.#deps.logger.warn({ err: error }, "could not look whether credentials of clients of MQTT still hold");
      });
    }
  }

  async #readConnect(stream: Duplex): Promise<IConnectPacket> {
    const late = new AbortController();
    using _deadline = this.#deps.clock.after(CONNECT_MS, () => late.abort(new Error("CONNECT did not arrive in time")));
    return await readConnect(stream, late.signal);
  }

  async #deviceOf(
    { username, password }: IConnectPacket,
    sourceIp: string | undefined,
    certificateId: string | undefined,
  ): Promise<Device | undefined> {
    const { door } = this.#deps;
    if (certificateId !== undefined) return await door.byCertificate(certificateId, sourceIp);
    if (username === undefined || password === undefined) return undefined;
    return await door.byKey(username, Buffer.from(password), sourceIp);
  }

  #brokerOf(device: Device): AccountBroker {
    const { accountId, region } = device;
    const key = keyOf(device);
    let broker = this.#accounts.get(key);
    if (!broker) this.#accounts.set(key, (broker = new AccountBroker({ accountId, region }, this.#deps)));
    return broker;
  }

  #count(stream: Duplex): void {
    this.#open.add(stream);
    this.#deps.metrics.connected(this.#open.size);
    stream.once("close", () => {
      this.#open.delete(stream);
      this.#deps.metrics.connected(this.#open.size);
    });
  }

  #hasRoomFor({ accountId }: Device, stream: Duplex): boolean {
    const present = this.#connections.get(accountId) ?? 0;
    if (present >= this.#deps.maxConnections / 2) return false;
    this.#connections.set(accountId, present + 1);
    stream.once("close", () => {
      const left = (this.#connections.get(accountId) ?? 1) - 1;
      if (left > 0) this.#connections.set(accountId, left);
      else this.#connections.delete(accountId);
    });
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#accounts.values()].map((broker) => broker[Symbol.asyncDispose]()));
    for (const stream of this.#open) stream.destroy();
  }
}
