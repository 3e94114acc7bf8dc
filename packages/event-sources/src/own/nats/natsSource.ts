import type { QueueSource } from "../../eventSource.ts";
import type { SourceDeps } from "../../sourceDeps.ts";
import { ownSource } from "../ownSource.ts";
import { NatsConsumer } from "./natsConsumer.ts";

const DEFAULT_LEASE_MS = 30_000;

/** Streams of NATS JetStream, read by a durable consumer for each mapping: `nats/<connection>/<stream>[/<subject filter>]`. */
export function natsSource(
  deps: Pick<SourceDeps, "connections" | "authorities" | "clock">,
  leaseMs = DEFAULT_LEASE_MS,
): QueueSource {
  const { placeOf, ...common } = ownSource(
    { name: "nats", kind: "nats", rest: /^[^/\s.*>]+(\/\S+)?$/, protocols: ["nats:", "tls:"] },
    deps,
  );
  const { clock } = deps;
  return {
    ...common,
    shape: "queue",
    open: (mapping) => NatsConsumer.open(mapping, placeOf(mapping), { leaseMs, clock }),
    forget: (mapping) => NatsConsumer.forget(mapping, placeOf(mapping)),
  };
}
