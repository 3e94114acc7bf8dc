import { type Clock, type Logger, MeasuredLimit } from "@hearth/kit";
import { ThrottlingException } from "@hearth/model";

export interface AccountLimitOptions {
  /** As in the name of its loop. */
  readonly name: string;
  /** What the items of one account may take. */
  readonly limitBytes: number;
  /** What an item takes besides its own bytes, roughly: its columns and its entries in indexes. */
  readonly itemBytes: number;
  /** What the items of each account take now, with `itemBytes` for each. */
  readonly measure: (itemBytes: number) => Promise<readonly { readonly accountId: string; readonly bytes: number }[]>;
  /** Logged when an account is refused for the first time. */
  readonly whenFull: string;
  readonly refusal: (limitMb: number) => string;
}

const MB = 1024 * 1024;

/** Limits what the rows of each account take in PostgreSQL. */
export class AccountLimit implements AsyncDisposable {
  readonly #options: AccountLimitOptions;
  readonly #limit: MeasuredLimit;

  constructor(options: AccountLimitOptions, deps: { readonly clock: Clock; readonly logger: Logger }) {
    const { name, limitBytes, itemBytes, measure, whenFull } = options;
    this.#options = options;
    this.#limit = new MeasuredLimit(
      {
        name,
        limit: limitBytes,
        measure: async () => new Map((await measure(itemBytes)).map(({ accountId, bytes }) => [accountId, bytes])),
        onFull: (accountId, bytes) => deps.logger.warn({ accountId, bytes, limitBytes }, whenFull),
      },
      deps,
    );
  }

  hasRoomFor(accountId: string, bytes: number): boolean {
    return this.#limit.hasRoomFor(accountId, bytes + this.#options.itemBytes);
  }

  /** Throws ThrottlingException when there is no room for an item. */
  check(accountId: string, bytes: number): void {
    if (this.hasRoomFor(accountId, bytes)) return;
    const { refusal, limitBytes } = this.#options;
    throw new ThrottlingException(refusal(Math.floor(limitBytes / MB)));
  }

  /** Counts an item that was stored. */
  count(accountId: string, bytes: number): void {
    this.#limit.count(accountId, bytes + this.#options.itemBytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#limit[Symbol.asyncDispose]();
  }
}
