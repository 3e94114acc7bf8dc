import {
  type AccountRegion,
  type FunctionConfiguration,
  type FunctionVersion,
  isVersionNumber,
  LATEST,
  ResourceConflictException,
} from "@hearth/model";
import type { Activation, ActivationStore, LoadedFunction } from "./activation.ts";
import { recordFunctionChange } from "./functionChange.ts";
import type { Transaction } from "../postgres/database.ts";
import { claimCodeStorage, claimFunction, type CodeStorageDeps, codeBytesOf } from "./codeStorage.ts";
import { isForeignKeyViolation, isUniqueViolation } from "../postgres/databaseErrors.ts";
import { FunctionActivations, type FunctionActivationsDeps } from "./functionActivations.ts";
import {
  configurationOf,
  FUNCTION_COLUMNS,
  type FunctionCode,
  type FunctionRecord,
  type FunctionRow,
  recordOf,
  snapshotOf,
  versionNumber,
} from "./functionRecord.ts";
import type { FunctionSettings } from "./functionSettings.ts";
import {
  checkCode,
  checkRevision,
  checkSettled,
  CREATING,
  type FunctionKey,
  functionNotFound,
  insertVersion,
  inState,
  type LatestVersion,
  lockLatest,
  setLastVersion,
  UPDATING,
  writeLatest,
  writeRevision,
} from "./functionRows.ts";
import { attachCodeSigning } from "../code-signing/codeSigningConfigs.ts";
import { decodeMarker, type Page, pageOf, type PageRequest } from "../postgres/page.ts";
import { SealedVersion } from "./sealedVersion.ts";
import { writeTags } from "./tags.ts";

export type FunctionStoreDeps = FunctionActivationsDeps & CodeStorageDeps;

export interface NewFunction extends FunctionKey {
  readonly settings: FunctionSettings;
  readonly code: FunctionCode;
  readonly Tags: Readonly<Record<string, string>>;
  /** Publishes version 1, which becomes active together with `$LATEST`. */
  readonly Publish: boolean;
  /** The code signing configuration to assign. */
  readonly codeSigningId?: string | undefined;
}

export interface FunctionUpdate {
  readonly code?: FunctionCode;
  /** Computes the new settings from the current ones. */
  readonly settings?: (current: FunctionSettings) => FunctionSettings;
  readonly RevisionId?: string | undefined;
  readonly Publish?: boolean;
  /** Makes all checks and returns the usual response, without writing. */
  readonly DryRun?: boolean;
  /** The client's `amz-sdk-invocation-id`: a repeated request gets the same response as the first. */
  readonly invocationId?: string | undefined;
}

export interface PublishRequest {
  /** In AWS's format. */
  readonly CodeSha256?: string | undefined;
  readonly Description?: string | undefined;
  readonly RevisionId?: string | undefined;
}

/**
 * Functions and their versions. A user's request is written at once, as `Pending` or `InProgress`; invocations get the activated snapshot, which
 * the protocol of `ActivationStore` replaces. Every write that invokers must learn of is recorded in the change log.
 */
export class FunctionStore implements ActivationStore {
  readonly #deps: FunctionStoreDeps;
  readonly #activations: FunctionActivations;

  constructor(deps: FunctionStoreDeps) {
    this.#deps = deps;
    this.#activations = new FunctionActivations(deps);
  }

  listActivations(limit: number, except: readonly string[] = []): Promise<readonly Activation[]> {
    return this.#activations.listActivations(limit, except);
  }
  applyActivation(version: FunctionVersion): Promise<bigint | undefined> {
    return this.#activations.applyActivation(version);
  }
  finishActivation(version: FunctionVersion, reason?: string): Promise<void> {
    return this.#activations.finishActivation(version, reason);
  }
  failActivation(version: FunctionVersion, reasonCode: string, reason: string): Promise<void> {
    return this.#activations.failActivation(version, reasonCode, reason);
  }
  explainActivation(version: FunctionVersion, reason: string): Promise<void> {
    return this.#activations.explainActivation(version, reason);
  }
  renewRuntimes(newest: ReadonlyMap<string, string | undefined>, limit: number): Promise<number> {
    return this.#activations.renewRuntimes(newest, limit);
  }
  runtimesInUse(): Promise<readonly string[]> {
    return this.#activations.runtimesInUse();
  }
  loadFunction(key: FunctionKey, versions: readonly string[] = []): Promise<LoadedFunction | undefined> {
    return this.#activations.loadFunction(key, versions);
  }

