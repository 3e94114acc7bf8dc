import { createHash } from "node:crypto";
import type { KeyRing } from "@hearth/kit";
import {
  type AccountRegion,
  type FunctionConfiguration,
  type FunctionVersion,
  functionArn,
  LATEST,
  parseImageReference,
  runtimeVersionArn,
  runtimeVersionOf,
} from "@hearth/model";
import type { FunctionSettings } from "./functionSettings.ts";
import { type Sealed, SealedVersion } from "./sealedVersion.ts";

/** A code archive in the code store. */
export interface CodeArchive {
  /** SHA-256, lower-case hexadecimal. */
  readonly digest: string;
  readonly sizeBytes: number;
}

/** The code of a function: an archive, or an image, which has no size here. */
export interface FunctionCode extends CodeArchive {
  /** The image name in the request; `digest` is what the name resolved to at that time. */
  readonly ImageUri?: string | undefined;
}

/** The image by its digest, as in AWS's ResolvedImageUri; `undefined` for an archive. */
export function resolvedImageUri(code: FunctionCode): string | undefined {
  const repository = imageRepositoryOf(code);
  return repository === undefined ? undefined : `${repository}@sha256:${code.digest}`;
}

/** The code's digest in the form of `CodeSha256`. */
export function codeSha256({ digest, ImageUri }: FunctionCode): string {
  return ImageUri === undefined ? Buffer.from(digest, "hex").toString("base64") : digest;
}

function imageRepositoryOf({ ImageUri }: FunctionCode): string | undefined {
  return ImageUri === undefined ? undefined : parseImageReference(ImageUri)?.repository;
}

/** One row of `function_versions`: a version as its owner last requested it, and the state of its activation. */
export interface FunctionRecord extends AccountRegion {
  readonly FunctionName: string;
  readonly Version: string;
  readonly RevisionId: string;
  /** Id of the wanted snapshot; environments are keyed by it. */
  readonly snapshotId: string;
  readonly LastModified: Date;
  readonly code: FunctionCode;
  readonly settings: FunctionSettings;
  readonly State: FunctionConfiguration["State"];
  readonly StateReason: string | null;
  readonly StateReasonCode: string | null;
  readonly LastUpdateStatus: FunctionConfiguration["LastUpdateStatus"] | null;
  readonly LastUpdateStatusReason: string | null;
  readonly LastUpdateStatusReasonCode: string | null;
  /** The digest of the image that its runtime is; null where Hearth makes the images itself. */
  readonly runtimeVersion: string | null;
  /** The one that its runtime management says, instead of the newest. */
  readonly pinnedRuntimeVersion?: string;
}

export interface FunctionRow {
  readonly account_id: string;
  readonly region: string;
  readonly FunctionName: string;
  readonly number: bigint;
  readonly RevisionId: string;
  readonly snapshot_id: string;
  readonly LastModified: Date;
  readonly code_digest: string;
  readonly CodeSize: bigint;
  readonly ImageUri: string | null;
  readonly settings: Sealed<FunctionSettings>;
  readonly State: FunctionConfiguration["State"];
  readonly StateReason: string | null;
  readonly StateReasonCode: string | null;
  readonly LastUpdateStatus: FunctionConfiguration["LastUpdateStatus"] | null;
  readonly LastUpdateStatusReason: string | null;
  readonly LastUpdateStatusReasonCode: string | null;
  readonly runtime_version: string | null;
  readonly pinned_runtime: string | null;
}

/** The columns of `FunctionRow`, for a table with the alias `v`. */
export const FUNCTION_COLUMNS = `v.account_id, v.region, v."FunctionName", v.number, v."RevisionId", v.snapshot_id, v."LastModified", v.code_digest, v."CodeSize", v."ImageUri",
  v.settings, v."State", v."StateReason", v."StateReasonCode", v."LastUpdateStatus", v."LastUpdateStatusReason",
  v."LastUpdateStatusReasonCode", v.runtime_version,
  (SELECT m."RuntimeVersionArn" FROM runtime_management_configs m
    WHERE m.account_id = v.account_id AND m.region = v.region AND m."FunctionName" = v."FunctionName" AND m.number = v.number) AS pinned_runtime`;

export function versionName(number: bigint | number): string {
  return BigInt(number) === 0n ? LATEST : String(number);
}

/** The number of `$LATEST` or of a version; `undefined` for any other qualifier. */
export function versionNumber(Version: string): bigint | undefined {
  if (Version === LATEST) return 0n;
  return /^[1-9][0-9]{0,17}$/.test(Version) ? BigInt(Version) : undefined;
}

