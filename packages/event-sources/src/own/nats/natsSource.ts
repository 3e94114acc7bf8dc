import type { QueueSource } from "../../eventSource.ts";
import type { SourceDeps } from "../../sourceDeps.ts";
import { secureSource } from "../ownSource.ts";
import { NatsConsumer } from "./natsConsumer.ts";

const DEFAULT_LEASE_MS = 30_000;

/** Streams of NATS JetStream, read by a durable consumer for each mapping: `nats/<connection>/<stream>[/<subject filter>]`. */
export function natsSource(
  deps: Pick<SourceDeps, "connections" | "authorities" | "secretOf" | "clock">,
  leaseMs = DEFAULT_LEASE_MS,
): QueueSource {
  const { placeOf, ...common } = secureSource(
    { name: "nats", kind: "nats", rest: /^[^/\s.*>]+(\/\S+)?$/, protocols: ["nats:", "tls:"] },
    deps,
  );
  const { clock } = deps;
  return {
    ...common,
    shape: "queue",
    open: async (mapping) => await NatsConsumer.open(mapping, await placeOf(mapping), { leaseMs, clock }),
    forget: async (mapping) => await NatsConsumer.forget(mapping, await placeOf(mapping)),
  };
}
