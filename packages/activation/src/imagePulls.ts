import { type Driver, type FunctionImage, imageName } from "@hearth/drivers";
import { Semaphore } from "@hearth/kit";

/** Images made available at a time, for all accounts and for each. */
const PARALLEL_PULLS = 16;
const PARALLEL_PULLS_OF_ACCOUNT = 4;

interface AccountPulls {
  readonly slots: Semaphore;
  /** Images that have or wait for a slot, by name. */
  readonly under: Map<string, Promise<void>>;
}

/**
 * Makes functions' images available, as many at a time as do no harm. Versions of one account with the same image share one slot, and an account
 * whose registry is slow or down takes a part of the slots only.
 */
export class ImagePulls {
  readonly #driver: Pick<Driver, "ensureImage">;
  readonly #stop: AbortSignal;
  readonly #slots = new Semaphore(PARALLEL_PULLS);
  readonly #accounts = new Map<string, AccountPulls>();

  /** Aborting `stop` ends every pull and every wait for one. */
  constructor(driver: Pick<Driver, "ensureImage">, stop: AbortSignal) {
    this.#driver = driver;
    this.#stop = stop;
  }

  /** Rejects as `Driver.ensureImage` does. */
  async ensure(accountId: string, image: FunctionImage): Promise<void> {
    const account = this.#accounts.get(accountId) ?? {
      slots: new Semaphore(PARALLEL_PULLS_OF_ACCOUNT),
      under: new Map<string, Promise<void>>(),
    };
    this.#accounts.set(accountId, account);
    const name = imageName(image);
    let under = account.under.get(name);
    if (!under) {
      under = this.#ensure(account, image).finally(() => {
        account.under.delete(name);
        if (account.under.size === 0) this.#accounts.delete(accountId);
      });
      account.under.set(name, under);
    }
    await under;
  }

  async #ensure(account: AccountPulls, image: FunctionImage): Promise<void> {
    using _ofAccount = await account.slots.acquire(this.#stop);
    using _ofAll = await this.#slots.acquire(this.#stop);
    await this.#driver.ensureImage(image, this.#stop);
  }
}
