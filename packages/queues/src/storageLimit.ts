import type { Clock, Logger } from "@hearth/kit";
import { AccountLimit, type SqsMessageStore } from "@hearth/store";

export interface StorageLimitDeps {
  readonly messages: Pick<SqsMessageStore, "bytesByAccount">;
  /** What the messages in the queues of one account may take. */
  readonly limitBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Limits what the messages in the queues of each account take. */
export function storageLimit({ messages, limitBytes, clock, logger }: StorageLimitDeps): AccountLimit {
  return new AccountLimit(
    {
      name: "SQS storage limit",
      limitBytes,
      itemBytes: 400,
      measure: async (itemBytes) => await messages.bytesByAccount(itemBytes),
      whenFull: "an account stores too many messages: new ones are refused",
      refusal: (mb) =>
        `The messages in the account's queues take up the ${mb} MB that they may. Receive and delete some, and try again.`,
    },
    { clock, logger },
  );
}
