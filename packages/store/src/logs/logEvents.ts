import type { LogEvent } from "@hearth/model";
import type { LogChunkStore, StoredLogChunk } from "./logChunks.ts";

/** The position of an event among all events: by time, then by arrival. `index` counts from 1 within its chunk. */
export interface EventPosition {
  readonly timestamp: number;
  readonly seq: bigint;
  readonly index: number;
}

export interface StoredLogEvent extends LogEvent {
  readonly streamId: bigint;
  readonly ingestionTime: number;
  readonly position: EventPosition;
}

export interface EventQuery {
  readonly groupId: bigint;
  /** Absent: all streams of the group. */
  readonly streamIds?: readonly bigint[] | undefined;
  /** Milliseconds since the epoch, inclusive. */
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
  /** Only events after this position; with `backward`, before it. */
  readonly beyond?: EventPosition | undefined;
  /** Reads the latest events first. */
  readonly backward: boolean;
  readonly limit: number;
  /** Which messages of a chunk are wanted. Absent: all of them. */
  readonly judge?: ((messages: readonly string[]) => Promise<readonly boolean[]>) | undefined;
}

export interface EventsRead {
  /** Ordered by time, in both directions of reading. */
  readonly events: readonly StoredLogEvent[];
  /** The position where reading stopped although there is more; absent at the end. */
  readonly more?: EventPosition;
}

/** AWS's size limit for one response. */
const MAX_BYTES = 1_048_576;
/** Bytes added to the message's size for each event. */
const EVENT_OVERHEAD_BYTES = 26;
/** A search with few matches stops after this many events and returns the position to continue from. */
const MAX_SCANNED = 200_000;

/** Reads events of streams in order, even when streams and flushes overlap. */
export async function readEvents(
  chunks: Pick<LogChunkStore, "forward" | "backward">,
  query: EventQuery,
): Promise<EventsRead> {
  const { backward, limit, judge } = query;
  const from = backward ? query.from : Math.max(query.from, query.beyond?.timestamp ?? query.from);
  const to = backward ? Math.min(query.to, query.beyond?.timestamp ?? query.to) : query.to;
  const range = { groupId: query.groupId, streamIds: query.streamIds, from, to };
  const found: StoredLogEvent[] = [];
  let bytes = 0;
  let scanned = 0;
  let last: StoredLogEvent | undefined;
  for await (const judged of inOrder(backward ? chunks.backward(range) : chunks.forward(range), backward, judge)) {
    const { event, isWanted } = judged;
    if (event.timestamp < from || event.timestamp > to) continue;
    if (query.beyond && !isBeyond(event.position, query.beyond, backward)) continue;
    const size = isWanted ? Buffer.byteLength(event.message) + EVENT_OVERHEAD_BYTES : 0;
    const full = found.length >= limit || (found.length > 0 && bytes + size > MAX_BYTES) || scanned >= MAX_SCANNED;
    if (full && last) return { events: backward ? found.reverse() : found, more: last.position };
    scanned++;
    bytes += size;
    last = event;
    if (isWanted) found.push(event);
  }
  return { events: backward ? found.reverse() : found };
}

interface JudgedEvent {
  readonly event: StoredLogEvent;
  readonly isWanted: boolean;
}

/** Merges chunks into events in order. The chunks arrive ordered by first timestamp (forward) or last timestamp (backward). */
async function* inOrder(
  chunks: AsyncIterable<StoredLogChunk>,
  backward: boolean,
  judge: EventQuery["judge"],
): AsyncGenerator<JudgedEvent> {
  let pending: JudgedEvent[] = [];
  for await (const chunk of chunks) {
    const edge = backward ? chunk.lastTimestamp : chunk.firstTimestamp;
    let settled = 0;
    for (const judged of pending) {
      if (backward ? judged.event.timestamp <= edge : judged.event.timestamp >= edge) break;
      settled++;
      yield judged;
    }
    const wanted = await judge?.(chunk.events.map(({ message }) => message));
    const judged = eventsOf(chunk).map((event, at) => ({ event, isWanted: wanted?.[at] ?? true }));
    pending = [...pending.slice(settled), ...judged].sort((a, b) => {
      const order = comparePositions(a.event.position, b.event.position);
      return backward ? -order : order;
    });
  }
  yield* pending;
}

function eventsOf({ events, seq, streamId, ingestionTime }: StoredLogChunk): StoredLogEvent[] {
  return events.map(({ timestamp, message }, i) => ({
    timestamp,
    message,
    streamId,
    ingestionTime,
    position: { timestamp, seq, index: i + 1 },
  }));
}

function comparePositions(a: EventPosition, b: EventPosition): number {
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp;
  if (a.seq !== b.seq) return a.seq < b.seq ? -1 : 1;
  return a.index - b.index;
}

function isBeyond(position: EventPosition, beyond: EventPosition, backward: boolean): boolean {
  const order = comparePositions(position, beyond);
  return backward ? order < 0 : order > 0;
}
