import { type Clock, type Logger, MeasuredLimit } from "@hearth/kit";
import { ThrottlingException } from "@hearth/model";
import type { DeliveryStore } from "@hearth/store";

export interface OutboxLimitDeps {
  readonly outbox: Pick<DeliveryStore, "waitingByAccount">;
  /** What the messages of one account that wait in the outbox, and its fan-outs, may take. */
  readonly limitBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const MB = 1024 * 1024;
/** What a message takes besides its body, with its entries in indexes. */
const MESSAGE_BYTES = 1_500;

/**
 * Limits what the messages of each account that wait to be sent take. Doors refuse what would cause more of them; a message that cannot be refused any more,
 * such as the record of an event that has run, is given up.
 */
export class OutboxLimit implements AsyncDisposable {
  readonly #limitBytes: number;
  readonly #limit: MeasuredLimit;

  constructor({ outbox, limitBytes, clock, logger }: OutboxLimitDeps) {
    this.#limitBytes = limitBytes;
    this.#limit = new MeasuredLimit(
      {
        name: "limit of the outbox",
        limit: limitBytes,
        measure: async () => {
          const measured = await outbox.waitingByAccount(MESSAGE_BYTES);
          return new Map(measured.map(({ accountId, bytes }) => [accountId, bytes]));
        },
        onFull: (accountId, bytes) => {
          logger.warn({ accountId, bytes, limitBytes }, "too many messages of an account wait to be sent");
        },
      },
      { clock, logger },
    );
  }

  hasRoomFor(accountId: string, bytes: number): boolean {
    return this.#limit.hasRoomFor(accountId, bytes + MESSAGE_BYTES);
  }

  /** Throws ThrottlingException when there is no room for a message. */
  check(accountId: string, bytes: number): void {
    if (this.hasRoomFor(accountId, bytes)) return;
    const mb = Math.floor(this.#limitBytes / MB);
    throw new ThrottlingException(
      `The account's messages that wait to be sent take up the ${mb} MB that they may. Try again later.`,
    );
  }

  count(accountId: string, bytes: number): void {
    this.#limit.count(accountId, bytes + MESSAGE_BYTES);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#limit[Symbol.asyncDispose]();
  }
}
