import type { Clock } from "@hearth/kit";

export interface AccountStorageDeps {
  /** What an account stores, all its regions together. */
  readonly storedBytes: (accountId: string) => Promise<number>;
  readonly disk: { readonly isShort: boolean };
  readonly clock: Clock;
  /** What one account may store; 0 for no limit. */
  readonly limitBytes: number;
  /** The setting with the limit, and what is stored, such as `items`: for messages. */
  readonly setting: string;
  readonly what: string;
  /** The service's error, which makes clients try again later. */
  readonly refusal: (message: string) => Error;
}

interface Known {
  bytes: number;
  readonly readAtMs: number;
}

/** A sum is read again after this time; what this process adds meanwhile is counted in memory. */
const FRESH_MS = 10_000;
const MAX_ACCOUNTS = 10_000;
const MB = 1024 * 1024;

/** Refuses what an account may not store any more, and everything while the disk is almost full. */
export class AccountStorage {
  readonly #deps: AccountStorageDeps;
  readonly #known = new Map<string, Known>();

  constructor(deps: AccountStorageDeps) {
    this.#deps = deps;
  }

  /** Rejects with the service's error. */
  async admit(accountId: string, bytes: number): Promise<void> {
    if (!this.admitsAtOnce(accountId, bytes)) this.#admit(await this.#read(accountId), accountId, bytes);
  }

  /** As `admit`, if what the account stores is in memory; otherwise returns false. Throws the service's error. */
  admitsAtOnce(accountId: string, bytes: number): boolean {
    const { disk, limitBytes, what, refusal } = this.#deps;
    if (disk.isShort) throw refusal(`The host has too little free disk space for ${what}.`);
    if (limitBytes === 0) return true;
    const known = this.#fresh(accountId);
    if (known) this.#admit(known, accountId, bytes);
    return known !== undefined;
  }

  #admit(known: Known, accountId: string, bytes: number): void {
    const { limitBytes, what, setting, refusal } = this.#deps;
    if (known.bytes + bytes > limitBytes) {
      throw refusal(
        `The ${what} of account ${accountId} take ${Math.ceil(known.bytes / MB)} MB, and ${Math.floor(limitBytes / MB)} MB is its limit (${setting}).`,
      );
    }
    known.bytes += bytes;
  }

  /** Counts what was stored beyond what was admitted. */
  count(accountId: string, bytes: number): void {
    const known = this.#known.get(accountId);
    if (known) known.bytes += Math.max(0, bytes);
  }

  #fresh(accountId: string): Known | undefined {
    const known = this.#known.get(accountId);
    return known && this.#deps.clock.monotonicMs() - known.readAtMs < FRESH_MS ? known : undefined;
  }

  async #read(accountId: string): Promise<Known> {
    const nowMs = this.#deps.clock.monotonicMs();
    const read = { bytes: await this.#deps.storedBytes(accountId), readAtMs: nowMs };
    if (this.#known.size >= MAX_ACCOUNTS) this.#known.clear();
    this.#known.set(accountId, read);
    return read;
  }
}
