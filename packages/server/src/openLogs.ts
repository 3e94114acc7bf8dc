import { LogFilters, LogQueries, LogThreads, QUERIES_AT_ONCE } from "@hearth/services";
import type { Base } from "./base.ts";
import type { House } from "./house.ts";
import type { Sending } from "./sending.ts";

/** Heap of a thread that works on log lines. */
const THREAD_MEMORY_MB = 256;

/** One thread for the filters of quick accounts, one for those of slow ones. */
const FILTER_LANES = 2;

/** Heap of a thread that runs a query. */
const QUERY_MEMORY_MB = 512;

/** The filters of log groups, and queries over logs. What runs is put on `stack`. */
export function openLogs(
  { clock, random, logger, registry }: Base,
  { opened, stores }: House,
  { delivery }: Pick<Sending, "delivery">,
  stack: AsyncDisposableStack,
): void {
  const threads = stack.use(new LogThreads({ size: FILTER_LANES, memoryMb: THREAD_MEMORY_MB }, clock));
  const { points } = stores.metrics;
  stack.use(new LogFilters({ database: opened.database, delivery, points, threads, clock, random, logger, registry }));
  const queryThreads = stack.use(new LogThreads({ size: QUERIES_AT_ONCE, memoryMb: QUERY_MEMORY_MB }, clock));
  stack.use(new LogQueries({ database: opened.database, threads: queryThreads, clock, random, logger }));
}
