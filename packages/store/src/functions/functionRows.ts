import {
  type AccountRegion,
  type FunctionConfiguration,
  type FunctionVersion,
  functionArn,
  InvalidParameterValueException,
  isVersionNumber,
  PreconditionFailedException,
  ResourceConflictException,
  ResourceNotFoundException,
} from "@hearth/model";
import type { Transaction } from "../postgres/database.ts";
import {
  codeSha256,
  FUNCTION_COLUMNS,
  fingerprintOf,
  type FunctionRecord,
  type FunctionRow,
  recordOf,
  versionNumber,
} from "./functionRecord.ts";
import { type Sealed, SealedVersion } from "./sealedVersion.ts";

/** The statements and checks of one write to a function, inside its transaction. A part of `FunctionStore`. */

/** A function's name, account and region. */
export interface FunctionKey extends AccountRegion {
  readonly FunctionName: string;
}

/** `$LATEST`, read and locked for a write. */
export interface LatestVersion {
  readonly record: FunctionRecord;
  readonly lastVersion: bigint;
  readonly fingerprint: string;
  readonly activation: "wanted" | "applied" | null;
  /** It has never been active. */
  readonly isNew: boolean;
  readonly lastUpdate: { readonly invocationId: string; readonly answer: FunctionConfiguration } | undefined;
}

type LatestRow = FunctionRow & {
  readonly last_version: bigint;
  readonly fingerprint: string;
  readonly activation: "wanted" | "applied" | null;
  readonly is_new: boolean;
  readonly update_invocation_id: string | null;
  readonly update_answer: Sealed<FunctionConfiguration> | null;
};

/** Locks the function against other writers. `undefined` when it does not exist. */
export async function lockLatest(tx: Transaction, key: FunctionKey): Promise<LatestVersion | undefined> {
  const [locked] = await tx.prepared<{ last_version: bigint }>(
    `SELECT last_version FROM functions WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 FOR UPDATE`,
    [key.accountId, key.region, key.FunctionName],
  );
  if (!locked) return undefined;
  const [row] = await tx.prepared<LatestRow>(
    `SELECT ${FUNCTION_COLUMNS}, v.fingerprint, v.activation, v.active_snapshot IS NULL AS is_new, v.update_invocation_id, v.update_answer
       FROM function_versions v WHERE v.account_id = $1 AND v.region = $2 AND v."FunctionName" = $3 AND v.number = 0`,
    [key.accountId, key.region, key.FunctionName],
  );
  if (!row) return undefined;
  const sealed = new SealedVersion(tx.keys, key, 0);
  return {
    record: recordOf(row, tx.keys),
    lastVersion: locked.last_version,
    fingerprint: sealed.openFingerprint(row.fingerprint),
    activation: row.activation,
    isNew: row.is_new,
    lastUpdate:
      row.update_invocation_id !== null && row.update_answer !== null
        ? { invocationId: row.update_invocation_id, answer: sealed.openAnswer(row.update_answer) }
        : undefined,
  };
}

