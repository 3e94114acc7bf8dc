import type { Clock, Random } from "@hearth/kit";
import type { FunctionVersion } from "@hearth/model";
import type { Activation, ActivationStore, LoadedFunction } from "./activation.ts";
import { recordFunctionChange } from "./functionChange.ts";
import type { Database, Transaction } from "../postgres/database.ts";
import {
  FUNCTION_COLUMNS,
  type FunctionRecord,
  type FunctionRow,
  recordOf,
  snapshotOf,
  versionNumber,
} from "./functionRecord.ts";
import { type FunctionKey, writeRevision } from "./functionRows.ts";
import { renewRuntimes } from "./renewRuntime.ts";
import { SealedVersion } from "./sealedVersion.ts";
import { loadFunction } from "../function-index/loadFunction.ts";

export interface FunctionActivationsDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

type ActivationRow = FunctionRow & {
  readonly activation: "wanted" | "applied" | null;
  readonly applied_seq: bigint | null;
  readonly is_new: boolean;
};

const ACTIVATION_COLUMNS = `${FUNCTION_COLUMNS}, v.activation, v.applied_seq, v.active_snapshot IS NULL AS is_new`;
/** The rows of one activation: the version with the wanted snapshot ($4, $5), and the versions published with that snapshot. */
const OF_ACTIVATION = `v.account_id = $1 AND v.region = $2 AND v."FunctionName" = $3
  AND ((v.number = $4 AND v.snapshot_id = $5::uuid) OR v.activated_with = $5::uuid)`;

/** The statements on `function_versions` that perform an activation. A part of `FunctionStore`. */
export class FunctionActivations implements ActivationStore {
  readonly #deps: FunctionActivationsDeps;

  constructor(deps: FunctionActivationsDeps) {
    this.#deps = deps;
  }

