import type { Clock } from "@hearth/kit";
import { ProvisionedThroughputExceededException } from "@hearth/tables";
import type { DynamoUsageStore } from "@hearth/store";

export interface TableStorageDeps {
  readonly usage: Pick<DynamoUsageStore, "ofAccount">;
  readonly disk: { readonly isShort: boolean };
  readonly clock: Clock;
  /** What the items of one account may take, all its regions together; 0 for no limit. */
  readonly limitBytes: number;
}

interface Known {
  bytes: number;
  readonly readAtMs: number;
}

const FRESH_MS = 10_000;
const MAX_ACCOUNTS = 10_000;
const MB = 1024 * 1024;

/** Refuses items that an account may not store any more, and all items while the disk is almost full. */
export class TableStorage {
  readonly #deps: TableStorageDeps;
  readonly #known = new Map<string, Known>();

  constructor(deps: TableStorageDeps) {
    this.#deps = deps;
  }

  /** Rejects with an AwsError that makes clients try again later. */
  async admit(accountId: string, bytes: number): Promise<void> {
    const { disk, limitBytes } = this.#deps;
    if (disk.isShort) {
      throw new ProvisionedThroughputExceededException("The host has too little free disk space for items.");
    }
    if (limitBytes === 0) return;
    const known = await this.#read(accountId);
    if (known.bytes + bytes > limitBytes) {
      throw new ProvisionedThroughputExceededException(
        `The items of account ${accountId} take ${Math.ceil(known.bytes / MB)} MB, and ${Math.floor(limitBytes / MB)} MB is its limit (HEARTH_DYNAMODB_STORAGE_MB).`,
      );
    }
    known.bytes += bytes;
  }

  async #read(accountId: string): Promise<Known> {
    const nowMs = this.#deps.clock.monotonicMs();
    const known = this.#known.get(accountId);
    if (known && nowMs - known.readAtMs < FRESH_MS) return known;
    const read = { bytes: await this.#deps.usage.ofAccount(accountId), readAtMs: nowMs };
    if (this.#known.size >= MAX_ACCOUNTS) this.#known.clear();
    this.#known.set(accountId, read);
    return read;
  }
}
