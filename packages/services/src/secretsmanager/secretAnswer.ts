import { InvalidScheduleError } from "@hearth/schedules";
import type { SecretRecord, SecretVersion, SecretVersionFacts } from "@hearth/store";
import { nextRotation } from "./rotationSchedule.ts";
import { secretArn } from "./secretArn.ts";

const date = (ms: number | null | undefined): Date | undefined => (typeof ms === "number" ? new Date(ms) : undefined);

/** What DescribeSecret and ListSecrets say about a secret. */
export function secretFacts(secret: SecretRecord, nowMs: number) {
  const { Name, settings, tags, rotation, createdMs, changedMs, accessedMs, deletedMs } = secret;
  return {
    ARN: secretArn(secret),
    Name,
    ...settings,
    ...(rotation && {
      RotationEnabled: rotation.isEnabled,
      RotationLambdaARN: rotation.RotationLambdaARN,
      RotationRules: rotation.RotationRules,
      LastRotatedDate: date(rotation.lastRotatedMs),
      NextRotationDate: rotation.isEnabled ? date(safely(() => nextRotation(rotation, nowMs))) : undefined,
    }),
    LastChangedDate: new Date(changedMs),
    LastAccessedDate: date(accessedMs),
    DeletedDate: date(deletedMs),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    CreatedDate: new Date(createdMs),
  };
}

/** Rules are checked when they are stored; another set of time zones or a later Hearth may still not understand them. */
function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof InvalidScheduleError) return undefined;
    throw error;
  }
}

/** The stages of the versions that have any. */
export function stagesByVersion(versions: readonly SecretVersionFacts[]): Record<string, string[]> | undefined {
  const staged = versions.filter(({ stages }) => stages.length > 0);
  if (staged.length === 0) return undefined;
  return Object.fromEntries(staged.map(({ VersionId, stages }) => [VersionId, [...stages]]));
}

export function valueAnswer(secret: SecretRecord, { VersionId, stages, createdMs, value }: SecretVersion) {
  return {
    ARN: secretArn(secret),
    Name: secret.Name,
    VersionId,
    ...(value?.SecretString !== undefined && { SecretString: value.SecretString }),
    ...(value?.SecretBinary !== undefined && { SecretBinary: Buffer.from(value.SecretBinary, "base64") }),
    VersionStages: stages,
    CreatedDate: new Date(createdMs),
  };
}
