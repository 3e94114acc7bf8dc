import type { Clock } from "@hearth/kit";
import type { S3FileStore } from "@hearth/store";
import { S3Error, slowDown } from "./errors.ts";

export interface StorageLimitDeps {
  readonly files: Pick<S3FileStore, "usageOf">;
  readonly disk: { readonly isShort: boolean };
  /** What the objects of one account may take, in all its buckets; 0 for no limit. */
  readonly limitBytes: number;
  readonly clock: Clock;
}

interface Known {
  used: number;
  readonly readAtMs: number;
}

/** What other processes have stored since is seen after this time. */
const FRESH_MS = 1_000;
const MAX_ACCOUNTS = 10_000;

const MB = 1024 ** 2;

/** Refuses bytes beyond an account's share, and all while the disk is almost full. */
export class StorageLimit {
  readonly #deps: StorageLimitDeps;
  readonly #known = new Map<string, Known>();

  constructor(deps: StorageLimitDeps) {
    this.#deps = deps;
  }

  /** `bytes`: as far as they are known before they arrive. Rejects with an S3Error. */
  async admit(accountId: string, bytes: number): Promise<void> {
    const { disk, limitBytes } = this.#deps;
    if (disk.isShort) throw slowDown("The host has too little free disk space for objects.");
    if (limitBytes === 0) return;
    const known = await this.#usageOf(accountId);
    const { used } = known;
    if (used + bytes <= limitBytes) return void (known.used += bytes);
    throw new S3Error(
      "QuotaExceeded",
      403,
      `The objects of account ${accountId} take ${Math.ceil(used / MB)} MB, and ${Math.floor(limitBytes / MB)} MB is its limit (HEARTH_S3_STORAGE_MB).`,
    );
  }

  /** A limit that is reached is looked at again: objects may have been deleted. */
  async #usageOf(accountId: string): Promise<Known> {
    const { files, limitBytes, clock } = this.#deps;
    const known = this.#known.get(accountId);
    const nowMs = clock.monotonicMs();
    if (known && nowMs - known.readAtMs < FRESH_MS && known.used < limitBytes / 2) return known;
    const read = { used: await files.usageOf(accountId), readAtMs: nowMs };
    if (this.#known.size >= MAX_ACCOUNTS) this.#known.clear();
    this.#known.set(accountId, read);
    return read;
  }
}
