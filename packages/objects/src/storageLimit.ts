import type { S3FileStore } from "@hearth/store";
import { S3Error, slowDown } from "./errors.ts";

export interface StorageLimitDeps {
  readonly files: Pick<S3FileStore, "usageOf">;
  readonly disk: { readonly isShort: boolean };
  /** What the objects of one account may take, in all its buckets; 0 for no limit. */
  readonly limitBytes: number;
}

const MB = 1024 ** 2;

/** Refuses bytes beyond an account's share, and all while the disk is almost full. */
export class StorageLimit {
  readonly #deps: StorageLimitDeps;

  constructor(deps: StorageLimitDeps) {
    this.#deps = deps;
  }

  /** `bytes`: as far as they are known before they arrive. Rejects with an S3Error. */
  async admit(accountId: string, bytes: number): Promise<void> {
    const { files, disk, limitBytes } = this.#deps;
    if (disk.isShort) throw slowDown("The host has too little free disk space for objects.");
    if (limitBytes === 0) return;
    const used = await files.usageOf(accountId);
    if (used + bytes <= limitBytes) return;
    throw new S3Error(
      "QuotaExceeded",
      403,
      `The objects of account ${accountId} take ${Math.ceil(used / MB)} MB, and ${Math.floor(limitBytes / MB)} MB is its limit (HEARTH_S3_STORAGE_MB).`,
    );
  }
}
