import type { QueueSource } from "../../eventSource.ts";
import type { SourceDeps } from "../../sourceDeps.ts";
import { secureSource } from "../ownSource.ts";
import { RedisStream } from "./redisStream.ts";

const DEFAULT_LEASE_MS = 30_000;

/** Streams of a Redis server, read by a consumer group for each mapping: `redis-stream/<connection>/<key>`. */
export function redisStreamSource(
  deps: Pick<SourceDeps, "connections" | "authorities" | "secretOf" | "clock" | "random" | "logger">,
  leaseMs = DEFAULT_LEASE_MS,
): QueueSource {
  const { placeOf, ...common } = secureSource(
    { name: "redis", kind: "redis-stream", rest: /./s, protocols: ["redis:", "rediss:"] },
    deps,
  );
  const { clock, random, logger } = deps;
  return {
    ...common,
    shape: "queue",
    open: async (mapping) =>
      await RedisStream.open(mapping, await placeOf(mapping), { leaseMs, clock, random, logger }),
    forget: async (mapping) => await RedisStream.forget(mapping, await placeOf(mapping)),
  };
}