/** The record with its variables decrypted. */
export function recordOf(row: FunctionRow, keys: KeyRing): FunctionRecord {
  const key = { accountId: row.account_id, region: row.region, FunctionName: row.FunctionName };
  const pinnedRuntimeVersion = row.pinned_runtime === null ? undefined : runtimeVersionOf(row.pinned_runtime);
  return {
    ...key,
    Version: versionName(row.number),
    RevisionId: row.RevisionId,
    snapshotId: row.snapshot_id,
    LastModified: row.LastModified,
    code: {
      digest: row.code_digest,
      sizeBytes: Number(row.CodeSize),
      ...(row.ImageUri !== null && { ImageUri: row.ImageUri }),
    },
    settings: new SealedVersion(keys, key, row.number).openSettings(row.settings),
    State: row.State,
    StateReason: row.StateReason,
    StateReasonCode: row.StateReasonCode,
    LastUpdateStatus: row.LastUpdateStatus,
    LastUpdateStatusReason: row.LastUpdateStatusReason,
    LastUpdateStatusReasonCode: row.LastUpdateStatusReasonCode,
    runtimeVersion: row.runtime_version,
    ...(pinnedRuntimeVersion !== undefined && { pinnedRuntimeVersion }),
  };
}

/** AWS's response for `record`; its FunctionArn includes `Qualifier` when given. */
export function configurationOf(record: FunctionRecord, Qualifier?: string): FunctionConfiguration {
  const { accountId, region, FunctionName, settings } = record;
  const { Runtime, Role, Handler, Layers, ImageConfig, VpcConfig, ...others } = settings;
  return {
    FunctionName,
    FunctionArn: functionArn({ region, accountId, FunctionName, Qualifier }),
    ...(Runtime !== undefined && { Runtime }),
    Role,
    ...(Handler !== undefined && { Handler }),
    CodeSize: record.code.sizeBytes,
    ...others,
    SnapStart: snapStartOf(record),
    ...(VpcConfig && { VpcConfig: { ...VpcConfig, VpcId: vpcIdOf(VpcConfig, record) } }),
    ...(Layers && { Layers: Layers.map(({ Arn, CodeSize }) => ({ Arn, CodeSize })) }),
    ...(ImageConfig && { ImageConfigResponse: { ImageConfig } }),
    LastModified: awsTimestamp(record.LastModified),
    CodeSha256: codeSha256(record.code),
    Version: record.Version,
    RevisionId: record.RevisionId,
    State: record.State,
    ...(record.StateReason !== null && { StateReason: record.StateReason }),
    ...(record.StateReasonCode !== null && { StateReasonCode: record.StateReasonCode }),
    ...(record.LastUpdateStatus && { LastUpdateStatus: record.LastUpdateStatus }),
    ...(record.LastUpdateStatusReason !== null && { LastUpdateStatusReason: record.LastUpdateStatusReason }),
    ...(record.LastUpdateStatusReasonCode !== null && {
      LastUpdateStatusReasonCode: record.LastUpdateStatusReasonCode,
    }),
    ...(Runtime !== undefined && {
      RuntimeVersionConfig: {
        RuntimeVersionArn: runtimeVersionArn(region, Runtime, record.runtimeVersion ?? undefined),
      },
    }),
  };
}

/** SnapStart is on for published versions alone, once they can be invoked: their environments call its hooks. */
function snapStartOf({ settings, Version, State }: FunctionRecord): FunctionConfiguration["SnapStart"] {
  const { ApplyOn } = settings.SnapStart;
  const isOn = ApplyOn === "PublishedVersions" && Version !== LATEST && State === "Active";
  return { ApplyOn, OptimizationStatus: isOn ? "On" : "Off" };
}

/** Networks are not kept here: all subnets of an account and region count as those of one VPC, whose id follows from them. */
function vpcIdOf(
  { SubnetIds }: { readonly SubnetIds: readonly string[] },
  { accountId, region }: AccountRegion,
): string {
  if (SubnetIds.length === 0) return "";
  return `vpc-${createHash("sha256").update(`${accountId} ${region}`).digest("hex").slice(0, 17)}`;
}

/** The version that runs after `record` is activated. Its FunctionArn is unqualified. */
export function snapshotOf(record: FunctionRecord): FunctionVersion {
  const imageRepository = imageRepositoryOf(record.code);
  const layers = (record.settings.Layers ?? []).map(({ digest }) => digest);
  const active: FunctionRecord = {
    ...record,
    State: "Active",
    StateReason: null,
    StateReasonCode: null,
    LastUpdateStatus: "Successful",
    LastUpdateStatusReason: null,
    LastUpdateStatusReasonCode: null,
  };
  return {
    accountId: record.accountId,
    region: record.region,
    FunctionName: record.FunctionName,
    Version: record.Version,
    snapshotId: record.snapshotId,
    codeDigest: record.code.digest,
    ...(imageRepository !== undefined && { imageRepository }),
    layerDigests: layers.filter((digest) => digest !== ""),
    ...(layers.includes("") && { hasParametersExtension: true }),
    ...(record.runtimeVersion !== null && { runtimeVersion: record.runtimeVersion }),
    configuration: configurationOf(active),
  };
}

/** Two fingerprints are equal exactly when code and settings are equal. */
export function fingerprintOf(code: FunctionCode, settings: FunctionSettings): string {
  return createHash("sha256")
    .update(JSON.stringify([code.digest, sorted(settings)]))
    .digest("hex");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, sorted(member)]);
}

/** `2024-01-01T00:00:00.000+0000` */
export function awsTimestamp(time: Date): string {
  return time.toISOString().replace("Z", "+0000");
}
