import type { Clock, Logger } from "@hearth/kit";
import { AccountLimit, type DeliveryStore } from "@hearth/store";

export interface OutboxLimitDeps {
  readonly outbox: Pick<DeliveryStore, "waitingByAccount">;
  /** What the messages of one account that wait in the outbox, and its fan-outs, may take. */
  readonly limitBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Limits what the messages of each account that wait to be sent take. Doors refuse what would cause more of them; a message that cannot be refused any more,
 * such as the record of an event that has run, is given up.
 */
export function outboxLimit({ outbox, limitBytes, clock, logger }: OutboxLimitDeps): AccountLimit {
  return new AccountLimit(
    {
      name: "limit of the outbox",
      limitBytes,
      itemBytes: 1_500,
      measure: async (itemBytes) => await outbox.waitingByAccount(itemBytes),
      whenFull: "too many messages of an account wait to be sent",
      refusal: (mb) =>
        `The account's messages that wait to be sent take up the ${mb} MB that they may. Try again later.`,
    },
    { clock, logger },
  );
}
