import type { AccountRegion } from "@hearth/model";

export interface SecretKey extends AccountRegion {
  readonly Name: string;
}

export interface SecretSettings {
  readonly Description?: string;
  readonly KmsKeyId?: string;
}

export interface RotationRules {
  readonly AutomaticallyAfterDays?: number | undefined;
  readonly Duration?: string | undefined;
  readonly ScheduleExpression?: string | undefined;
}

export interface SecretRotation {
  readonly isEnabled: boolean;
  readonly RotationLambdaARN: string;
  readonly RotationRules: RotationRules;
  /** What a rate counts from, in milliseconds since the epoch. */
  readonly anchorMs: number;
  readonly lastRotatedMs?: number;
}

export type RotationStep = "createSecret" | "setSecret" | "testSecret" | "finishSecret";

/** A rotation that is under way. */
export interface RotatingSecret {
  /** The version that is to become the current one. */
  readonly token: string;
  readonly step: RotationStep;
  /** The invocation of the function for this step; absent until it is sent. */
  readonly eventId?: string;
}

export interface SecretRecord extends SecretKey {
  readonly settings: SecretSettings;
  readonly tags: Readonly<Record<string, string>>;
  readonly policy: string | null;
  readonly rotation: SecretRotation | null;
  readonly rotating: RotatingSecret | null;
  /** Milliseconds since the epoch, as all further times. */
  readonly createdMs: number;
  readonly changedMs: number;
  readonly accessedMs: number | null;
  readonly removedMs: number | null;
  readonly deletedMs: number | null;
}

/** Exactly one of them. */
export interface SecretValue {
  readonly SecretString?: string;
  /** base64 */
  readonly SecretBinary?: string;
}

/** A version without its value. */
export interface SecretVersionFacts {
  readonly VersionId: string;
  readonly stages: readonly string[];
  readonly hasValue: boolean;
  readonly createdMs: number;
  readonly accessedMs: number | null;
}

export interface SecretVersion extends SecretVersionFacts {
  /** Absent for a version that a rotation has only begun. */
  readonly value?: SecretValue;
}

/** What a sealed value is bound to. */
export function secretValueOf({ accountId, region, Name }: SecretKey, VersionId: string): readonly string[] {
  return ["secret_versions", accountId, region, Name, VersionId];
}
