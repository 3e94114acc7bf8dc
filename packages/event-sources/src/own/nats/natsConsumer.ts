import type { Clock } from "@hearth/kit";
import type { Consumer, JsMsg } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { MappedSource, OpenQueue, QueueRecord, ReceiveOptions } from "../../eventSource.ts";
import { ownRecord } from "../ownRecord.ts";
import type { SecurePlace } from "../ownSource.ts";

export interface NatsOptions {
  readonly leaseMs: number;
  readonly clock: Clock;
}

const CONNECT_MS = 5_000;
/** One request of the server waits so long for messages; the server accepts no shorter one than a second. */
const MAX_WAIT_MS = 30_000;
const MIN_WAIT_MS = 1_000;
const NO_CONSUMER = "consumer not found";

/**
 * A durable consumer of a stream. A message stays with its receiver while the lease is extended; one that failed comes again at once, and one of a process that
 * has died after the lease.
 */
export class NatsConsumer implements OpenQueue {
  readonly leaseMs: number;
  readonly redeliversAtOnce = true;
  readonly #nats: NatsConnection;
  readonly #consumer: Consumer;
  readonly #place: SecurePlace;
  readonly #clock: Clock;
  /** Messages that were received and not settled. */
  readonly #messages = new Map<string, JsMsg>();

  private constructor(nats: NatsConnection, consumer: Consumer, place: SecurePlace, { leaseMs, clock }: NatsOptions) {
    this.#nats = nats;
    this.#consumer = consumer;
    this.#place = place;
    this.leaseMs = leaseMs;
    this.#clock = clock;
  }

  /** Makes the consumer where there is none. Rejects when the server cannot be reached, or does not have the stream. */
  static async open(mapping: MappedSource, place: SecurePlace, options: NatsOptions): Promise<NatsConsumer> {
    const { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } = await import("@nats-io/jetstream");
    const { stream, subject, durable } = namesOf(mapping, place);
    const { StartingPosition, StartingPositionTimestamp = 0 } = mapping.settings;
    const start = {
      TRIM_HORIZON: { deliver_policy: DeliverPolicy.All },
      LATEST: { deliver_policy: DeliverPolicy.New },
      AT_TIMESTAMP: {
        deliver_policy: DeliverPolicy.StartTime,
        opt_start_time: new Date(StartingPositionTimestamp * 1000).toISOString(),
      },
    }[StartingPosition ?? "TRIM_HORIZON"];
    const nats = await connection(place);
    try {
      const manager = await jetstreamManager(nats);
      const found = await manager.consumers.info(stream, durable).catch((error: unknown) => {
        if (error instanceof Error && error.message.includes(NO_CONSUMER)) return undefined;
        throw error;
      });
      if (!found) {
        await manager.consumers.add(stream, {
          durable_name: durable,
          ack_policy: AckPolicy.Explicit,
          ack_wait: options.leaseMs * 1_000_000,
          ...start,
          ...(subject !== undefined && { filter_subject: subject }),
        });
      }
      const consumer = await jetstream(nats).consumers.get(stream, durable);
      return new NatsConsumer(nats, consumer, place, options);
    } catch (error) {
      await nats.close();
      throw error;
    }
  }

  /** Deletes the consumer of a mapping. */
  static async forget(mapping: MappedSource, place: SecurePlace): Promise<void> {
    const { jetstreamManager } = await import("@nats-io/jetstream");
    const { stream, durable } = namesOf(mapping, place);
    const nats = await connection(place);
    try {
      await (await jetstreamManager(nats)).consumers.delete(stream, durable);
    } catch (error) {
      if (!(error instanceof Error && error.message.includes(NO_CONSUMER))) throw error;
    } finally {
      await nats.close();
    }
  }

