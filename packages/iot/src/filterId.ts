import { createHash } from "node:crypto";

/** What an identifier of a subscription may be in MQTT 5. */
const MAX_ID = 268_435_455;

/** The identifier of the subscription to a filter: always the same, because a broker names it with messages from before a restart too. */
export function filterId(filter: string): number {
  return 1 + (createHash("sha256").update(filter).digest().readUInt32BE() % MAX_ID);
}