  /**
   * Resolves with `$LATEST`, or with version 1 when that is published. Rejects with ResourceConflictException when the name is taken, and with
   * CodeStorageExceededException.
   */
  async create({
    accountId,
    region,
    FunctionName,
    settings,
    code,
    Tags,
    Publish,
    codeSigningId,
  }: NewFunction): Promise<FunctionRecord> {
    const { database } = this.#deps;
    try {
      return await database.transaction(async (tx) => {
        const key = { accountId, region, FunctionName };
        await tx.prepared(
          `INSERT INTO functions (account_id, region, "FunctionName", created_at, last_version) VALUES ($1, $2, $3, $4, $5)`,
          [accountId, region, FunctionName, new Date(this.#deps.clock.now()), Publish ? 1 : 0],
        );
        await claimFunction(tx, accountId, this.#deps);
        await claimCodeStorage(tx, accountId, code.sizeBytes * (Publish ? 2 : 1), this.#deps);
        await writeTags(tx, key, Tags);
        if (codeSigningId !== undefined) await attachCodeSigning(tx, key, codeSigningId);
        const created = {
          ...key,
          Version: LATEST,
          ...this.#revised(),
          code,
          settings,
          runtimeVersion: null,
          ...CREATING,
        };
        await insertVersion(tx, created, {});
        const published = Publish ? { ...created, ...this.#revised(), Version: "1" } : undefined;
        if (published) await insertVersion(tx, published, { activatedWith: created.snapshotId });
        await recordFunctionChange(tx, key);
        return published ?? created;
      });
    } catch (error) {
      if (isUniqueViolation(error, "functions_pkey"))
        throw new ResourceConflictException(`Function already exist: ${FunctionName}`);
      throw error;
    }
  }

  /** The version that the qualifier names (`$LATEST`, a number or an alias); `$LATEST` without a qualifier. */
  async find(
    { accountId, region, FunctionName }: FunctionKey,
    Qualifier: string = LATEST,
  ): Promise<FunctionRecord | undefined> {
    const number = versionNumber(Qualifier);
    if (number === undefined && isVersionNumber(Qualifier)) return undefined;
    const [row] = await this.#deps.database.prepared<FunctionRow>(
      `SELECT ${FUNCTION_COLUMNS} FROM function_versions v
        WHERE v.account_id = $1 AND v.region = $2 AND v."FunctionName" = $3
          AND v.number = ${number === undefined ? `(SELECT a.number FROM aliases a WHERE a.account_id = $1 AND a.region = $2 AND a."FunctionName" = $3 AND a."Name" = $4)` : "$4"}`,
      [accountId, region, FunctionName, number ?? Qualifier],
    );
    return row && recordOf(row, this.#deps.database.keys);
  }

  /** Like `find`, but rejects with ResourceNotFoundException when there is none. */
  async get(key: FunctionKey, Qualifier?: string): Promise<FunctionRecord> {
    const record = await this.find(key, Qualifier);
    if (!record) throw functionNotFound(key, Qualifier);
    return record;
  }

  /** `$LATEST` of each function, ordered by name; with `allVersions` also every version, oldest first. */
  async list(
    { accountId, region }: AccountRegion,
    page: PageRequest,
    allVersions = false,
  ): Promise<Page<FunctionRecord>> {
    const [name, number] = page.Marker === undefined ? ["", 0] : decodeMarker(page.Marker, ["string", "number"]);
    const rows = await this.#deps.database.prepared<FunctionRow>(
      allVersions
        ? `SELECT ${FUNCTION_COLUMNS} FROM function_versions v
            WHERE v.account_id = $1 AND v.region = $2 AND (v."FunctionName", v.number) > ($3, $4)
            ORDER BY v."FunctionName", v.number LIMIT $5`
        : // The limit comes before the join: a page reads its own rows and no others.
          `SELECT ${FUNCTION_COLUMNS} FROM (
             SELECT account_id, region, "FunctionName" FROM functions
              WHERE account_id = $1 AND region = $2 AND "FunctionName" > $3 ORDER BY "FunctionName" LIMIT $5
           ) f JOIN function_versions v ON v.account_id = f.account_id AND v.region = f.region AND v."FunctionName" = f."FunctionName" AND v.number = $4
            ORDER BY v."FunctionName"`,
      [accountId, region, name, allVersions ? (page.Marker === undefined ? -1 : number) : 0, page.MaxItems + 1],
    );
    return pageOf(
      rows,
      page,
      (row) => recordOf(row, this.#deps.database.keys),
      (row) => [row.FunctionName, Number(row.number)],
    );
  }

  /** `$LATEST`, then the published versions, oldest first. Rejects with ResourceNotFoundException. */
  async listVersions(key: FunctionKey, page: PageRequest): Promise<Page<FunctionRecord>> {
    const [after] = page.Marker === undefined ? [-1] : decodeMarker(page.Marker, ["number"]);
    const rows = await this.#deps.database.prepared<FunctionRow>(
      `SELECT ${FUNCTION_COLUMNS} FROM function_versions v
        WHERE v.account_id = $1 AND v.region = $2 AND v."FunctionName" = $3 AND v.number > $4 ORDER BY v.number LIMIT $5`,
      [key.accountId, key.region, key.FunctionName, after, page.MaxItems + 1],
    );
    if (rows.length === 0) await this.get(key);
    return pageOf(
      rows,
      page,
      (row) => recordOf(row, this.#deps.database.keys),
      (row) => [Number(row.number)],
    );
  }

  /**
   * Resolves with AWS's response: `$LATEST` in progress, or the version that `Publish` creates. Rejects with ResourceNotFoundException,
   * PreconditionFailedException (RevisionId), ResourceConflictException (an update is in progress) or CodeStorageExceededException.
   */
  async update(key: FunctionKey, change: FunctionUpdate): Promise<FunctionConfiguration> {
    const { database } = this.#deps;
    return await database.transaction(async (tx) => {
      const latest = await this.#lock(tx, key);
      if (change.invocationId !== undefined && latest.lastUpdate?.invocationId === change.invocationId)
        return latest.lastUpdate.answer;
      checkRevision(latest, change.RevisionId);
      checkSettled(latest);
      const { record: current, isNew } = latest;
      const settings = change.settings?.(current.settings) ?? current.settings;
      const code = change.code ?? current.code;
      if (change.DryRun) return configurationOf({ ...current, settings, code });
      const record: FunctionRecord = {
        ...current,
        ...this.#revised(),
        settings,
        code,
        ...(isNew && CREATING),
        ...UPDATING,
      };
      const addedBytes = code.sizeBytes * (change.Publish ? 2 : 1) - current.code.sizeBytes;
      await claimCodeStorage(tx, key.accountId, addedBytes, this.#deps);
      let published: FunctionRecord | undefined;
      if (change.Publish) {
        const number = latest.lastVersion + 1n;
        published = { ...record, ...this.#revised(), Version: String(number), ...CREATING };
        await insertVersion(tx, published, { activatedWith: record.snapshotId });
        await setLastVersion(tx, key, number);
      }
      const answer = configurationOf(published ?? record, published?.Version);
      await writeLatest(tx, record, { invocationId: change.invocationId, answer });
      await recordFunctionChange(tx, key);
      return answer;
    });
  }

  /** Publishes the current `$LATEST`: resolves with the last version when nothing has changed since, else with a new version, active at once. */
  async publish(key: FunctionKey, { CodeSha256, Description, RevisionId }: PublishRequest): Promise<FunctionRecord> {
    const { database } = this.#deps;
    return await database.transaction(async (tx) => {
      const latest = await this.#lock(tx, key);
      checkRevision(latest, RevisionId);
      checkCode(latest.record, CodeSha256);
      checkSettled(latest);
      const [last] = await tx.prepared<FunctionRow & { fingerprint: string }>(
        `SELECT ${FUNCTION_COLUMNS}, v.fingerprint FROM function_versions v
          WHERE v.account_id = $1 AND v.region = $2 AND v."FunctionName" = $3 AND v.number > 0 ORDER BY v.number DESC LIMIT 1`,
        [key.accountId, key.region, key.FunctionName],
      );
      if (last && openedFingerprint(last, tx) === latest.fingerprint) return recordOf(last, tx.keys);
      const { LastUpdateStatus, LastUpdateStatusReasonCode } = latest.record;
      if (latest.isNew) throw inState(latest.record);
      if (LastUpdateStatus === "Failed") {
        throw inState({ ...latest.record, State: "Failed", StateReasonCode: LastUpdateStatusReasonCode });
      }
      await claimCodeStorage(tx, key.accountId, latest.record.code.sizeBytes, this.#deps);
      const number = latest.lastVersion + 1n;
      const settings = Description === undefined ? latest.record.settings : { ...latest.record.settings, Description };
      const published: FunctionRecord = { ...latest.record, ...this.#revised(), Version: String(number), settings };
      await insertVersion(tx, published, { fingerprint: latest.fingerprint, snapshot: snapshotOf(published) });
      await setLastVersion(tx, key, number);
      // Publishing also counts as a change of `$LATEST`.
      await writeRevision(tx, key, 0n, this.#deps.random.uuid());
      await recordFunctionChange(tx, key);
      return published;
    });
  }

  /** Deletes the function and everything that belongs to it. Rejects with ResourceNotFoundException. */
  async delete(key: FunctionKey): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      const deleted = await tx.prepared(
        `DELETE FROM functions WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 RETURNING 1`,
        [key.accountId, key.region, key.FunctionName],
      );
      if (deleted.length === 0) throw functionNotFound(key);
      await recordFunctionChange(tx, key);
    });
  }

  /** Deletes one published version; does nothing when it does not exist. Rejects with ResourceConflictException while an alias points to it. */
  async deleteVersion(key: FunctionKey, Version: string): Promise<void> {
    const values = [key.accountId, key.region, key.FunctionName, versionNumber(Version) ?? null];
    try {
      await this.#deps.database.transaction(async (tx) => {
        await this.#lock(tx, key);
        await tx.prepared(
          `DELETE FROM function_versions WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND number = $4 AND number > 0`,
          values,
        );
        await recordFunctionChange(tx, key);
      });
    } catch (error) {
      if (!isForeignKeyViolation(error)) throw error;
      const aliases = await this.#deps.database.prepared<{ Name: string }>(
        `SELECT "Name" FROM aliases WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND (number = $4 OR second_number = $4) ORDER BY "Name"`,
        values,
      );
      const names = aliases.map(({ Name }) => Name).join(", ");
      throw new ResourceConflictException(
        `Unable to delete version because the following aliases reference it: [${names}]`,
      );
    }
  }

  /** Bytes of all archives of all function and layer versions of the account, in all its regions, and the number of functions in `region`. */
  async usage({
    accountId,
    region,
  }: AccountRegion): Promise<{ readonly TotalCodeSize: number; readonly FunctionCount: number }> {
    const { database } = this.#deps;
    const [row] = await database.prepared<{ count: bigint }>(
      "SELECT count(*) FROM functions WHERE account_id = $1 AND region = $2",
      [accountId, region],
    );
    return { TotalCodeSize: await codeBytesOf(database, accountId), FunctionCount: Number(row?.count ?? 0n) };
  }

  /** The subset of `digests` that versions use, as wanted or as still running, or that their runtimes are. */
  async imagesInUse(digests: readonly string[]): Promise<readonly string[]> {
    const rows = await this.#deps.database.prepared<{ digest: string }>(
      `SELECT code_digest AS digest FROM function_versions WHERE code_digest = ANY($1)
       UNION
       SELECT active_snapshot->>'codeDigest' FROM function_versions
        WHERE "ImageUri" IS NOT NULL AND active_snapshot->>'codeDigest' = ANY($1)
       UNION
       SELECT runtime_version FROM function_versions WHERE runtime_version = ANY($1)`,
      [digests],
    );
    return rows.map(({ digest }) => digest);
  }

  async #lock(tx: Transaction, key: FunctionKey): Promise<LatestVersion> {
    const latest = await lockLatest(tx, key);
    if (!latest) throw functionNotFound(key);
    return latest;
  }

  /** The values that are new in every update. */
  #revised(): Pick<FunctionRecord, "RevisionId" | "snapshotId" | "LastModified"> {
    const { random, clock } = this.#deps;
    return { RevisionId: random.uuid(), snapshotId: random.uuid(), LastModified: new Date(clock.now()) };
  }
}

function openedFingerprint(row: FunctionRow & { readonly fingerprint: string }, tx: Transaction): string {
  const key = { accountId: row.account_id, region: row.region, FunctionName: row.FunctionName };
  return new SealedVersion(tx.keys, key, row.number).openFingerprint(row.fingerprint);
}
