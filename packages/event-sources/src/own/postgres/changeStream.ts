import type { Clock } from "@hearth/kit";
import type { MappedSource, OpenStream, ReadOptions, ReadResult, Shard } from "../../eventSource.ts";
import type { OwnPlace } from "../ownSource.ts";
import { parseLsn, positionText } from "./lsn.ts";
import type { Table } from "./pgoutput.ts";
import { replicationClient, withClient } from "./postgresClient.ts";
import { Replication } from "./replication.ts";
import { createSlot, slotOf, takeSlot } from "./slot.ts";

/** The only shard: changes have one order. */
const SHARD: Shard = { id: "changes" };
const IN_USE = "55006";
const UNDEFINED_OBJECT = "42704";

/** What a mapping reads: `changes/<publication>[/<schema>.<table>,…]`. */
export interface ChangesOf {
  readonly publication: string;
  /** Absent: all tables of the publication. */
  readonly tables?: ReadonlySet<string>;
}

export function changesOf({ rest }: Pick<OwnPlace, "rest">): ChangesOf {
  const [, publication = "", tables] = /^changes\/([^/]+)(?:\/(.+))?$/s.exec(rest) ?? [];
  return { publication, ...(tables !== undefined && { tables: new Set(tables.split(",")) }) };
}

export interface ChangeStreamOptions {
  readonly clock: Clock;
  /** How often the server hears how far its changes were processed. */
  readonly statusMs: number;
}

/**
 * The changes of tables of a PostgreSQL server, by logical replication, in the order in which their transactions were committed. The server keeps its log for
 * the mapping's slot from the position up to which the pipeline has processed and stored everything.
 */
export class ChangeStream implements OpenStream {
  readonly #mapping: MappedSource;
  readonly #place: OwnPlace;
  readonly #options: ChangeStreamOptions;
  #replication: Replication | undefined;

  constructor(mapping: MappedSource, place: OwnPlace, options: ChangeStreamOptions) {
    this.#mapping = mapping;
    this.#place = place;
    this.#options = options;
  }

  async shards(): Promise<readonly Shard[]> {
    return [SHARD];
  }

  /** Creates the slot of the mapping, so that the server keeps its log from now on. */
  async begin(_shard: string, _at: unknown, signal: AbortSignal): Promise<string> {
    const lsn = await withClient(this.#place, signal, (client) => createSlot(client, slotOf(this.#mapping)));
    return positionText({ lsn: parseLsn(lsn), changes: 0 });
  }

  async read(_shard: string, position: string, options: ReadOptions, signal: AbortSignal): Promise<ReadResult> {
    const slot = slotOf(this.#mapping);
    for (let attempt = 1; ; attempt++) {
      if (this.#replication?.position !== position) {
        await this.#close();
        this.#replication = await this.#open(position, signal);
      }
      try {
        return await this.#replication.take(options, signal);
      } catch (error) {
        await this.#close();
        if (!isCode(error, IN_USE) || attempt > 1) throw reasonOf(error, slot);
        // This process owns the mapping, so the connection that reads the slot is of one that has lost it.
        await withClient(this.#place, signal, (client) => takeSlot(client, slot));
      }
    }
  }

  async #open(position: string, signal: AbortSignal): Promise<Replication> {
    const opened: { replication?: Replication } = {};
    const client = await replicationClient(this.#place, (error) => opened.replication?.fail(error));
    const { publication, tables } = changesOf(this.#place);
    const replication = new Replication(client, position, {
      place: this.#place,
      slot: slotOf(this.#mapping),
      publication,
      wants: ({ schema, name }: Table) => tables?.has(`${schema}.${name}`) ?? true,
      ...this.#options,
    });
    opened.replication = replication;
    if (signal.aborted) await replication[Symbol.asyncDispose]();
    return replication;
  }

  async committed(_shard: string, position: string): Promise<void> {
    this.#replication?.confirm(position);
  }

  async #close(): Promise<void> {
    await this.#replication?.[Symbol.asyncDispose]();
    this.#replication = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}

function reasonOf(error: unknown, slot: string): unknown {
  if (!isCode(error, UNDEFINED_OBJECT) || !(error instanceof Error) || !error.message.includes(slot)) return error;
  return new Error(
    `The replication slot ${slot} does not exist any longer, and changes since it was dropped are lost. Delete the mapping and make it again to go on with new changes.`,
    { cause: error },
  );
}
