import type { DynamoUsageStore } from "@hearth/store";
import { AccountStorage, type AccountStorageDeps } from "../accountStorage.ts";
import { ProvisionedThroughputExceededException } from "./errors.ts";

export interface TableStorageDeps extends Pick<AccountStorageDeps, "disk" | "clock" | "limitBytes"> {
  readonly usage: Pick<DynamoUsageStore, "ofAccount">;
}

/** Limits what the items of an account may take. */
export class TableStorage extends AccountStorage {
  constructor({ usage, ...deps }: TableStorageDeps) {
    super({
      ...deps,
      storedBytes: (accountId) => usage.ofAccount(accountId),
      what: "items",
      setting: "HEARTH_DYNAMODB_STORAGE_MB",
      refusal: (message) => new ProvisionedThroughputExceededException(message),
    });
  }
}
