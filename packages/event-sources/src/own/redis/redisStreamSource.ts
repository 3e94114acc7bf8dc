import type { QueueSource } from "../../eventSource.ts";
import type { SourceDeps } from "../../sourceDeps.ts";
import { ownSource } from "../ownSource.ts";
import { RedisStream } from "./redisStream.ts";

const DEFAULT_LEASE_MS = 30_000;

/** Streams of a Redis server, read by a consumer group for each mapping: `redis-stream/<connection>/<key>`. */
export function redisStreamSource(
  deps: Pick<SourceDeps, "connections" | "authorities" | "clock" | "random" | "logger">,
  leaseMs = DEFAULT_LEASE_MS,
): QueueSource {
  const { placeOf, ...common } = ownSource(
    { name: "redis", kind: "redis-stream", rest: /./s, protocols: ["redis:", "rediss:"] },
    deps,
  );
  const { clock, random, logger } = deps;
  return {
    ...common,
    shape: "queue",
    open: (mapping) => RedisStream.open(mapping, placeOf(mapping), { leaseMs, clock, random, logger }),
    forget: (mapping) => RedisStream.forget(mapping, placeOf(mapping)),
  };
}