/** Inserts `record`: as wanted by an activation, unless a running snapshot is passed with it. */
export async function insertVersion(
  tx: Transaction,
  record: FunctionRecord,
  how: { readonly fingerprint?: string; readonly activatedWith?: string; readonly snapshot?: FunctionVersion },
): Promise<void> {
  const number = versionNumber(record.Version) ?? 0n;
  const sealed = new SealedVersion(tx.keys, record, number);
  await tx.prepared(
    `INSERT INTO function_versions (account_id, region, "FunctionName", number, "RevisionId", "LastModified", code_digest, "CodeSize", settings,
            fingerprint, "State", "StateReason", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason",
            "LastUpdateStatusReasonCode", activation, activated_with, active_snapshot, snapshot_id, "ImageUri", runtime_version)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
    [
      record.accountId,
      record.region,
      record.FunctionName,
      number,
      record.RevisionId,
      record.LastModified,
      record.code.digest,
      record.code.sizeBytes,
      JSON.stringify(sealed.sealSettings(record.settings)),
      sealed.sealFingerprint(how.fingerprint ?? fingerprintOf(record.code, record.settings)),
      record.State,
      record.StateReason,
      record.StateReasonCode,
      record.LastUpdateStatus,
      record.LastUpdateStatusReason,
      record.LastUpdateStatusReasonCode,
      how.snapshot ? null : "wanted",
      how.activatedWith ?? null,
      how.snapshot ? JSON.stringify(sealed.sealSnapshot(how.snapshot)) : null,
      record.snapshotId,
      record.code.ImageUri ?? null,
      record.runtimeVersion,
    ],
  );
}

/** Replaces the wanted snapshot of `$LATEST`; the running snapshot stays until the activation applies the new one. */
export async function writeLatest(
  tx: Transaction,
  record: FunctionRecord,
  update: { readonly invocationId?: string | undefined; readonly answer: FunctionConfiguration },
): Promise<void> {
  const repeatable = update.invocationId !== undefined;
  const sealed = new SealedVersion(tx.keys, record, 0);
  await tx.prepared(
    `UPDATE function_versions SET "RevisionId" = $4, "LastModified" = $5, code_digest = $6, "CodeSize" = $7, settings = $8, fingerprint = $9,
            "State" = $10, "StateReason" = $11, "StateReasonCode" = $12,
            "LastUpdateStatus" = $13, "LastUpdateStatusReason" = $14, "LastUpdateStatusReasonCode" = $15,
            activation = 'wanted', applied_seq = NULL, update_invocation_id = $16, update_answer = $17, snapshot_id = $18, "ImageUri" = $19
      WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND number = 0`,
    [
      record.accountId,
      record.region,
      record.FunctionName,
      record.RevisionId,
      record.LastModified,
      record.code.digest,
      record.code.sizeBytes,
      JSON.stringify(sealed.sealSettings(record.settings)),
      sealed.sealFingerprint(fingerprintOf(record.code, record.settings)),
      record.State,
      record.StateReason,
      record.StateReasonCode,
      record.LastUpdateStatus,
      record.LastUpdateStatusReason,
      record.LastUpdateStatusReasonCode,
      repeatable ? update.invocationId : null,
      repeatable ? JSON.stringify(sealed.sealAnswer(update.answer)) : null,
      record.snapshotId,
      record.code.ImageUri ?? null,
    ],
  );
}

/** Gives `$LATEST` (number 0) or a version a new revision, after a write that AWS counts as a change of it. */
export async function writeRevision(
  tx: Transaction,
  key: FunctionKey,
  number: bigint,
  RevisionId: string,
): Promise<void> {
  await tx.prepared(
    `UPDATE function_versions SET "RevisionId" = $5 WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND number = $4`,
    [key.accountId, key.region, key.FunctionName, number, RevisionId],
  );
}

export async function setLastVersion(tx: Transaction, key: FunctionKey, number: bigint): Promise<void> {
  await tx.prepared(
    `UPDATE functions SET last_version = $4 WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3`,
    [key.accountId, key.region, key.FunctionName, number],
  );
}

/** The members of a version that is being created, as in AWS's responses. */
export const CREATING = {
  State: "Pending",
  StateReason: "The function is being created.",
  StateReasonCode: "Creating",
  LastUpdateStatus: null,
  LastUpdateStatusReason: null,
  LastUpdateStatusReasonCode: null,
} as const satisfies Partial<FunctionRecord>;

export const UPDATING = {
  LastUpdateStatus: "InProgress",
  LastUpdateStatusReason: "The function is being created.",
  LastUpdateStatusReasonCode: "Creating",
} as const;

export function functionNotFound(key: FunctionKey, Qualifier?: string): ResourceNotFoundException {
  const { region, accountId, FunctionName } = key;
  return new ResourceNotFoundException(
    `Function not found: ${functionArn({ region, accountId, FunctionName, Qualifier })}`,
  );
}

/** The error about a version or alias that does not exist; aliases have a message of their own. */
export function qualifierNotFound(key: FunctionKey, Qualifier: string): ResourceNotFoundException {
  if (isVersionNumber(Qualifier) || Qualifier.includes("$")) return functionNotFound(key, Qualifier);
  return new ResourceNotFoundException(`Cannot find alias arn: ${functionArn({ ...key, Qualifier })}`);
}

export function checkRevision(latest: LatestVersion, RevisionId: string | undefined): void {
  if (RevisionId === undefined || RevisionId === latest.record.RevisionId) return;
  throw new PreconditionFailedException(
    "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
  );
}

/** Refuses a write while an earlier one is still being activated. */
export function checkSettled(latest: LatestVersion): void {
  const { record, activation } = latest;
  if (activation === null) return;
  if (record.State === "Pending" && record.LastUpdateStatus === null) throw inState(record);
  throw updateInProgress(record);
}

export function updateInProgress(key: FunctionKey): ResourceConflictException {
  return new ResourceConflictException(
    `The operation cannot be performed at this time. An update is in progress for resource: ${functionArn(key)}`,
  );
}

export function inState(record: FunctionRecord): ResourceConflictException {
  const reason = record.StateReasonCode === null ? "" : `. StateReasonCode: '${record.StateReasonCode}'`;
  return new ResourceConflictException(
    `The operation cannot be performed at this time. The resource ${functionArn(record)} is currently in the following state: '${record.State}'${reason}`,
  );
}

/** Refuses to publish code other than the code the caller expects. */
export function checkCode(record: FunctionRecord, CodeSha256: string | undefined): void {
  const current = codeSha256(record.code);
  if (CodeSha256 === undefined || CodeSha256 === current) return;
  throw new InvalidParameterValueException(
    `CodeSHA256 (${CodeSha256}) is different from current CodeSHA256 in $LATEST (${current}). Please try again with the CodeSHA256 in $LATEST.`,
  );
}
