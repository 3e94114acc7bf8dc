import type { Clock } from "@hearth/kit";
import type { Client, Connection, Submittable } from "pg";
import type { ReadOptions, ReadResult, StreamRecord } from "../../eventSource.ts";
import type { OwnPlace } from "../ownSource.ts";
import { type Change, changeRecord, type Transaction } from "./changeRecord.ts";
import { lsnText, parsePosition, positionText } from "./lsn.ts";
import { PgoutputDecoder, type PgoutputMessage, POSTGRES_EPOCH_MS, type Table } from "./pgoutput.ts";

export interface ReplicationOptions {
  readonly place: Pick<OwnPlace, "arn" | "region">;
  readonly slot: string;
  readonly publication: string;
  /** Whether changes of a table are read. */
  readonly wants: (table: Table) => boolean;
  readonly clock: Clock;
  /** How often the server hears how far its changes were processed; its own limit for silence (`wal_sender_timeout`) is a minute. */
  readonly statusMs: number;
}

interface Waiting {
  /** Absent where only the position moves. */
  readonly record?: StreamRecord;
  position: string;
  readonly bytes: number;
}

/** The server answers each status that asks for it; after so long without anything from it the connection is dead. */
const SILENT_MS = 40_000;
/** The socket is not read while so much waits here. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
const WAL_DATA = 0x77;
const KEEPALIVE = 0x6b;
const WAL_HEADER = 25;

/**
 * Changes that a server streams from a replication slot. They wait here until they are taken, as many as fit into a few megabytes: then the socket is paused, so that a
 * large transaction stays on the server. The server keeps its log from the position that was confirmed last.
 */
export class Replication implements Submittable, AsyncDisposable {
  readonly #client: Client;
  readonly #options: ReplicationOptions;
  readonly #decoder = new PgoutputDecoder();
  readonly #start: ReturnType<typeof parsePosition>;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #connection: Connection | undefined;
  #isPaused = false;
  #failure: { readonly error: Error } | undefined;
  #changed = Promise.withResolvers<void>();
  #transaction: (Transaction & { changes: number; records: number }) | undefined;
  #taken: string;
  #confirmed: string;
  /** Everything before it was sent to this client, or is of no interest to it. */
  #sentLsn: bigint;
  #heardAtMs: number;
  #timer: Disposable | undefined;

  /** `client` must be connected for replication, and belongs to this object from now on. */
  constructor(client: Client, position: string, options: ReplicationOptions) {
    this.#client = client;
    this.#options = options;
    this.#start = parsePosition(position);
    this.#taken = position;
    this.#confirmed = position;
    this.#sentLsn = this.#start.lsn;
    this.#heardAtMs = options.clock.monotonicMs();
    client.query(this);
    this.#statusLater();
  }

  /** The position up to which changes were taken. */
  get position(): string {
    return this.#taken;
  }

  /** Called by the library when the connection is free. */
  submit(connection: Connection): void {
    this.#connection = connection;
    const { slot, publication } = this.#options;
    const names = `"${publication.replaceAll('"', '""')}"`.replaceAll("'", "''");
    connection.query(
      `START_REPLICATION SLOT "${slot}" LOGICAL ${lsnText(this.#start.lsn)} (proto_version '1', publication_names '${names}')`,
    );
  }

  /** Called by the library with each message of the stream. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    this.#heardAtMs = this.#options.clock.monotonicMs();
    try {
      if (chunk[0] === WAL_DATA) this.#take(this.#decoder.decode(chunk.subarray(WAL_HEADER)));
      else if (chunk[0] === KEEPALIVE) {
        this.#sent(chunk.readBigInt64BE(1));
        if (chunk[17] === 1) this.#sendStatus(false);
      }
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Called by the library when the server has ended the stream with an error. */
  handleError(error: Error): void {
    this.fail(error);
  }

  /** Called by the library when the server has ended the stream. */
  handleCommandComplete(): void {
    this.fail(new Error("The server has ended the replication."));
  }

  /** Called by the library after that. */
  handleReadyForQuery(): void {
    this.handleCommandComplete();
  }

  /** The connection has failed: `take` rejects from now on. */
  fail(error: Error): void {
    this.#failure ??= { error };
    this.#wake();
  }

