import type { Random } from "@hearth/kit";
import { MailRefused, OutboundFailed, OutboundRefused } from "@hearth/outbound";
import { DeliveryDelayed } from "../deliveryDelayed.ts";
import { DeliveryRefused } from "../deliveryRefused.ts";

const BUSY_MS = 1_000;

/**
 * The error of an attempt. What is not allowed, or refused by the mail server, is refused for good. What was not sent because its account has no free
 * connection is tried again after 1 to 3 s, and not counted as tried.
 */
export function outsideError(error: unknown, random: Random): unknown {
  if (error instanceof OutboundRefused) return new DeliveryRefused(error.message, "INVALID_PARAMETER");
  if (error instanceof MailRefused) return new DeliveryRefused(error.message);
  if (!(error instanceof OutboundFailed) || error.reason !== "busy") return error;
  return new DeliveryDelayed(error.message, { atLeastMs: BUSY_MS * (1 + 2 * random.fraction()), isAttempt: false });
}
