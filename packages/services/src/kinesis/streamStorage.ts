import type { KinesisStreamStore } from "@hearth/store";
import { AccountStorage, type AccountStorageDeps } from "../accountStorage.ts";
import { ProvisionedThroughputExceededException } from "./errors.ts";

export interface StreamStorageDeps extends Pick<AccountStorageDeps, "disk" | "clock" | "limitBytes"> {
  readonly store: Pick<KinesisStreamStore, "storedBytes">;
}

/** Limits what the records of an account may take. */
export class StreamStorage extends AccountStorage {
  constructor({ store, ...deps }: StreamStorageDeps) {
    super({
      ...deps,
      storedBytes: (accountId) => store.storedBytes(accountId),
      what: "records",
      setting: "HEARTH_KINESIS_STORAGE_MB",
      refusal: (message) => new ProvisionedThroughputExceededException(message),
    });
  }
}
