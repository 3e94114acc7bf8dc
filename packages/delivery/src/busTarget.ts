import { type BusDirectory, eventFanOut, eventTime, matchEvent } from "@hearth/buses";
import type { Clock } from "@hearth/kit";
import type { EventToArchive, FanOut, Transaction } from "@hearth/store";
import { eventOf } from "./eventOf.ts";
import { DeliveryRefused } from "./deliveryRefused.ts";
import type { Committed, TargetKind } from "./targetKind.ts";

export interface BusTargetDeps {
  readonly directory: Pick<BusDirectory, "findByArn">;
  /** Writes a fan-out in the transaction of what causes it. */
  readonly addFanOut: (tx: Transaction, fanOut: FanOut) => Promise<Committed>;
  /** Stores events in archives of their bus. */
  readonly archive: (tx: Transaction, events: readonly EventToArchive[]) => Promise<void>;
  readonly clock: Clock;
}

/** A message to an event bus becomes an event there. Its rules get it from a fan-out, so that buses that send to each other never wait for each other. */
export function busTarget({ directory, addFanOut, archive, clock }: BusTargetDeps): TargetKind {
  return {
    name: "event-bus",
    service: "events",
    resourceType: "event-bus",
    async open(message) {
      const rules = await directory.findByArn(message.TargetArn);
      if (!rules) throw new DeliveryRefused(`there is no event bus ${message.TargetArn}`, "NO_RESOURCE");
      const nowMs = clock.now();
      const event = eventOf(message, nowMs);
      if (!event) throw new DeliveryRefused("the message is no event: it is not a JSON object", "INVALID_PARAMETER");
      const archived = rules.archivedOf(matchEvent(event, eventTime(nowMs)));
      const origin = { hops: message.hops + 1, traceId: message.traceId };
      const fanOut = eventFanOut(rules.key, { event, ingestionTime: eventTime(nowMs) }, origin, message.id);
      return async (tx) => {
        await archive(tx, archived);
        return await addFanOut(tx, fanOut);
      };
    },
  };
}
