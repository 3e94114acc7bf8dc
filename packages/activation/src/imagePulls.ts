import { type FunctionImage, imageName, type ImageSource } from "@hearth/drivers";
import { Semaphore } from "@hearth/kit";

/** Limits of concurrent pulls: of all accounts together and of each. */
const PARALLEL_PULLS = 16;
const PARALLEL_PULLS_OF_ACCOUNT = 4;

interface AccountPulls {
  readonly slots: Semaphore;
  /** Pulls that run or wait for a slot, by the image's name. */
  readonly pulling: Map<string, Promise<void>>;
}

/**
 * Makes functions' images available, with a limit on concurrent pulls. Versions of one account with the same image share one pull. An account whose registry is
 * slow or down cannot use up the slots of the others.
 */
export class ImagePulls {
  readonly #imageSource: Pick<ImageSource, "ensureImage">;
  readonly #stop: AbortSignal;
  readonly #slots = new Semaphore(PARALLEL_PULLS);
  readonly #accounts = new Map<string, AccountPulls>();

  /** Aborting `stop` ends every pull and every wait for one. */
  constructor(imageSource: Pick<ImageSource, "ensureImage">, stop: AbortSignal) {
    this.#imageSource = imageSource;
    this.#stop = stop;
  }

  /** Rejects as `ImageSource.ensureImage` does. */
  async ensure(image: FunctionImage): Promise<void> {
    const { accountId } = image;
    const account = this.#accounts.get(accountId) ?? {
      slots: new Semaphore(PARALLEL_PULLS_OF_ACCOUNT),
      pulling: new Map<string, Promise<void>>(),
    };
    this.#accounts.set(accountId, account);
    const name = imageName(image);
    let pull = account.pulling.get(name);
    if (!pull) {
      pull = this.#ensure(account, image).finally(() => {
        account.pulling.delete(name);
        if (account.pulling.size === 0) this.#accounts.delete(accountId);
      });
      account.pulling.set(name, pull);
    }
    await pull;
  }

  async #ensure(account: AccountPulls, image: FunctionImage): Promise<void> {
    using _ofAccount = await account.slots.acquire(this.#stop);
    using _ofAll = await this.#slots.acquire(this.#stop);
    await this.#imageSource.ensureImage(image, this.#stop);
  }
}
