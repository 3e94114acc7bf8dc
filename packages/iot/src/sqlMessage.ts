import type { Clock, Random } from "@hearth/kit";
import { payloadValue, type SqlMessage } from "@hearth/patterns";
import type { Publication } from "./publication.ts";

/** The message as statements and templates see it. */
export function sqlMessage(
  publication: Publication,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Omit<SqlMessage, "sqlVersion"> {
  const { topic, payload, clientId, principal, sourceIp, accountId } = publication;
  return {
    topic,
    payload: payloadValue(payload),
    bytes: payload,
    clientId,
    principal,
    sourceIp,
    accountId,
    timestampMs: clock.now(),
    traceId: random.uuid(),
    newUuid: () => random.uuid(),
    random: () => random.fraction(),
  };
}
