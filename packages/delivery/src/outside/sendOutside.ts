import type { Random } from "@hearth/kit";
import type { Outbound, OutboundAnswer, OutboundRequest } from "@hearth/outbound";
import { outsideError } from "./outsideError.ts";

/** Sends a request of the outbox. Rejects with what the outbox is to do: see `outsideError`. */
export async function sendOutside(
  outbound: Pick<Outbound, "request">,
  random: Random,
  request: OutboundRequest,
): Promise<OutboundAnswer> {
  try {
    return await outbound.request(request);
  } catch (error) {
    throw outsideError(error, random);
  }
}