  async receive({ limit, waitMs }: ReceiveOptions, signal: AbortSignal): Promise<readonly QueueRecord[]> {
    const endMs = this.#clock.monotonicMs() + waitMs;
    while (!signal.aborted) {
      const records = await this.#fetch(limit, endMs - this.#clock.monotonicMs(), signal);
      if (records.length > 0 || this.#clock.monotonicMs() >= endMs) return records;
    }
    return [];
  }

  /** Waits for the first message, and takes the others that were not delivered yet. */
  async #fetch(limit: number, waitMs: number, signal: AbortSignal): Promise<readonly QueueRecord[]> {
    if (this.#nats.isClosed())
      throw (await this.#nats.closed()) ?? new Error("The connection to the server is closed.");
    // The library sends half of it as a whole number.
    const expires = 2 * Math.floor(Math.max(MIN_WAIT_MS, Math.min(MAX_WAIT_MS, waitMs)) / 2);
    const first = waitMs > 0 ? await this.#next(expires, signal) : undefined;
    if (waitMs > 0 && !first) return [];
    const more = limit - (first ? 1 : 0);
    const records = first ? [first] : [];
    if (more === 0) return records;
    const pending = (await this.#consumer.info()).num_pending;
    const max_messages = Math.min(more, pending);
    if (max_messages === 0) return records;
    for await (const message of await this.#consumer.fetch({ max_messages, expires: MIN_WAIT_MS })) {
      records.push(this.#record(message));
    }
    return records;
  }

  async #next(expires: number, signal: AbortSignal): Promise<QueueRecord | undefined> {
    const messages = await this.#consumer.fetch({ max_messages: 1, expires });
    const onAbort = (): void => void messages.close();
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    try {
      for await (const message of messages) return this.#record(message);
      return undefined;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #record(message: JsMsg): QueueRecord {
    const { seq, subject, data, headers, time, info } = message;
    const messageId = String(seq);
    this.#messages.set(messageId, message);
    const record = ownRecord(
      {
        messageId,
        eventSource: "hearth:nats",
        body: data,
        members: {
          stream: info.stream,
          subject,
          timestamp: time.getTime(),
          deliveryCount: info.deliveryCount,
          headers: Object.fromEntries((headers?.keys() ?? []).map((name) => [name, headers?.values(name) ?? []])),
        },
      },
      this.#place,
    );
    return { ...record, receipt: messageId };
  }

  async settle({ done, failed }: Parameters<OpenQueue["settle"]>[0]): Promise<void> {
    for (const { receipt } of failed) this.#messages.get(receipt)?.nak();
    const acknowledging = done.map(async ({ receipt }) => await this.#messages.get(receipt)?.ackAck());
    await Promise.all(acknowledging);
    for (const { receipt } of [...done, ...failed]) this.#messages.delete(receipt);
  }

  async extend(records: readonly QueueRecord[]): Promise<void> {
    for (const { receipt } of records) this.#messages.get(receipt)?.working();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#nats.isClosed()) return;
    for (const message of this.#messages.values()) message.nak();
    await this.#nats.flush().catch(() => undefined); // the server is gone: the messages come again after their lease
    await this.#nats.close();
  }
}

function namesOf({ UUID }: MappedSource, { rest }: SecurePlace) {
  const slash = rest.indexOf("/");
  const durable = `hearth-${UUID}`;
  return slash < 0
    ? { stream: rest, subject: undefined, durable }
    : { stream: rest.slice(0, slash), subject: rest.slice(slash + 1), durable };
}

/** It does not connect again by itself: the pipeline opens a source anew after an error, and shows the error. */
async function connection({ url, authorities, client }: SecurePlace): Promise<NatsConnection> {
  const { connect } = await import("@nats-io/transport-node");
  const { host, username, password, protocol } = new URL(url);
  const user = decodeURIComponent(username);
  return await connect({
    servers: host,
    reconnect: false,
    timeout: CONNECT_MS,
    ...(user !== "" && password === "" && { token: user }),
    ...(password !== "" && { user, pass: decodeURIComponent(password) }),
    ...(protocol === "tls:" && { tls: { ca: authorities.join("\n"), ...client } }),
  });
}
