import { BackgroundLoop, type Clock, endOfCut, type Logger } from "@hearth/kit";
import type { LogEvent, LogSink, LogStreamName, ServiceUsagePort } from "@hearth/model";
import { isConnectionLoss, isForeignKeyViolation } from "../postgres/databaseErrors.ts";
import type { LogChunk, LogChunkStore } from "./logChunks.ts";
import type { LogStreamIds, LogStreamStore } from "./logStreams.ts";

export interface LogWriterDeps {
  readonly chunks: Pick<LogChunkStore, "insert">;
  readonly streams: Pick<LogStreamStore, "ensure">;
  /** Told of the bytes that were stored, as CloudWatch Logs counts them. */
  readonly usage?: ServiceUsagePort;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What may wait in memory, all streams together: 32 MiB by default. */
  readonly maxPendingBytes?: number;
  /** 200,000 by default. */
  readonly maxPendingLines?: number;
}

const FLUSH_MS = 1000;
const FLUSH_BYTES = 262_144;
/** Of one stream: a function that floods the log does not push out the others. */
const MAX_STREAM_BYTES = 8 * 1_048_576;
const MAX_STREAM_LINES = 50_000;
/** A row, and what is written in one statement: each is made without a pause of the event loop. */
const MAX_CHUNK_LINES = 5_000;
const INSERT_BYTES = 4 * 1_048_576;
/** AWS's largest event. */
const MAX_MESSAGE_LENGTH = 262_118;
const EVENT_OVERHEAD_BYTES = 26;
const HALF_A_DAY_MS = 43_200_000;
const STREAMS_PER_INSERT = 64;
const MAX_KNOWN_STREAMS = 20_000;

interface Pending {
  readonly key: string;
  readonly stream: LogStreamName;
  events: LogEvent[];
  bytes: number;
  droppedLines: number;
}

/**
 * Writes log lines behind: a stream's lines wait at most a second or 256 KiB, then go to PostgreSQL as one compressed row. Groups and streams
 * are made on demand. While PostgreSQL cannot be reached they wait, in bounded memory; what does not fit is dropped, counted, and
 * said in the log itself. Disposal writes what waits.
 */
export class LogWriter implements LogSink, AsyncDisposable {
  readonly #deps: LogWriterDeps;
  readonly #maxPendingBytes: number;
  readonly #maxPendingLines: number;
  readonly #known = new Map<string, LogStreamIds>();
  readonly #loop: BackgroundLoop;
  #waiting = new Map<string, Pending>();
  #bytes = 0;
  #lines = 0;
  #droppedLines = 0;

  constructor(deps: LogWriterDeps) {
    this.#deps = deps;
    this.#maxPendingBytes = deps.maxPendingBytes ?? 32 * 1_048_576;
    this.#maxPendingLines = deps.maxPendingLines ?? 200_000;
    this.#loop = new BackgroundLoop("log writer", FLUSH_MS, () => this.flush(), deps);
  }

