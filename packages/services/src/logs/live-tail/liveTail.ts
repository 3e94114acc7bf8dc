import type { LogPattern } from "@hearth/patterns";
import type { LogGroupRecord, StoredLogChunk } from "@hearth/store";
import type { LogsDeps } from "../deps.ts";
import { matchInThread } from "../filters/matchInThread.ts";

export interface LiveTailOptions {
  readonly accountId: string;
  readonly groups: readonly LogGroupRecord[];
  readonly streamNames?: readonly string[] | undefined;
  readonly streamPrefixes?: readonly string[] | undefined;
  readonly pattern: LogPattern;
  /** The pattern's text. */
  readonly patternText: string;
}

/** One event, as a session's update has it. */
export interface LiveTailEvent {
  readonly logStreamName: string;
  readonly logGroupIdentifier: string;
  readonly message: string;
  readonly timestamp: number;
  readonly ingestionTime: number;
}

export interface LiveTailUpdate {
  /** There were more than AWS's limit for one update. */
  readonly isSampled: boolean;
  readonly events: readonly LiveTailEvent[];
}

/** AWS's limit of events of one update, which comes every second. */
const MAX_EVENTS = 500;
const CHUNKS_AT_ONCE = 64;
/** Chunks whose transactions commit later than those of chunks with larger numbers are found within so many numbers. */
const MARGIN = 1_000n;
const MAX_STREAM_NAMES = 10_000;

type TailDeps = Pick<LogsDeps, "chunks" | "streams" | "threads">;

/** Follows log groups: `next` has what has arrived since the last call. */
export class LiveTail {
  readonly #deps: TailDeps;
  readonly #options: LiveTailOptions;
  readonly #names = new Map<bigint, string>();
  #known = new Set<bigint>();
  #from: bigint;
  #last: bigint;

  private constructor(deps: TailDeps, options: LiveTailOptions, last: bigint) {
    this.#deps = deps;
    this.#options = options;
    this.#from = last;
    this.#last = last;
  }

  static async open(deps: TailDeps, options: LiveTailOptions): Promise<LiveTail> {
    return new LiveTail(deps, options, await deps.chunks.lastSeq());
  }

  async next(): Promise<LiveTailUpdate> {
    const events: LiveTailEvent[] = [];
    let isSampled = false;
    for (const group of this.#options.groups) {
      const chunks = await this.#deps.chunks.arrived(group.id, this.#from, [...this.#known], CHUNKS_AT_ONCE);
      isSampled ||= chunks.length === CHUNKS_AT_ONCE;
      for (const chunk of chunks) {
        this.#known.add(chunk.seq);
        if (chunk.seq > this.#last) this.#last = chunk.seq;
        if (events.length < MAX_EVENTS) events.push(...(await this.#eventsOf(group, chunk)));
        else isSampled = true;
      }
    }
    if (this.#last - MARGIN > this.#from) {
      this.#from = this.#last - MARGIN;
      this.#known = new Set([...this.#known].filter((seq) => seq > this.#from));
    }
    isSampled ||= events.length > MAX_EVENTS;
    return { isSampled, events: events.slice(0, MAX_EVENTS).toSorted((a, b) => a.timestamp - b.timestamp) };
  }

  async #eventsOf({ logGroupName }: LogGroupRecord, chunk: StoredLogChunk): Promise<readonly LiveTailEvent[]> {
    const { accountId, pattern, patternText, streamNames, streamPrefixes } = this.#options;
    const logStreamName = await this.#nameOf(chunk.streamId);
    if (logStreamName === undefined) return [];
    if (streamNames && !streamNames.includes(logStreamName)) return [];
    if (streamPrefixes && !streamPrefixes.some((prefix) => logStreamName.startsWith(prefix))) return [];
    const messages = chunk.events.map(({ message }) => message);
    const matching = await matchInThread(this.#deps.threads, pattern, patternText, messages);
    return chunk.events
      .filter((_, at) => matching[at])
      .map(({ timestamp, message }) => ({
        logStreamName,
        logGroupIdentifier: `${accountId}:${logGroupName}`,
        message,
        timestamp,
        ingestionTime: chunk.ingestionTime,
      }));
  }

  async #nameOf(streamId: bigint): Promise<string | undefined> {
    const known = this.#names.get(streamId);
    if (known !== undefined) return known;
    const name = (await this.#deps.streams.names([streamId])).get(streamId);
    if (this.#names.size >= MAX_STREAM_NAMES) this.#names.clear();
    if (name !== undefined) this.#names.set(streamId, name);
    return name;
  }
}