  async listActivations(limit: number, except: readonly string[]): Promise<readonly Activation[]> {
    const rows = await this.#deps.database.prepared<ActivationRow>(
      `SELECT ${ACTIVATION_COLUMNS} FROM function_versions v
        WHERE v.activation IS NOT NULL AND v.activated_with IS NULL AND v.snapshot_id <> ALL($2::uuid[])
        ORDER BY v."LastModified" LIMIT $1`,
      [limit, except],
    );
    return rows.map((row) => ({
      version: wantedOf(recordOf(row, this.#deps.database.keys)),
      state: row.activation === "applied" ? "applied" : "wanted",
      appliedSeq: row.applied_seq,
      isNew: row.is_new,
    }));
  }

  async applyActivation(version: FunctionVersion): Promise<bigint | undefined> {
    return await this.#deps.database.transaction(async (tx) => {
      const rows = await this.#lock(tx, version);
      const done = rows.find((row) => row.activation === "applied");
      if (done) return done.applied_seq ?? undefined;
      const wanted = rows.filter((row) => row.activation === "wanted");
      if (wanted.length === 0) return undefined;
      for (const row of wanted) {
        const record = { ...recordOf(row, tx.keys), runtimeVersion: version.runtimeVersion ?? null };
        await tx.prepared(
          `UPDATE function_versions v SET active_snapshot = $5, runtime_version = $6
            WHERE v.account_id = $1 AND v.region = $2 AND v."FunctionName" = $3 AND v.number = $4`,
          [
            row.account_id,
            row.region,
            row.FunctionName,
            row.number,
            JSON.stringify(new SealedVersion(tx.keys, record, row.number).sealSnapshot(snapshotOf(record))),
            record.runtimeVersion,
          ],
        );
      }
      const seq = await recordFunctionChange(tx, version);
      await tx.prepared(
        `UPDATE function_versions v SET activation = 'applied', applied_seq = $6 WHERE ${OF_ACTIVATION}`,
        [...activationKey(version), seq],
      );
      return seq;
    });
  }

  async finishActivation(version: FunctionVersion, reason?: string): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      const rows = await this.#lock(tx, version);
      await this.#revise(
        tx,
        rows.filter((row) => row.activation === "applied"),
      );
      await tx.prepared(
        `UPDATE function_versions v SET activation = NULL, applied_seq = NULL, activated_with = NULL,
                "State" = 'Active', "StateReason" = $6, "StateReasonCode" = NULL,
                "LastUpdateStatus" = 'Successful', "LastUpdateStatusReason" = NULL, "LastUpdateStatusReasonCode" = NULL
          WHERE ${OF_ACTIVATION} AND v.activation = 'applied'`,
        [...activationKey(version), reason ?? null],
      );
    });
  }

  async failActivation(version: FunctionVersion, reasonCode: string, reason: string): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      const rows = await this.#lock(tx, version);
      await this.#revise(
        tx,
        rows.filter((row) => row.activation === "wanted"),
      );
      const failed = await tx.prepared(
        `UPDATE function_versions v SET activation = NULL, activated_with = NULL,
                "State" = CASE WHEN active_snapshot IS NULL THEN 'Failed' ELSE "State" END,
                "StateReason" = CASE WHEN active_snapshot IS NULL THEN $7 END,
                "StateReasonCode" = CASE WHEN active_snapshot IS NULL THEN $6 END,
                "LastUpdateStatus" = 'Failed', "LastUpdateStatusReason" = $7, "LastUpdateStatusReasonCode" = $6
          WHERE ${OF_ACTIVATION} AND v.activation = 'wanted' RETURNING v.number`,
        [...activationKey(version), reasonCode, reason],
      );
      if (failed.length > 0) await recordFunctionChange(tx, version);
    });
  }

  async explainActivation(version: FunctionVersion, reason: string): Promise<void> {
    await this.#deps.database.prepared(
      `UPDATE function_versions v SET
              "StateReason" = CASE WHEN v."State" = 'Pending' THEN $6 ELSE v."StateReason" END,
              "LastUpdateStatusReason" = CASE WHEN v."LastUpdateStatus" = 'InProgress' THEN $6 ELSE v."LastUpdateStatusReason" END
        WHERE ${OF_ACTIVATION} AND v.activation = 'wanted'`,
      [...activationKey(version), reason],
    );
  }

  renewRuntimes(newest: ReadonlyMap<string, string | undefined>, limit: number): Promise<number> {
    return renewRuntimes(this.#deps, newest, limit);
  }

  async runtimesInUse(): Promise<readonly string[]> {
    const rows = await this.#deps.database.prepared<{ runtime: string }>(
      `SELECT DISTINCT settings->>'Runtime' AS runtime FROM function_versions WHERE settings->>'Runtime' IS NOT NULL`,
      [],
    );
    return rows.map(({ runtime }) => runtime);
  }

  loadFunction(key: FunctionKey, versions: readonly string[]): Promise<LoadedFunction | undefined> {
    return loadFunction(this.#deps.database, key, versions);
  }

  /** A change of state creates a new revision: https://github.com/aws/aws-sdk/issues/377 */
  async #revise(tx: Transaction, rows: readonly ActivationRow[]): Promise<void> {
    for (const row of rows) {
      const key = { accountId: row.account_id, region: row.region, FunctionName: row.FunctionName };
      await writeRevision(tx, key, row.number, this.#deps.random.uuid());
    }
  }

  /** Locks and reads the rows of the activation, in the same order as every writer of functions: the function first. */
  async #lock(tx: Transaction, version: FunctionVersion): Promise<readonly ActivationRow[]> {
    await tx.prepared(
      `SELECT 1 FROM functions WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 FOR UPDATE`,
      [version.accountId, version.region, version.FunctionName],
    );
    return await tx.prepared<ActivationRow>(
      `SELECT ${ACTIVATION_COLUMNS} FROM function_versions v WHERE ${OF_ACTIVATION} FOR UPDATE`,
      activationKey(version),
    );
  }
}

/** What an activation makes of it: its runtime is the version that its runtime management says, or whichever is newest then. */
function wantedOf(record: FunctionRecord): FunctionVersion {
  return snapshotOf({ ...record, runtimeVersion: record.pinnedRuntimeVersion ?? null });
}

function activationKey(version: FunctionVersion): readonly unknown[] {
  return [version.accountId, version.region, version.FunctionName, versionNumber(version.Version), version.snapshotId];
}