  /** Lines that did not fit since the start. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  append(stream: LogStreamName, events: readonly LogEvent[]): void {
    const key = `${stream.accountId} ${stream.region} ${stream.logGroupName} ${stream.logStreamName}`;
    let pending = this.#waiting.get(key);
    if (!pending) this.#waiting.set(key, (pending = { key, stream, events: [], bytes: 0, droppedLines: 0 }));
    const before = pending.bytes;
    for (const event of events) {
      if (event.message.length <= MAX_MESSAGE_LENGTH) this.#add(pending, event);
      else for (const part of partsOf(event)) this.#add(pending, part);
    }
    if (before < FLUSH_BYTES && pending.bytes >= FLUSH_BYTES) this.#loop.wake();
  }

  #add(pending: Pending, event: LogEvent): void {
    const size = event.message.length + EVENT_OVERHEAD_BYTES;
    if (
      pending.bytes + size > MAX_STREAM_BYTES ||
      pending.events.length >= MAX_STREAM_LINES ||
      this.#bytes + size > this.#maxPendingBytes ||
      this.#lines >= this.#maxPendingLines
    ) {
      pending.droppedLines++;
      this.#droppedLines++;
      return;
    }
    pending.events.push(event);
    pending.bytes += size;
    this.#bytes += size;
    this.#lines++;
  }

  /** Writes what waits now. While PostgreSQL cannot be reached it goes on waiting, and this rejects with the reason. */
  async flush(): Promise<void> {
    const left = new Set(this.#waiting.values());
    this.#waiting = new Map();
    try {
      for (const batch of batchesOf([...left])) await this.#writeAll(batch, left);
    } catch (error) {
      for (const pending of left) this.#takeBack(pending);
      throw error;
    }
  }

  /**
   * Takes out of `left` what is written. What PostgreSQL refuses for its data is dropped and logged, alone: it would be refused again. Rejects
   * when PostgreSQL cannot be reached.
   */
  async #writeAll(batch: readonly Pending[], left: Set<Pending>): Promise<void> {
    try {
      await this.#write(batch);
      this.#countUsage(batch);
    } catch (error) {
      if (isConnectionLoss(error)) throw error;
      if (batch.length > 1) {
        for (const pending of batch) await this.#writeAll([pending], left);
        return;
      }
      const lines = batch.reduce((sum, { events }) => sum + events.length, 0);
      this.#droppedLines += lines;
      const stream = batch[0]?.stream;
      this.#deps.logger.error(
        { err: error, stream, lines },
        "lines of a function's log cannot be stored; they were dropped",
      );
    }
    for (const pending of batch) {
      left.delete(pending);
      this.#bytes -= pending.bytes;
      this.#lines -= pending.events.length;
    }
  }

  #countUsage(batch: readonly Pending[]): void {
    const at = this.#deps.clock.now();
    for (const { stream, events } of batch) {
      const { accountId, region, logGroupName } = stream;
      const quantity = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES, 0);
      if (quantity === 0) continue;
      const usage = { service: "logs", unit: "IngestedBytes", quantity, resource: logGroupName };
      this.#deps.usage?.record({ at, accountId, region, ...usage });
    }
  }

  async #write(batch: readonly Pending[]): Promise<void> {
    try {
      await this.#insert(batch);
    } catch (error) {
      if (!isForeignKeyViolation(error)) throw error;
      // A group or stream was deleted while its function goes on logging: as on AWS it is made again.
      for (const { key } of batch) this.#known.delete(key);
      await this.#insert(batch);
    }
  }

  async #insert(batch: readonly Pending[]): Promise<void> {
    const now = this.#deps.clock.now();
    const strangers = batch.filter(({ key }) => !this.#known.has(key));
    if (strangers.length > 0) {
      if (this.#known.size > MAX_KNOWN_STREAMS) this.#known.clear();
      const streams = this.#known.size === 0 ? batch : strangers;
      const ids = await this.#deps.streams.ensure(
        streams.map(({ stream }) => stream),
        now,
      );
      streams.forEach(({ key }, i) => this.#known.set(key, ids[i] as LogStreamIds));
    }
    const chunks = batch.flatMap((pending) => chunksOf(pending, this.#known.get(pending.key) as LogStreamIds, now));
    await this.#deps.chunks.insert(chunks, now);
  }

  #takeBack(pending: Pending): void {
    const newer = this.#waiting.get(pending.key);
    if (newer) {
      pending.events = pending.events.concat(newer.events);
      pending.bytes += newer.bytes;
      pending.droppedLines += newer.droppedLines;
    }
    this.#waiting.set(pending.key, pending);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    try {
      await this.flush();
    } catch (error) {
      this.#deps.logger.error(
        { err: error, bytes: this.#bytes },
        "function logs that were waiting could not be written",
      );
    }
  }
}

/** A stream's lines as rows of 256 KiB, 5,000 lines and a day at most, with a last line about those that were dropped. */
function chunksOf({ events, droppedLines }: Pending, ids: LogStreamIds, now: number): LogChunk[] {
  const all =
    droppedLines === 0
      ? events
      : [
          ...events,
          {
            timestamp: now,
            message: `HEARTH ${droppedLines} log lines were dropped here: they came faster than they could be written.`,
          },
        ];
  const chunks: LogChunk[] = [];
  let part: LogEvent[] = [];
  let bytes = 0;
  const close = (): void => {
    if (part.length > 0) chunks.push({ ...ids, events: part });
    part = [];
    bytes = 0;
  };
  for (const event of all) {
    if (Math.abs(event.timestamp - (part[0]?.timestamp ?? event.timestamp)) > HALF_A_DAY_MS) close();
    part.push(event);
    bytes += event.message.length + EVENT_OVERHEAD_BYTES;
    if (bytes >= FLUSH_BYTES || part.length >= MAX_CHUNK_LINES) close();
  }
  close();
  return chunks;
}

/** Streams whose lines are written in one statement. */
function* batchesOf(streams: readonly Pending[]): Generator<readonly Pending[]> {
  let batch: Pending[] = [];
  let bytes = 0;
  for (const pending of streams) {
    if (batch.length >= STREAMS_PER_INSERT || (batch.length > 0 && bytes + pending.bytes > INSERT_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(pending);
    bytes += pending.bytes;
  }
  if (batch.length > 0) yield batch;
}

function* partsOf({ timestamp, message }: LogEvent): Generator<LogEvent> {
  for (let rest = message; rest !== "";) {
    const end = endOfCut(rest, MAX_MESSAGE_LENGTH);
    yield { timestamp, message: rest.slice(0, end) };
    rest = rest.slice(end);
  }
}
