import { type Clock, type Logger, MeasuredLimit } from "@hearth/kit";
import { ThrottlingException } from "@hearth/model";
import type { SqsMessageStore } from "@hearth/store";

export interface StorageLimitDeps {
  readonly messages: Pick<SqsMessageStore, "bytesByAccount">;
  /** What the messages in the queues of one account may take. */
  readonly limitBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const MB = 1024 * 1024;
/** What a message takes besides its text, roughly. */
const MESSAGE_BYTES = 400;

/** Limits what the messages in the queues of each account take. */
export class StorageLimit implements AsyncDisposable {
  readonly #limitBytes: number;
  readonly #limit: MeasuredLimit;

  constructor({ messages, limitBytes, clock, logger }: StorageLimitDeps) {
    this.#limitBytes = limitBytes;
    this.#limit = new MeasuredLimit(
      {
        name: "SQS storage limit",
        limit: limitBytes,
        measure: async () => {
          const measured = await messages.bytesByAccount(MESSAGE_BYTES);
          return new Map(measured.map(({ accountId, bytes }) => [accountId, bytes]));
        },
        onFull: (accountId, bytes) => {
          logger.warn({ accountId, bytes, limitBytes }, "an account stores too many messages: new ones are refused");
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
      `The messages in the account's queues take up the ${mb} MB that they may. Receive and delete some, and try again.`,
    );
  }

  /** Counts a message that was stored. */
  count(accountId: string, bytes: number): void {
    this.#limit.count(accountId, bytes + MESSAGE_BYTES);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#limit[Symbol.asyncDispose]();
  }
}
