import { BackgroundLoop, type Clock, endOfCut, type Logger } from "@hearth/kit";
import type { LogEvent, LogSink, LogStreamName, ServiceUsagePort } from "@hearth/model";
import { isConnectionLoss, isForeignKeyViolation } from "../postgres/databaseErrors.ts";
import type { LogChunk, LogChunkStore } from "./logChunks.ts";
import type { LogStreamIds, LogStreamStore } from "./logStreams.ts";
import { mergeLineages } from "./mergeLineages.ts";

export interface LogWriterDeps {
  readonly chunks: Pick<LogChunkStore, "insert">;
  readonly streams: Pick<LogStreamStore, "ensure">;
  /** Receives the number of bytes stored, as CloudWatch Logs counts them. */
  readonly usage?: ServiceUsagePort;
  /** Called with the lines of a stream once they are stored. */
  readonly onStored?: (stream: LogStreamName, events: readonly LogEvent[]) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The most bytes that may wait in memory, for all streams together. Default: 32 MiB. */
  readonly maxPendingBytes?: number;
  /** Default: 200,000. */
  readonly maxPendingLines?: number;
}

const FLUSH_MS = 1000;
const FLUSH_BYTES = 262_144;
/** Limit per stream, so that a function that floods the log does not displace the lines of others. */
const MAX_STREAM_BYTES = 8 * 1_048_576;
const MAX_STREAM_LINES = 50_000;
/** Limits of one row and of one statement, small enough to build each without blocking the event loop noticeably. */
const MAX_CHUNK_LINES = 5_000;
const INSERT_BYTES = 4 * 1_048_576;
/** The size of AWS's largest event. */
const MAX_MESSAGE_LENGTH = 262_118;
const EVENT_OVERHEAD_BYTES = 26;
const HALF_A_DAY_MS = 43_200_000;
const STREAMS_PER_INSERT = 64;
const MAX_KNOWN_STREAMS = 20_000;
/** Different ones in one flush of one stream; invocations that nothing else caused have all the same. */
const MAX_LINEAGES = 1_000;

interface Pending {
  readonly key: string;
  readonly stream: LogStreamName;
  events: LogEvent[];
  bytes: number;
  droppedLines: number;
  /** Of the invocations that wrote the events. */
  readonly lineages: Set<string>;
}

/**
 * Writes log lines asynchronously: a stream's lines wait at most a second or until there are 256 KiB, then go to PostgreSQL as one compressed row.
 * Creates groups and streams on demand. While PostgreSQL cannot be reached, lines wait in bounded memory; lines that do not fit are dropped and
 * counted, and a line in the log itself says so. Disposal writes the waiting lines.
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

  /** Lines dropped since the start: they did not fit, or PostgreSQL refused them. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  append(stream: LogStreamName, events: readonly LogEvent[], lineage?: string): void {
    const key = `${stream.accountId} ${stream.region} ${stream.logGroupName} ${stream.logStreamName}`;
    let pending = this.#waiting.get(key);
    if (!pending) {
      pending = { key, stream, events: [], bytes: 0, droppedLines: 0, lineages: new Set() };
      this.#waiting.set(key, pending);
    }
    if (lineage !== undefined && pending.lineages.size < MAX_LINEAGES) pending.lineages.add(lineage);
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

  /** Writes the waiting lines now. While PostgreSQL cannot be reached, the lines keep waiting, and this rejects with the reason. */
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
   * Writes `batch` and removes it from `left`. When PostgreSQL refuses the data, writes each stream alone, and drops and logs only a stream that is
   * refused again, because a retry would fail too. Rejects when PostgreSQL cannot be reached.
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
      this.#deps.onStored?.(stream, events);
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
      // A group or stream was deleted while its function still logs: it is created again, as on AWS.
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
      for (const lineage of newer.lineages) pending.lineages.add(lineage);
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

/** Splits a stream's lines into rows of at most 256 KiB, 5,000 lines and a day, and adds a last line about dropped lines. */
function chunksOf({ events, droppedLines, lineages }: Pending, ids: LogStreamIds, now: number): LogChunk[] {
  const lineage = mergeLineages(lineages);
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
    if (part.length > 0) chunks.push({ ...ids, events: part, lineage });
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

/** Splits `streams` into batches; the lines of a batch are written in one statement. */
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
