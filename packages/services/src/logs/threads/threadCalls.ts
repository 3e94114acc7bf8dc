import { filterChunk } from "../filters/filterChunk.ts";
import { matchMessages } from "../filters/matchMessages.ts";
import { feedQuery, finishQuery, startQuery } from "../insights/runQuery.ts";

/** What threads can be asked to do. */
export function threadCalls() {
  return {
    filterChunk,
    matchMessages,
    startQuery,
    feedQuery,
    finishQuery,
  };
}

export type ThreadCalls = ReturnType<typeof threadCalls>;
