import { eventId } from "../eventId.ts";
import { decodeChunk } from "../threads/decodeChunk.ts";
import { compileQuery, type ResultRow } from "./compileQuery.ts";
import { EventRow, type EventOrigin } from "./row.ts";
import type { Stage } from "./stages.ts";

/** Characters of one answer. */
const MAX_RESULT_SIZE = 16 * 1024 * 1024;
const ROW_OVERHEAD = 32;

export interface QueryChunk {
  readonly seq: bigint;
  readonly data: Uint8Array;
  /** `111122223333:/aws/lambda/f`. */
  readonly log: string;
  readonly logStream: string;
  readonly groupId: bigint;
  readonly ingestionTime: number;
}

export interface QueryStatistics {
  readonly recordsMatched: number;
  readonly recordsScanned: number;
  readonly bytesScanned: number;
}

/** A query as it runs in a thread: it gets chunks, and has its rows at the end. A thread runs one at a time. */
interface Run {
  readonly first: Stage;
  readonly rows: ResultRow[];
  readonly from: number;
  readonly to: number;
  matched: number;
  scanned: number;
  bytes: number;
}

let current: Run | undefined;

export function startQuery(input: {
  readonly query: string;
  readonly limit: number | undefined;
  readonly from: number;
  readonly to: number;
}): void {
  const rows: ResultRow[] = [];
  let size = 0;
  const run: Run = {
    first: compileQuery(input.query, input.limit).run(
      (row) => {
        size += row.reduce((sum, { field, value }) => sum + field.length + value.length + ROW_OVERHEAD, 0);
        // What does not fit is left out, as rows beyond the limit are.
        if (size <= MAX_RESULT_SIZE) rows.push(row);
      },
      () => run.matched++,
    ),
    rows,
    from: input.from,
    to: input.to,
    matched: 0,
    scanned: 0,
    bytes: 0,
  };
  current = run;
}

export function feedQuery({ chunks }: { readonly chunks: readonly QueryChunk[] }): QueryStatistics {
  const run = running();
  for (const chunk of chunks) feed(run, chunk);
  return statisticsOf(run);
}

export function finishQuery(_input: object): {
  readonly rows: readonly ResultRow[];
  readonly statistics: QueryStatistics;
} {
  const run = running();
  run.first.finish();
  current = undefined;
  return { rows: run.rows, statistics: statisticsOf(run) };
}

function running(): Run {
  if (!current) throw new Error("no query runs in this thread");
  return current;
}

/** Events are given latest first, as most queries sort them: what comes later can then be dropped at once. */
function feed(run: Run, { seq, data, log, logStream, groupId, ingestionTime }: QueryChunk): void {
  const events = decodeChunk(data);
  const origin: EventOrigin = {
    log,
    logStream,
    ingestionTime,
    pointerOf: (timestamp, index) => pointer(groupId, eventId({ timestamp, seq, index })),
  };
  for (let at = events.length - 1; at >= 0; at--) {
    const [timestamp, message] = events[at] as readonly [number, string];
    if (timestamp < run.from || timestamp > run.to) continue;
    run.scanned++;
    run.bytes += message.length;
    run.first.push(new EventRow(timestamp, message, origin, at + 1));
  }
}

/** The `@ptr` of an event. */
function pointer(groupId: bigint, id: string): string {
  return Buffer.from(`${groupId}/${id}`).toString("base64url");
}

function statisticsOf({ matched, scanned, bytes }: Run): QueryStatistics {
  return { recordsMatched: matched, recordsScanned: scanned, bytesScanned: bytes };
}
