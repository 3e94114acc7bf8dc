import { Bus } from "@hearth/bus";
import type { Base } from "./base.ts";
import type { OpenDatabase } from "./openDatabase.ts";

/** What wakes event workers, on Redis if one is configured, otherwise on PostgreSQL. It is put on `stack`. */
export function openBus(
  { config, clock, logger }: Base,
  { connection }: OpenDatabase,
  stack: AsyncDisposableStack,
): Bus {
  const { REDIS_URL: url } = config;
  const where = url ? ({ kind: "redis", url } as const) : ({ kind: "postgres", connection } as const);
  return stack.use(new Bus("events", { prefix: "hearth", connection: where }, { clock, logger }));
}
