import { EventQuota } from "@hearth/invoke";
import type { Base } from "./base.ts";
import { BYTES_PER_MB, type Stores } from "./openStores.ts";

/** Limits the payloads of events; `undefined` when they are not limited. It is put on `stack`. */
export async function openEventQuota(
  { config, clock, logger, registry }: Base,
  { eventPayloads: payloads }: Stores,
  stack: AsyncDisposableStack,
): Promise<EventQuota | undefined> {
  if (config.HEARTH_EVENT_STORAGE_MB === 0) return undefined;
  const limitBytes = config.HEARTH_EVENT_STORAGE_MB * BYTES_PER_MB;
  return stack.use(await EventQuota.open({ payloads, limitBytes, clock, logger, registry }));
}
