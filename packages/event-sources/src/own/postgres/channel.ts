import type { Clock, Random } from "@hearth/kit";
import type { Client } from "pg";
import type { OpenQueue, QueueRecord, ReceiveOptions } from "../../eventSource.ts";
import { ownRecord } from "../ownRecord.ts";
import type { OwnPlace } from "../ownSource.ts";
import { PushedRecords } from "../pushedRecords.ts";
import { postgresClient } from "./postgresClient.ts";

interface ChannelDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/** Asks whether a connection on which nothing comes still stands. */
const PROBE_MS = 30_000;

/** Listens on a channel of PostgreSQL. A notification whose batch failed comes again from memory. */
export class Channel implements OpenQueue {
  readonly redeliversAtOnce = true;
  readonly #client: Client;
  readonly #records: PushedRecords;
  readonly #clock: Clock;
  #probe: Disposable | undefined;

  private constructor(client: Client, records: PushedRecords, clock: Clock) {
    this.#client = client;
    this.#records = records;
    this.#clock = clock;
    this.#probeLater();
  }

  /** Rejects when the server cannot be reached. */
  static async open(place: OwnPlace, { clock, random }: ChannelDeps): Promise<Channel> {
    const records = new PushedRecords(clock);
    const client = await postgresClient(place, (error) => records.fail(error));
    const name = place.rest.slice("channel/".length);
    client.on("notification", ({ channel, payload = "", processId }) => {
      const record = ownRecord(
        {
          messageId: random.uuid(),
          eventSource: "hearth:postgres",
          body: Buffer.from(payload),
          members: { channel, processId, timestamp: clock.now() },
        },
        place,
      );
      records.push({ ...record, receipt: record.id });
    });
    try {
      await client.query(`LISTEN ${client.escapeIdentifier(name)}`);
    } catch (error) {
      await client.end();
      throw error;
    }
    return new Channel(client, records, clock);
  }

  async receive(options: ReceiveOptions, signal: AbortSignal): Promise<readonly QueueRecord[]> {
    return await this.#records.take(options, signal);
  }

  async settle({ failed }: Parameters<OpenQueue["settle"]>[0]): Promise<void> {
    this.#records.giveBack(failed);
  }

  #probeLater(): void {
    this.#probe = this.#clock.after(PROBE_MS, () => {
      this.#client.query("SELECT 1").then(
        () => this.#probeLater(),
        (error: unknown) => this.#records.fail(error),
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#probe?.[Symbol.dispose]();
    await this.#client.end();
  }
}
