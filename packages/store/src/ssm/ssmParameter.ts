import type { AccountRegion } from "@hearth/model";

export interface SsmParameterKey extends AccountRegion {
  readonly Name: string;
}

export type SsmParameterType = "String" | "StringList" | "SecureString";

/** What a version says besides its value. */
export interface SsmParameterSettings {
  readonly Description?: string;
  readonly AllowedPattern?: string;
  /** Of a SecureString. */
  readonly KeyId?: string;
  readonly Tier: "Standard" | "Advanced";
  readonly DataType: string;
  readonly LastModifiedUser: string;
}

export interface NewSsmParameterVersion {
  readonly Type: SsmParameterType;
  readonly Value: string;
  readonly settings: SsmParameterSettings;
}

/** A version without its value. */
export interface SsmParameterFacts extends SsmParameterKey {
  readonly Version: number;
  readonly Type: SsmParameterType;
  readonly settings: SsmParameterSettings;
  readonly labels: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly modifiedMs: number;
}

export interface SsmParameterVersion extends SsmParameterFacts {
  /** In plain text. */
  readonly Value: string;
  /** As it is stored: what a caller sees who does not want it decrypted. */
  readonly stored: string;
}

/** What a sealed value is bound to. */
export function parameterValueOf(
  { accountId, region, Name }: SsmParameterKey,
  Version: number | bigint,
): readonly string[] {
  return ["ssm_parameter_versions", accountId, region, Name, String(Version)];
}
