import type { QueueSource } from "../../eventSource.ts";
import type { SourceDeps } from "../../sourceDeps.ts";
import { ownSource } from "../ownSource.ts";
import { Channel } from "./channel.ts";
import { POSTGRES_PROTOCOLS } from "./postgresClient.ts";

/** Notifications of PostgreSQL: `postgres/<connection>/channel/<name>`. They are not stored: those that come while no process listens are lost. */
export function channelSource({
  connections,
  clock,
  random,
}: Pick<SourceDeps, "connections" | "clock" | "random">): QueueSource {
  const { placeOf, ...common } = ownSource(
    { name: "postgres-channel", kind: "postgres", rest: /^channel\/./s, protocols: POSTGRES_PROTOCOLS },
    connections,
  );
  return {
    ...common,
    shape: "queue",
    open: (mapping) => Channel.open(placeOf(mapping), { clock, random }),
  };
}
