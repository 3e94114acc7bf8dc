import type { Random } from "@hearth/kit";
import { LATEST, runtimeVersionOf } from "@hearth/model";
import type { Database, Transaction } from "../postgres/database.ts";
import { versionNumber } from "./functionRecord.ts";
import { type FunctionKey, functionNotFound, updateInProgress } from "./functionRows.ts";
import { lockFunction, wantRuntime } from "./renewRuntime.ts";

export interface RuntimeManagementStoreDeps {
  readonly database: Database;
  readonly random: Random;
}

export interface RuntimeManagementConfig {
  readonly UpdateRuntimeOn: "Auto" | "Manual" | "FunctionUpdate";
  /** Present only with `Manual`. */
  readonly RuntimeVersionArn?: string | undefined;
}

/** When to update the runtimes of versions. Both methods reject with ResourceNotFoundException when the version does not exist. */
export class RuntimeManagementStore {
  readonly #deps: RuntimeManagementStoreDeps;

  constructor(deps: RuntimeManagementStoreDeps) {
    this.#deps = deps;
  }

  async get(key: FunctionKey, Version: string = LATEST): Promise<RuntimeManagementConfig> {
    const [row] = await this.#deps.database.prepared<{
      UpdateRuntimeOn: RuntimeManagementConfig["UpdateRuntimeOn"] | null;
      RuntimeVersionArn: string | null;
    }>(
      `SELECT c."UpdateRuntimeOn", c."RuntimeVersionArn"
         FROM function_versions v LEFT JOIN runtime_management_configs c USING (account_id, region, "FunctionName", number)
        WHERE v.account_id = $1 AND v.region = $2 AND v."FunctionName" = $3 AND v.number = $4`,
      [key.accountId, key.region, key.FunctionName, versionNumber(Version) ?? -1],
    );
    if (!row) throw functionNotFound(key, Version);
    const { UpdateRuntimeOn, RuntimeVersionArn } = row;
    return { UpdateRuntimeOn: UpdateRuntimeOn ?? "Auto", ...(RuntimeVersionArn !== null && { RuntimeVersionArn }) };
  }

  /**
   * Where images of runtimes come from a registry, a version that is to run another one than it does is activated anew. Rejects with ResourceConflictException
   * while it is being updated. A version that goes back to `Auto` gets the newest image with the next look for new ones.
   */
  async put(key: FunctionKey, Version: string = LATEST, config: RuntimeManagementConfig): Promise<void> {
    await this.#deps.database.transaction((tx) => this.#put(tx, key, Version, config));
  }

  async #put(tx: Transaction, key: FunctionKey, Version: string, config: RuntimeManagementConfig): Promise<void> {
    await lockFunction(tx, key);
    const number = versionNumber(Version) ?? -1n;
    const rows = await tx.prepared<{ runtime_version: string | null; activation: string | null }>(
      `INSERT INTO runtime_management_configs (account_id, region, "FunctionName", number, "UpdateRuntimeOn", "RuntimeVersionArn")
       SELECT v.account_id, v.region, v."FunctionName", v.number, $5, $6 FROM function_versions v
        WHERE v.account_id = $1 AND v.region = $2 AND v."FunctionName" = $3 AND v.number = $4
       ON CONFLICT (account_id, region, "FunctionName", number) DO UPDATE
          SET "UpdateRuntimeOn" = excluded."UpdateRuntimeOn", "RuntimeVersionArn" = excluded."RuntimeVersionArn"
       RETURNING (SELECT v.runtime_version FROM function_versions v WHERE v.account_id = $1 AND v.region = $2 AND v."FunctionName" = $3 AND v.number = $4),
                 (SELECT v.activation FROM function_versions v WHERE v.account_id = $1 AND v.region = $2 AND v."FunctionName" = $3 AND v.number = $4)`,
      [key.accountId, key.region, key.FunctionName, number, config.UpdateRuntimeOn, config.RuntimeVersionArn ?? null],
    );
    const [row] = rows;
    if (!row) throw functionNotFound(key, Version);
    const { RuntimeVersionArn } = config;
    const pinned = RuntimeVersionArn === undefined ? undefined : runtimeVersionOf(RuntimeVersionArn);
    if (pinned === undefined || row.runtime_version === null || row.runtime_version === pinned) return;
    if (row.activation !== null) throw updateInProgress(key);
    await wantRuntime(tx, key, number, this.#deps.random);
  }
}
