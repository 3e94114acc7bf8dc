import type { Random } from "@hearth/kit";
import {
  type Outbound,
  type OutboundAnswer,
  OutboundFailed,
  OutboundRefused,
  type OutboundRequest,
} from "@hearth/outbound";
import { DeliveryDelayed } from "../deliveryDelayed.ts";
import { DeliveryRefused } from "../deliveryRefused.ts";

/** The account has no free connection: tried again after 1 to 3 s. */
const BUSY_MS = 1_000;

/** Sends a request of the outbox. Rejects with DeliveryRefused when it is not allowed, and with DeliveryDelayed when it was not sent because the account has no free connection. */
export async function sendOutside(
  outbound: Pick<Outbound, "request">,
  random: Random,
  request: OutboundRequest,
): Promise<OutboundAnswer> {
  try {
    return await outbound.request(request);
  } catch (error) {
    if (error instanceof OutboundRefused) throw new DeliveryRefused(error.message, "INVALID_PARAMETER");
    if (!(error instanceof OutboundFailed) || error.reason !== "busy") throw error;
    throw new DeliveryDelayed(error.message, { atLeastMs: BUSY_MS * (1 + 2 * random.fraction()), isAttempt: false });
  }
}
