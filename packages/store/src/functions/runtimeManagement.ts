import { LATEST } from "@hearth/model";
import type { Database } from "../postgres/database.ts";
import { versionNumber } from "./functionRecord.ts";
import { type FunctionKey, functionNotFound } from "./functionRows.ts";

export interface RuntimeManagementStoreDeps {
  readonly database: Database;
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

  async put(key: FunctionKey, Version: string = LATEST, config: RuntimeManagementConfig): Promise<void> {
    const rows = await this.#deps.database.prepared(
      `INSERT INTO runtime_management_configs (account_id, region, "FunctionName", number, "UpdateRuntimeOn", "RuntimeVersionArn")
       SELECT v.account_id, v.region, v."FunctionName", v.number, $5, $6 FROM function_versions v
        WHERE v.account_id = $1 AND v.region = $2 AND v."FunctionName" = $3 AND v.number = $4
       ON CONFLICT (account_id, region, "FunctionName", number) DO UPDATE
          SET "UpdateRuntimeOn" = excluded."UpdateRuntimeOn", "RuntimeVersionArn" = excluded."RuntimeVersionArn" RETURNING 1`,
      [
        key.accountId,
        key.region,
        key.FunctionName,
        versionNumber(Version) ?? -1,
        config.UpdateRuntimeOn,
        config.RuntimeVersionArn ?? null,
      ],
    );
    if (rows.length === 0) throw functionNotFound(key, Version);
  }
}
