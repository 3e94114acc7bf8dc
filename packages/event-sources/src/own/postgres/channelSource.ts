import type { QueueSource } from "../../eventSource.ts";
import type { SourceDeps } from "../../sourceDeps.ts";
import { ownSource } from "../ownSource.ts";
import { Channel } from "./channel.ts";
import { POSTGRES_PROTOCOLS } from "./postgresClient.ts";

/** Notifications of PostgreSQL: `postgres/<connection>/channel/<name>`. They are not stored: those that come while no process listens are lost. */
export function channelSource(deps: Pick<SourceDeps, "connections" | "authorities" | "clock" | "random">): QueueSource {
  const { clock, random } = deps;
  const { placeOf, ...common } = ownSource(
    { name: "postgres-channel", kind: "postgres", rest: /^channel\/./s, protocols: POSTGRES_PROTOCOLS },
    deps,
  );
  return {
    ...common,
    shape: "queue",
    open: (mapping) => Channel.open(placeOf(mapping), { clock, random }),
  };
}