  /** Resolves with the next changes; with none when only the position has moved, or when `signal` aborts. */
  async take({ limit, maxBytes }: ReadOptions, signal: AbortSignal): Promise<ReadResult> {
    const aborted = Promise.withResolvers<void>();
    const onAbort = (): void => aborted.resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      while (this.#waiting.length === 0 && !signal.aborted) {
        if (this.#failure) throw this.#failure.error;
        await Promise.race([this.#changed.promise, aborted.promise]);
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    const records: StreamRecord[] = [];
    let bytes = 0;
    while (!signal.aborted && records.length < limit) {
      const [next] = this.#waiting;
      if (!next || (records.length > 0 && bytes + next.bytes > maxBytes)) break;
      this.#waiting.shift();
      bytes += next.bytes;
      if (next.record) records.push({ ...next.record, position: next.position });
      this.#taken = next.position;
    }
    this.#waitingBytes -= bytes;
    if (this.#isPaused && this.#waitingBytes < MAX_WAITING_BYTES / 2) {
      this.#isPaused = false;
      this.#heardAtMs = this.#options.clock.monotonicMs();
      this.#connection?.stream.resume();
    }
    return { records, position: this.#taken };
  }

  /** The server need not keep what is before `position`. */
  confirm(position: string): void {
    this.#confirmed = position;
    this.#sendStatus(false);
  }

  #take(message: PgoutputMessage): void {
    switch (message.kind) {
      case "begin":
        this.#transaction = { ...message, changes: 0, records: 0 };
        break;
      case "commit":
        this.#committed(message.endLsn);
        break;
      case "insert":
        this.#change({ operation: "insert", table: message.table, after: message.after });
        break;
      case "update":
        this.#change({ operation: "update", table: message.table, before: message.before, after: message.after });
        break;
      case "delete":
        this.#change({ operation: "delete", table: message.table, before: message.before });
        break;
      case "truncate":
        for (const table of message.tables) this.#change({ operation: "truncate", table });
        break;
      case "other":
        break;
    }
  }

  #change(change: Change): void {
    const transaction = this.#transaction;
    if (!transaction) throw new Error("the server has sent a change outside of a transaction");
    // Counted also when it is not wanted, so that positions mean the same whatever tables are read.
    const number = ++transaction.changes;
    const { lsn, changes } = this.#start;
    const wasRead = transaction.commitLsn === lsn && number <= changes;
    if (wasRead || !this.#options.wants(change.table)) return;
    transaction.records++;
    const record = changeRecord(change, transaction, number, this.#options.place);
    const bytes = Buffer.byteLength(record.json);
    this.#waiting.push({ record, position: record.position, bytes });
    this.#waitingBytes += bytes;
    if (!this.#isPaused && this.#waitingBytes >= MAX_WAITING_BYTES) {
      this.#isPaused = true;
      this.#connection?.stream.pause();
    }
    this.#wake();
  }

  #committed(endLsn: bigint): void {
    const { records = 0 } = this.#transaction ?? {};
    this.#transaction = undefined;
    const position = positionText({ lsn: endLsn, changes: 0 });
    const last = this.#waiting.at(-1);
    if (records > 0 && last) last.position = position;
    else if (records > 0) {
      this.#waiting.push({ position, bytes: 0 });
      this.#wake();
    } else this.#sent(endLsn);
  }

  #sent(lsn: bigint): void {
    if (lsn > this.#sentLsn) this.#sentLsn = lsn;
  }

  /** When nothing that was sent is unprocessed, the server need not keep what it sent of other tables and databases either. */
  get #processedLsn(): bigint {
    const { lsn } = parsePosition(this.#confirmed);
    const isIdle = this.#waiting.length === 0 && this.#taken === this.#confirmed;
    return isIdle && this.#sentLsn > lsn ? this.#sentLsn : lsn;
  }

  #statusLater(): void {
    const { clock, statusMs } = this.#options;
    this.#timer = clock.after(statusMs, () => {
      if (!this.#isPaused && clock.monotonicMs() - this.#heardAtMs > SILENT_MS) {
        this.fail(new Error("The server does not answer any longer."));
        return;
      }
      this.#sendStatus(true);
      this.#statusLater();
    });
  }

  #sendStatus(wantsAnswer: boolean): void {
    if (!this.#connection || this.#failure) return;
    const status = Buffer.alloc(34);
    const lsn = this.#processedLsn;
    status[0] = 0x72;
    for (const at of [1, 9, 17]) status.writeBigInt64BE(lsn, at); // written, flushed, applied
    status.writeBigInt64BE(BigInt(this.#options.clock.now() - POSTGRES_EPOCH_MS) * 1000n, 25);
    status[33] = wantsAnswer ? 1 : 0;
    (this.#connection as Connection & { sendCopyFromChunk(chunk: Buffer): void }).sendCopyFromChunk(status);
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.fail(new Error("the changes are not read any longer"));
    await this.#client.end();
  }
}
